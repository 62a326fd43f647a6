/// What a protocol sees of HTTP and CoAP: a request with its peer, a reply, and who answers. Plain
/// values, no I/O.
@NullMarked
package dev.chancery.transport;

import org.jspecify.annotations.NullMarked;
