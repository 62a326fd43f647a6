package dev.chancery.authority.requester;

import dev.chancery.authority.credential.CredentialRecord;

/// Evidence that the peer of a connection knew a credential's secret when it was set up. What the
/// credential is good for is asked anew for each request on the connection:
/// [CredentialAuthentication#authenticate(dev.chancery.authority.endpoint.Endpoint, ProvenSecret,
/// String, java.util.Optional)]. Made by [HandshakeSecret#proven] alone.
public final class ProvenSecret {
  private final CredentialRecord credential;

  ProvenSecret(CredentialRecord credential) {
    this.credential = credential;
  }

  /// The credential's id.
  public String id() {
    return credential.id();
  }

  /// Whether it is the secret of `other`, and not of an earlier credential with the same id.
  boolean isOf(CredentialRecord other) {
    return credential.id().equals(other.id())
        && credential.sealedSecret().equals(other.sealedSecret());
  }
}
