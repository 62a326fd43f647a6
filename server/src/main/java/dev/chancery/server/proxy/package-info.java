/// Reverse proxies in front of this server that end TLS, and what is believed of what they tell.
@NullMarked
package dev.chancery.server.proxy;

import org.jspecify.annotations.NullMarked;
