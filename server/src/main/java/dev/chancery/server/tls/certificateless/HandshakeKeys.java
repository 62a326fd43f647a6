package dev.chancery.server.tls.certificateless;

import dev.chancery.authority.Authority;
import dev.chancery.authority.Refusal;
import dev.chancery.authority.RefusedException;
import dev.chancery.authority.requester.CredentialAuthentication;
import dev.chancery.authority.requester.HandshakeSecret;
import dev.chancery.authority.requester.ProvenSecret;
import org.bouncycastle.tls.AlertDescription;
import org.bouncycastle.tls.TlsFatalAlert;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The keys of one handshake, and what becomes of it: proven, or failed and audited. For one thread
/// at a time.
final class HandshakeKeys implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(HandshakeKeys.class);

  private final CredentialAuthentication credentials;
  private final Authority authority;
  private final String address;
  private @Nullable HandshakeSecret secret;

  HandshakeKeys(CredentialAuthentication credentials, Authority authority, String address) {
    this.credentials = credentials;
    this.authority = authority;
    this.address = address;
  }

  /// Lets an address in that has not sent too many wrong secrets.
  ///
  /// @throws TlsFatalAlert if it has
  void admit() throws TlsFatalAlert {
    try {
      credentials.refuseIfTooManyFailed(address);
    } catch (RefusedException e) {
      refuse("", e.refusal());
      throw new TlsFatalAlert(AlertDescription.access_denied, e);
    }
  }

  /// The key for whoever `identity` is. Asked again, as after a HelloRetryRequest, it forgets the
  /// earlier one.
  ///
  /// @throws RefusedException if the address has sent too many wrong secrets meanwhile
  HandshakeSecret of(byte[] identity) {
    close();
    HandshakeSecret found = credentials.handshakeSecret(identity, address);
    secret = found;
    return found;
  }

  /// Whether [#of] has been asked.
  boolean areKnown() {
    return secret != null;
  }

  /// The handshake is complete.
  ProvenSecret proven() {
    if (secret == null) {
      throw new IllegalStateException("a handshake was completed without a key");
    }
    ProvenSecret proof = secret.proven();
    close();
    return proof;
  }

  /// The peer has shown that it does not know the secret.
  void failed() {
    if (secret != null && !secret.isProven()) {
      refuse(secret.claimed(), secret.failed());
    }
  }

  private void refuse(String claimed, Refusal refusal) {
    LOG.atInfo()
        .addKeyValue("peer", address)
        .addKeyValue("claimed", claimed)
        .addKeyValue("code", refusal.code().id())
        .log("handshake refused");
    authority.refuseHandshake(address, claimed, refusal);
  }

  /// Wipes the secret.
  @Override
  public void close() {
    if (secret != null) {
      secret.close();
    }
  }
}
