package dev.chancery.est.responder;

import dev.chancery.authority.requester.ProvenSecret;
import dev.chancery.transport.Peer.Tls.HandshakeKey;

/// A handshake that was keyed with the secret of a credential, as TLS-PSK and TLS-SRP are: the
/// client is authenticated by it, and so is the server (RFC 7030 §3.3.3).
public record CredentialKey(ProvenSecret proof) implements HandshakeKey {
  @Override
  public String identity() {
    return proof.id();
  }
}
