package dev.chancery.authority.credential;

import dev.chancery.authority.Refusal;
import dev.chancery.authority.RefusedException;
import dev.chancery.authority.audit.AuditEvent;
import dev.chancery.authority.ledger.Change;
import dev.chancery.authority.ledger.CommitResult;
import dev.chancery.authority.ledger.Ledger;
import dev.chancery.authority.ledger.Transaction;
import dev.chancery.pki.crypto.Randomness;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// Makes, lists and revokes credentials. Thread-safe.
public final class Credentials {
  private static final Pattern ID = Pattern.compile("[A-Za-z0-9._-]{1,64}");

  /// Without 0, 1, 8, 9, so that people can read it out. 32 letters carry 5 bits each.
  private static final String ALPHABET = "abcdefghijklmnopqrstuvwxyz234567";

  /// 130 bits.
  private static final int SECRET_LENGTH = 26;

  private final Ledger ledger;
  private final SecretBox box;
  private final Clock clock;

  public Credentials(Ledger ledger, SecretBox box, Clock clock) {
    this.ledger = ledger;
    this.box = box;
    this.clock = clock;
  }

  /// What a new credential shall be.
  ///
  /// @param id chosen by the operator, or empty for a random one
  /// @param endpoints names of endpoints; empty for all
  /// @param key hex SHA-256 of a subject public key info to bind it to
  /// @param binding to a device, to networks
  public record Order(
      Optional<String> id,
      CredentialRecord.EntitledNames names,
      String profile,
      List<String> endpoints,
      int uses,
      Duration lifetime,
      Optional<String> key,
      Binding binding) {
    public Order {
      endpoints = List.copyOf(endpoints);
    }

    /// For any device, from everywhere.
    public Order(
        Optional<String> id,
        CredentialRecord.EntitledNames names,
        String profile,
        List<String> endpoints,
        int uses,
        Duration lifetime,
        Optional<String> key) {
      this(id, names, profile, endpoints, uses, lifetime, key, Binding.NONE);
    }
  }

  /// A credential just made, with its secret in the clear, for the one time that it is shown.
  public record Created(CredentialRecord credential, String secret) {
    /// Secrets stay out of logs.
    @Override
    public String toString() {
      return "Created[" + credential.id() + "]";
    }
  }

  /// Makes a credential with a random secret of 130 bits.
  ///
  /// @throws RefusedException if the order makes no sense or the id is taken
  public Created create(Order order, String actor) {
    return create(order, random(SECRET_LENGTH), actor);
  }

  /// Makes a credential whose secret has a form that others dictate.
  ///
  /// @param secret random; of as many bits as that form has room for
  /// @throws RefusedException if the order makes no sense or the id is taken
  public Created create(Order order, String secret, String actor) {
    String id = order.id().orElseGet(() -> random(10));
    if (!ID.matcher(id).matches()) {
      throw new RefusedException(
          Refusal.Code.MALFORMED,
          "\"" + id + "\" is no credential id",
          "use 1 to 64 letters, digits, dots, underscores and hyphens");
    }
    if (order.uses() < 1) {
      throw new RefusedException(
          Refusal.Code.MALFORMED, "a credential has at least one use", "give a number above 0");
    }
    if (order.lifetime().isNegative() || order.lifetime().isZero()) {
      throw new RefusedException(
          Refusal.Code.MALFORMED, "a credential's lifetime is positive", "try 1h or 7d");
    }
    if (order.names() instanceof CredentialRecord.EntitledNames.Exactly exactly
        && exactly.names().isEmpty()) {
      throw new RefusedException(
          Refusal.Code.MALFORMED,
          "a credential is bound to names",
          "give a subject or a subject alternative name");
    }
    if (order.binding().devices().stream().anyMatch(String::isBlank)) {
      throw new RefusedException(
          Refusal.Code.MALFORMED, "a device has no empty name", "leave the device out");
    }
    Instant now = clock.instant();
    CredentialRecord record =
        new CredentialRecord(
            id,
            box.seal(id, secret.getBytes(StandardCharsets.UTF_8)),
            order.names(),
            order.profile(),
            order.endpoints(),
            order.uses(),
            order.uses(),
            order.key(),
            order.binding(),
            now,
            now.plus(order.lifetime()),
            Optional.empty());
    AuditEvent event =
        new AuditEvent(now, AuditEvent.Action.CREDENTIAL_CREATED, "", actor, details(record));
    return switch (ledger.commit(Transaction.of(event, new Change.AddCredential(record)))) {
      case CommitResult.Committed committed -> new Created(record, secret);
      case CommitResult.Conflicted conflicted ->
          throw new RefusedException(
              Refusal.Code.MALFORMED,
              "there is a credential \"" + id + "\" already",
              "choose another id, or leave it out for a random one");
    };
  }

  private static Map<String, String> details(CredentialRecord record) {
    Map<String, String> details = new TreeMap<>();
    details.put("credential", record.id());
    details.put("profile", record.profile());
    details.put("uses", Integer.toString(record.uses()));
    details.put("names", describe(record.names()));
    details.put("expires", record.expiresAt().toString());
    if (!record.binding().devices().isEmpty()) {
      details.put("devices", String.join(", ", record.binding().devices()));
    }
    if (!record.binding().networks().isEmpty()) {
      details.put(
          "networks",
          record.binding().networks().stream()
              .map(Network::toString)
              .collect(Collectors.joining(", ")));
    }
    return details;
  }

  /// Makes a credential useless from now on. Certificates that it yielded stay valid.
  ///
  /// @throws RefusedException if it does not exist or is revoked already
  public void revoke(String id, String actor) {
    Instant now = clock.instant();
    AuditEvent event =
        new AuditEvent(
            now, AuditEvent.Action.CREDENTIAL_REVOKED, "", actor, Map.of("credential", id));
    if (ledger.commit(Transaction.of(event, new Change.RevokeCredential(id, now)))
        instanceof CommitResult.Conflicted) {
      throw new RefusedException(
          Refusal.Code.NOT_FOUND,
          "there is no credential \"" + id + "\" that could be revoked",
          "see chancery credential list");
    }
  }

  /// Newest first.
  public List<CredentialRecord> list(int limit) {
    return ledger.credentials(limit);
  }

  public Optional<CredentialRecord> find(String id) {
    return ledger.credential(id);
  }

  /// For people: the names or patterns.
  public static String describe(CredentialRecord.EntitledNames names) {
    return switch (names) {
      case CredentialRecord.EntitledNames.Exactly exactly -> exactly.names().toString();
      case CredentialRecord.EntitledNames.Within within ->
          "within " + within.space().subjects() + " " + within.space().alternatives();
    };
  }

  private static String random(int length) {
    byte[] bytes = Randomness.bytes(length);
    StringBuilder text = new StringBuilder(length);
    for (byte b : bytes) {
      text.append(ALPHABET.charAt(b & 31));
    }
    Arrays.fill(bytes, (byte) 0);
    return text.toString();
  }
}
