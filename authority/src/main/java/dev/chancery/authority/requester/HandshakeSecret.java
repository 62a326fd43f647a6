package dev.chancery.authority.requester;

import dev.chancery.authority.Refusal;
import dev.chancery.authority.credential.CredentialRecord;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What keys a handshake in which the peer says that it has a credential: that credential's secret,
/// or, where there is none that works, bytes that nobody knows, so that the handshake goes on and
/// fails just as it does for a wrong secret (RFC 5054 §2.5.1.3, RFC 8446 appendix E.6). For one
/// handshake and one thread at a time.
public final class HandshakeSecret implements AutoCloseable {
  private final String claimed;
  private final byte[] secret;
  private final byte[] salt;
  private final Optional<CredentialRecord> credential;
  private final Refusal ifNotProven;
  private final FailureLimit failures;
  private final String address;
  private @Nullable ProvenSecret proven;

  /// Takes `secret` over.
  ///
  /// @param credential whose secret it is; empty if it is nobody's
  /// @param ifNotProven why the peer gets nothing if it does not prove that it knows the secret
  HandshakeSecret(
      String claimed,
      byte[] secret,
      byte[] salt,
      Optional<CredentialRecord> credential,
      Refusal ifNotProven,
      FailureLimit failures,
      String address) {
    this.claimed = claimed;
    this.secret = secret;
    this.salt = salt;
    this.credential = credential;
    this.ifNotProven = ifNotProven;
    this.failures = failures;
    this.address = address;
  }

  /// Who the peer says it is, for the audit: printable, and not long.
  public String claimed() {
    return claimed;
  }

  /// The secret: the UTF-8 octets that the operator was shown. The caller wipes this copy.
  public byte[] secret() {
    return secret.clone();
  }

  /// A salt for verifiers, 20 bytes: another for each identity, always the same for one, and no
  /// different for those that do not exist.
  public byte[] salt() {
    return salt.clone();
  }

  /// To be called when the handshake has shown that the peer knows [#secret], and then only (an
  /// architecture test holds who calls it).
  ///
  /// @throws IllegalStateException if it is nobody's, which no peer can know
  public ProvenSecret proven() {
    ProvenSecret proof =
        new ProvenSecret(
            credential.orElseThrow(
                () -> new IllegalStateException("a handshake succeeded with nobody's secret")));
    proven = proof;
    return proof;
  }

  /// To be called when the handshake has shown that the peer does not know [#secret]: counts for
  /// the limit on wrong secrets.
  ///
  /// @return what the audit shall say
  public Refusal failed() {
    failures.count(address);
    return ifNotProven;
  }

  /// Whether [#proven] has been called.
  public boolean isProven() {
    return proven != null;
  }

  /// Wipes the secret.
  @Override
  public void close() {
    Arrays.fill(secret, (byte) 0);
  }
}
