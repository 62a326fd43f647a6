/// What a protocol sees of CoAP (RFC 7252) over DTLS: a request put together from its blocks, a
/// reply, and who answers. Plain values, no I/O.
@NullMarked
package dev.chancery.transport.coap;

import org.jspecify.annotations.NullMarked;
