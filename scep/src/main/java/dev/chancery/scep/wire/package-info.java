/// SCEP's messages in both directions (RFC 8894 §3, §4): a [dev.chancery.scep.wire.PkiRequest] and
/// a [dev.chancery.scep.wire.CertRep], the query of an HTTP request, and capabilities. No socket,
/// no clock, no policy.
@NullMarked
package dev.chancery.scep.wire;

import org.jspecify.annotations.NullMarked;
