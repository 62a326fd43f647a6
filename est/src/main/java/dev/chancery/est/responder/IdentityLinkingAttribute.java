package dev.chancery.est.responder;

import dev.chancery.est.wire.CsrAttributes;

/// In which attribute an endpoint that demands the channel binding announces to want it. Both are
/// taken and verified wherever they come.
public enum IdentityLinkingAttribute {
  /// As RFC 7030 §3.5 has it.
  CHALLENGE_PASSWORD(CsrAttributes.CHALLENGE_PASSWORD),
  /// As RFC 7894 §3.3 has it.
  EST_IDENTITY_LINKING(CsrAttributes.EST_IDENTITY_LINKING);

  private final String oid;

  IdentityLinkingAttribute(String oid) {
    this.oid = oid;
  }

  String oid() {
    return oid;
  }
}
