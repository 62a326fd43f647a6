/// HTTP/1.1 on Jetty: routing, limits, replies, and one log line per request.
@NullMarked
package dev.chancery.server.http;

import org.jspecify.annotations.NullMarked;
