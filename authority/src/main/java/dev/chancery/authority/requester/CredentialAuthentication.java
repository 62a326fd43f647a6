package dev.chancery.authority.requester;

import dev.chancery.authority.Refusal;
import dev.chancery.authority.RefusedException;
import dev.chancery.authority.credential.CredentialRecord;
import dev.chancery.authority.credential.SecretBox;
import dev.chancery.authority.endpoint.Endpoint;
import dev.chancery.authority.ledger.Ledger;
import dev.chancery.pki.Der;
import java.security.MessageDigest;
import java.time.Clock;
import java.time.Instant;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/// Checks a credential's id and secret. An unknown id and a wrong secret take the same steps and
/// give the same answer. Whoever knows the secret is told in plain words why the credential does
/// not work. Thread-safe.
public final class CredentialAuthentication {
  private static final String NOBODY = "-";

  private final Ledger ledger;
  private final SecretBox box;
  private final Clock clock;
  private final FailureLimit failures;
  private final Der secretOfNobody;

  public CredentialAuthentication(
      Ledger ledger, SecretBox box, Clock clock, FailureLimit failures) {
    this.ledger = ledger;
    this.box = box;
    this.clock = clock;
    this.failures = failures;
    this.secretOfNobody = box.seal(NOBODY, new byte[26]);
  }

  /// Verifies that the requester knows the secret of `id` and that the credential works at
  /// `endpoint` now. Whether a use is left is not asked here: the answer to a lost reply needs
  /// none.
  ///
  /// @param secret wiped by the caller
  /// @param address of the peer, for the limit on failures
  /// @param certificate who the requester is by certificate, where both are demanded
  /// @throws RefusedException if not
  public Requester.CredentialHolder authenticate(
      Endpoint endpoint,
      String id,
      byte[] secret,
      String address,
      Optional<Requester> certificate) {
    return authenticate(
        endpoint, id, expected -> MessageDigest.isEqual(expected, secret), address, certificate);
  }

  /// The same for HTTP Digest, where the secret itself is not sent.
  ///
  /// @param response its user is the credential's id
  /// @throws RefusedException if the secret is another one, or the credential does not work here
  public Requester.CredentialHolder authenticate(
      Endpoint endpoint, DigestResponse response, String address, Optional<Requester> certificate) {
    return authenticate(
        endpoint, response.user(), response::provesKnowledgeOf, address, certificate);
  }

  private Requester.CredentialHolder authenticate(
      Endpoint endpoint,
      String id,
      Predicate<byte[]> knows,
      String address,
      Optional<Requester> certificate) {
    failures.refuseIfExceeded(address);
    Optional<CredentialRecord> found = ledger.credential(id);
    byte[] expected =
        found.isPresent()
            ? box.open(id, found.get().sealedSecret())
            : box.open(NOBODY, secretOfNobody);
    boolean same = knows.test(expected);
    Arrays.fill(expected, (byte) 0);
    if (!same || found.isEmpty()) {
      failures.count(address);
      throw new RefusedException(
          new Refusal(
              Refusal.Code.CREDENTIAL_UNKNOWN,
              "the credential's id or secret is wrong",
              "check both, or ask the operator for a new one"),
          // What is no id may be a secret that somebody put into the wrong place.
          found.isPresent() ? Map.of("credential", id) : Map.of());
    }
    CredentialRecord credential = found.get();
    try {
      refuseIfUseless(credential, endpoint);
    } catch (RefusedException e) {
      throw e.with(Map.of("credential", id));
    }
    return new Requester.CredentialHolder(credential, certificate);
  }

  /// Verifies that the requester knows the secret that all devices of `endpoint` share.
  ///
  /// @return empty if what it presented is another one. That is not counted as a failure here,
  ///   since it may be a credential: ask [#authenticate] next.
  /// @throws RefusedException if the address has sent too many wrong ones
  public Optional<Requester> authenticateShared(
      Endpoint endpoint, SharedSecret shared, byte[] secret, String address) {
    failures.refuseIfExceeded(address);
    return shared.is(secret)
        ? Optional.of(new Requester.SharedSecretHolder(endpoint, shared.names()))
        : Optional.empty();
  }

  private void refuseIfUseless(CredentialRecord credential, Endpoint endpoint) {
    Instant now = clock.instant();
    if (credential.revokedAt().isPresent()) {
      throw new RefusedException(
          Refusal.Code.CREDENTIAL_REVOKED,
          "the credential \"" + credential.id() + "\" has been revoked",
          "ask the operator for a new one");
    }
    if (!now.isBefore(credential.expiresAt())) {
      throw new RefusedException(
          Refusal.Code.CREDENTIAL_EXPIRED,
          "the credential \"" + credential.id() + "\" expired at " + credential.expiresAt(),
          "ask the operator for a new one; a device that still holds a valid certificate renews with that");
    }
    if (!credential.endpoints().isEmpty() && !credential.endpoints().contains(endpoint.name())) {
      throw new RefusedException(
          Refusal.Code.CREDENTIAL_NOT_FOR_ENDPOINT,
          "the credential \""
              + credential.id()
              + "\" does not work at the endpoint "
              + endpoint.name(),
          "use it at " + String.join(", ", credential.endpoints()));
    }
  }
}
