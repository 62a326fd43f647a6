/// The server's side of SCEP (RFC 8894): messages become enrollment requests, outcomes become
/// replies.
@NullMarked
package dev.chancery.scep.responder;

import org.jspecify.annotations.NullMarked;
