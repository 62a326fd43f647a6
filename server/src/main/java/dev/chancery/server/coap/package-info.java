/// CoAP over DTLS on Californium: routing, discovery, limits, replies, and one log line per
/// request.
@NullMarked
package dev.chancery.server.coap;

import org.jspecify.annotations.NullMarked;
