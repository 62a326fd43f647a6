/// Answers EST requests (RFC 7030 §4): a translation between HTTP and the authority. Start at
/// [dev.chancery.est.responder.EstResponder].
@NullMarked
package dev.chancery.est.responder;

import org.jspecify.annotations.NullMarked;
