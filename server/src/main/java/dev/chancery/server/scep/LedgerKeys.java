package dev.chancery.server.scep;

import dev.chancery.authority.audit.AuditEvent;
import dev.chancery.authority.credential.SecretBox;
import dev.chancery.authority.endpoint.Endpoint;
import dev.chancery.authority.ledger.Change;
import dev.chancery.authority.ledger.CommitResult;
import dev.chancery.authority.ledger.Ledger;
import dev.chancery.authority.ledger.SharedKey;
import dev.chancery.authority.ledger.Transaction;
import dev.chancery.authority.rollover.Generation;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.cms.MessageKey;
import dev.chancery.pki.key.KeyPairs;
import java.nio.charset.StandardCharsets;
import java.security.PrivateKey;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/// The keys of a registration authority in the ledger, sealed, where all nodes find them. A new one
/// is shown to requesters only after every node has had the time to learn of it.
public final class LedgerKeys implements KeyHome {
  /// Nodes look once a minute.
  private static final Duration SHOWN_AFTER = Duration.ofMinutes(5);

  private static final Duration LEASE = Duration.ofMinutes(2);

  private final Ledger ledger;
  private final SecretBox box;
  private final String name;
  private final Clock clock;

  /// Keys named for the endpoint, the number of the issuer's generation, and their kind.
  public LedgerKeys(
      Ledger ledger, SecretBox box, Endpoint endpoint, int generation, Kind kind, Clock clock) {
    this.ledger = ledger;
    this.box = box;
    // No endpoint's name holds a dot.
    this.name =
        Generation.id(endpoint.name(), generation) + (kind == Kind.SIGNING ? ".signature" : "");
    this.clock = clock;
  }

  @Override
  public List<MessageKey> keys() {
    Instant now = clock.instant();
    List<MessageKey> shown = new ArrayList<>();
    List<MessageKey> notYet = new ArrayList<>();
    for (SharedKey key : ledger.sharedKeys(name)) {
      (key.usedFrom().isAfter(now) ? notYet : shown).add(open(key));
    }
    // Rather one that not every node may know than one that has expired.
    boolean waiting = shown.isEmpty() || now.isAfter(shown.getFirst().certificate().notAfter());
    List<MessageKey> keys = new ArrayList<>(waiting ? notYet : shown);
    keys.addAll(waiting ? shown : notYet);
    return keys;
  }

  private MessageKey open(SharedKey key) {
    byte[] pem = box.open(name, key.sealedKey());
    try {
      return new MessageKey(
          Certificate.parse(key.certificate().toByteArray()),
          KeyPairs.privateKeyOf(new String(pem, StandardCharsets.US_ASCII)));
    } finally {
      Arrays.fill(pem, (byte) 0);
    }
  }

  /// Should two nodes make a first key at the same time, both keys are good.
  @Override
  public boolean mayRenew() {
    return ledger.sharedKeys(name).isEmpty()
        || ledger.takesLease("key of " + name, clock.instant(), LEASE);
  }

  @Override
  public void keep(Certificate certificate, PrivateKey key) {
    Instant now = clock.instant();
    boolean first = ledger.sharedKeys(name).isEmpty();
    byte[] pem = KeyPairs.toPem(key).getBytes(StandardCharsets.US_ASCII);
    SharedKey shared =
        new SharedKey(
            name, box.seal(name, pem), certificate.der(), first ? now : now.plus(SHOWN_AFTER));
    Arrays.fill(pem, (byte) 0);
    AuditEvent event =
        new AuditEvent(
            now,
            AuditEvent.Action.KEY_SHARED,
            "",
            "server",
            Map.of(
                "endpoint", name,
                "serial", certificate.serialNumber().toString(),
                "used-from", shared.usedFrom().toString()));
    if (ledger.commit(Transaction.of(event, new Change.AddSharedKey(shared)))
        instanceof CommitResult.Conflicted(var conflict)) {
      throw new IllegalStateException("storing a key cannot conflict, yet: " + conflict);
    }
  }
}
