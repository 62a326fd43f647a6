/// EST's messages (RFC 7030, RFC 8951, RFC 9908): bytes to values and back. No socket, clock,
/// database or authority; responder, client and fuzzer share it.
@NullMarked
package dev.chancery.est.wire;

import org.jspecify.annotations.NullMarked;
