package dev.chancery.authority.requester;

import dev.chancery.authority.Refusal;
import dev.chancery.authority.RefusedException;
import dev.chancery.authority.credential.CredentialRecord;
import dev.chancery.authority.credential.SecretBox;
import dev.chancery.authority.endpoint.Endpoint;
import dev.chancery.authority.ledger.Ledger;
import dev.chancery.pki.Der;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Clock;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/// Checks a credential's id and secret. An unknown id and a wrong secret take the same steps and
/// give the same answer. Whoever knows the secret is told in plain words why the credential does
/// not work. Thread-safe.
public final class CredentialAuthentication {
  private static final String NOBODY = "-";

  /// What RFC 5054 calls a salt, long enough for SHA-1.
  private static final int SALT_BYTES = 20;

  private static final int CLAIMED_CHARACTERS = 64;

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
          unknown(),
          // What is no id may be a secret that somebody put into the wrong place.
          found.isPresent() ? Map.of("credential", id) : Map.of());
    }
    CredentialRecord credential = found.get();
    try {
      refuseIfUseless(credential, endpoint, address);
    } catch (RefusedException e) {
      throw e.with(Map.of("credential", id));
    }
    return new Requester.CredentialHolder(credential, certificate);
  }

  /// What shall key a handshake whose peer says that it has the credential `identity`. An identity
  /// that does not exist, or whose credential has expired or been revoked, takes the same steps and
  /// gets a secret that nobody knows. Whether a use is left is not asked: whoever lost a reply asks
  /// again.
  ///
  /// @param identity as it came, the UTF-8 octets of the credential's id
  /// @throws RefusedException if the address has sent too many wrong secrets
  public HandshakeSecret handshakeSecret(byte[] identity, String address) {
    failures.refuseIfExceeded(address);
    String id = new String(identity, StandardCharsets.UTF_8);
    Optional<CredentialRecord> found = ledger.credential(id);
    Optional<Refusal> useless = found.flatMap(this::useless);
    Optional<CredentialRecord> working = useless.isEmpty() ? found : Optional.empty();
    byte[] opened =
        found.isPresent()
            ? box.open(id, found.get().sealedSecret())
            : box.open(NOBODY, secretOfNobody);
    byte[] standIn = box.pseudorandom("the secret of nobody in a handshake", identity);
    byte[] salt = Arrays.copyOf(box.pseudorandom("salt of a verifier", identity), SALT_BYTES);
    // OpenSSL keeps a salt as a number and forgets its leading zeros: one client in 256 could not
    // connect.
    salt[0] |= (byte) 0x80;
    Arrays.fill(working.isPresent() ? standIn : opened, (byte) 0);
    return new HandshakeSecret(
        printable(id),
        working.isPresent() ? opened : standIn,
        salt,
        working,
        useless.orElseGet(CredentialAuthentication::unknown),
        failures,
        address);
  }

  /// Fails if the address has sent too many wrong secrets, before anything else is done for it.
  ///
  /// @throws RefusedException then
  public void refuseIfTooManyFailed(String address) {
    failures.refuseIfExceeded(address);
  }

  /// The holder of a credential whose secret keyed the connection, if the credential works at
  /// `endpoint` now: it may have been revoked since.
  ///
  /// @param address of the peer
  /// @param certificate who the requester is by certificate, where both are demanded
  /// @throws RefusedException if not
  public Requester.CredentialHolder authenticate(
      Endpoint endpoint, ProvenSecret proven, String address, Optional<Requester> certificate) {
    CredentialRecord credential =
        ledger
            .credential(proven.id())
            .filter(proven::isOf)
            .orElseThrow(() -> new RefusedException(unknown()));
    refuseIfUseless(credential, endpoint, address);
    return new Requester.CredentialHolder(credential, certificate);
  }

  private static String printable(String claimed) {
    String clean = claimed.replaceAll("[^\\x20-\\x7e]", "?");
    return clean.length() > CLAIMED_CHARACTERS ? clean.substring(0, CLAIMED_CHARACTERS) : clean;
  }

  private static Refusal unknown() {
    return new Refusal(
        Refusal.Code.CREDENTIAL_UNKNOWN,
        "the credential's id or secret is wrong",
        "check both, or ask the operator for a new one");
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

  /// Why a credential works nowhere any more.
  private Optional<Refusal> useless(CredentialRecord credential) {
    if (credential.revokedAt().isPresent()) {
      return Optional.of(
          new Refusal(
              Refusal.Code.CREDENTIAL_REVOKED,
              "the credential \"" + credential.id() + "\" has been revoked",
              "ask the operator for a new one"));
    }
    if (!clock.instant().isBefore(credential.expiresAt())) {
      return Optional.of(
          new Refusal(
              Refusal.Code.CREDENTIAL_EXPIRED,
              "the credential \"" + credential.id() + "\" expired at " + credential.expiresAt(),
              "ask the operator for a new one; a device that still holds a valid certificate renews with that"));
    }
    return Optional.empty();
  }

  private void refuseIfUseless(CredentialRecord credential, Endpoint endpoint, String address) {
    useless(credential)
        .ifPresent(refusal -> {
          throw new RefusedException(refusal);
        });
    if (!credential.endpoints().isEmpty() && !credential.endpoints().contains(endpoint.name())) {
      throw new RefusedException(
          Refusal.Code.CREDENTIAL_NOT_FOR_ENDPOINT,
          "the credential \""
              + credential.id()
              + "\" does not work at the endpoint "
              + endpoint.name(),
          "use it at " + String.join(", ", credential.endpoints()));
    }
    if (!credential.binding().isFrom(address)) {
      throw new RefusedException(
          Refusal.Code.CREDENTIAL_NOT_FOR_NETWORK,
          "the credential \"" + credential.id() + "\" does not work from the address " + address,
          "use it from the network for which it was made, or ask the operator for another one");
    }
  }
}
