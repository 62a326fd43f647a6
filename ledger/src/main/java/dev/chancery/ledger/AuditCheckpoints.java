package dev.chancery.ledger;

import dev.chancery.authority.audit.AuditEntry;
import dev.chancery.authority.audit.AuditEvent;
import dev.chancery.authority.audit.Checkpoint;
import dev.chancery.authority.fault.FaultPoint;
import dev.chancery.authority.ledger.Change;
import dev.chancery.authority.ledger.CommitResult;
import dev.chancery.authority.ledger.Ledger;
import dev.chancery.authority.ledger.LedgerUnavailableException;
import dev.chancery.authority.ledger.Transaction;
import dev.chancery.pki.Der;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Signs the end of this node's audit chain from time to time, into the ledger, into a file beside
/// it and into the log. Thread-safe.
public final class AuditCheckpoints {
  /// Signs with the audit key.
  @FunctionalInterface
  public interface Signer {
    byte[] sign(byte[] message);
  }

  private static final Logger LOG = LoggerFactory.getLogger(AuditCheckpoints.class);

  private final Ledger ledger;
  private final CheckpointFile file;
  private final Signer signer;
  private final ReentrantLock oneAtATime = new ReentrantLock();

  public AuditCheckpoints(Ledger ledger, CheckpointFile file, Signer signer) {
    this.ledger = ledger;
    this.file = file;
    this.signer = signer;
  }

  /// Signs the last entry of the chain. The checkpoint's own entry comes after the one it covers,
  /// so the next checkpoint covers that too. Does nothing if nothing has happened since the last
  /// one.
  ///
  /// @throws LedgerUnavailableException if it could not be stored
  /// @throws UncheckedIOException if it is stored but could not be copied into the file
  public Optional<Checkpoint> sign(Instant now) {
    oneAtATime.lock();
    try {
      Optional<Checkpoint> checkpoint =
          ledger
              .lastAuditEntry()
              .filter(entry -> entry.event().action() != AuditEvent.Action.CHECKPOINT_SIGNED)
              .map(entry -> signed(entry, now));
      checkpoint.ifPresent(this::store);
      return checkpoint;
    } finally {
      oneAtATime.unlock();
    }
  }

  private Checkpoint signed(AuditEntry entry, Instant now) {
    Instant at = Instant.ofEpochMilli(now.toEpochMilli());
    byte[] signature =
        signer.sign(Checkpoint.signedBytes(ledger.node(), entry.sequence(), entry.hash(), at));
    return new Checkpoint(ledger.node(), entry.sequence(), entry.hash(), at, Der.of(signature));
  }

  /// With where the chains of the other nodes end now: to cut one of them off, one would have to
  /// rewrite all.
  private Map<String, String> details(Checkpoint checkpoint) {
    Map<String, String> details = new TreeMap<>();
    details.put("sequence", Long.toString(checkpoint.sequence()));
    details.put("hash", checkpoint.hash());
    for (String other : ledger.nodes()) {
      if (!other.equals(ledger.node())) {
        ledger
            .lastAuditEntry(other)
            .ifPresent(end -> details.put(ChainLink.nameOf(other), ChainLink.valueOf(end)));
      }
    }
    return details;
  }

  private void store(Checkpoint checkpoint) {
    AuditEvent event =
        new AuditEvent(
            checkpoint.at(),
            AuditEvent.Action.CHECKPOINT_SIGNED,
            "",
            "server",
            details(checkpoint));
    CommitResult result =
        ledger.commit(Transaction.of(event, new Change.AddCheckpoint(checkpoint)));
    if (result instanceof CommitResult.Conflicted(var conflict)) {
      throw new IllegalStateException("a checkpoint cannot conflict, yet: " + conflict);
    }
    FaultPoint.CHECKPOINT_STORED.reached();
    file.append(checkpoint);
    // Wherever logs are collected there is another copy.
    LOG.atInfo()
        .addKeyValue("node", checkpoint.node())
        .addKeyValue("sequence", checkpoint.sequence())
        .addKeyValue("hash", checkpoint.hash())
        .addKeyValue("at", checkpoint.at().toEpochMilli())
        .addKeyValue("signature", HexFormat.of().formatHex(checkpoint.signature().toByteArray()))
        .log("audit checkpoint signed");
  }
}
