package dev.chancery.ledger;

import dev.chancery.authority.audit.AuditEntry;
import dev.chancery.authority.audit.Checkpoint;
import dev.chancery.authority.ledger.Issuance;
import dev.chancery.authority.ledger.Ledger;
import dev.chancery.authority.ledger.UnreadableAuditEntryException;
import dev.chancery.pki.crypto.SignatureAlgorithm;
import dev.chancery.pki.key.SubjectPublicKeyInfo;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.LongConsumer;
import java.util.stream.Stream;

/// Walks the audit chain of each node from its beginning and names the first place where it is not
/// as it was written: an entry edited, removed, inserted or moved, or the end cut off. The end is
/// guarded by signed checkpoints, in the ledger and in copies, and by the certificates, each of
/// which tells which entry recorded it.
///
/// An entry whose hash was computed anew after an edit is intact by itself; then the entry after it
/// does not follow any more, and that one is named. A chain rewritten to its end is named at the
/// first checkpoint after the edit. Where several nodes work, the checkpoints in one chain also say
/// how far the others had come, so that what is cut off from one is missed by another.
///
/// May run while the ledger is written to. An instance is good for one thread.
public final class AuditVerification {
  /// What came out.
  public sealed interface Result {
    /// Every entry is as it was written.
    ///
    /// @param entries of all nodes
    /// @param checkpoints how many checkpoints vouch for it, copies not counted twice
    /// @param lastCheckpoint the newest; entries after it are vouched for by nobody's signature
    record Intact(long entries, int checkpoints, Optional<Checkpoint> lastCheckpoint)
        implements Result {}

    /// Somebody has changed the audit.
    ///
    /// @param sequence the first place where it shows
    /// @param what for people, a sentence; begins with the node's name if it has one
    record Broken(long sequence, String what) implements Result {}
  }

  /// Told of the progress now and then.
  @FunctionalInterface
  public interface Progress {
    /// `done` of `total` entries are checked.
    void at(long done, long total);
  }

  private static final int ISSUANCES_AT_A_TIME = 1_000;
  private static final int ENTRIES_PER_PROGRESS = 1_000;

  /// Ends the walk at the first break.
  private static final class BreakFound extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final long sequence;
    private final String what;

    BreakFound(long sequence, String what) {
      super(what, null, false, false);
      this.sequence = sequence;
      this.what = what;
    }
  }

  private final Ledger ledger;
  private final SubjectPublicKeyInfo key;
  private final SignatureAlgorithm algorithm;
  private final List<Checkpoint> copies;
  private final Set<Checkpoint> anchors;

  /// @param key verifies the checkpoints
  /// @param copies checkpoints from elsewhere, such as [CheckpointFile#read()]
  public AuditVerification(
      Ledger ledger,
      SubjectPublicKeyInfo key,
      SignatureAlgorithm algorithm,
      List<Checkpoint> copies) {
    this(ledger, key, algorithm, copies, List.of());
  }

  /// @param copies as above
  /// @param anchors checkpoints from where nobody can have changed them together with the ledger
  ///   and its copies: only they show that all of it was put back to an older state, or that
  ///   somebody with the audit key has cut it off and gone on
  public AuditVerification(
      Ledger ledger,
      SubjectPublicKeyInfo key,
      SignatureAlgorithm algorithm,
      List<Checkpoint> copies,
      List<Checkpoint> anchors) {
    this.ledger = ledger;
    this.key = key;
    this.algorithm = algorithm;
    this.copies = List.copyOf(copies);
    this.anchors = Set.copyOf(anchors);
  }

  /// Checks everything that is there at the call.
  public Result run(Progress progress) {
    List<Checkpoint> all =
        Stream.of(ledger.checkpoints(), copies, List.copyOf(anchors))
            .flatMap(List::stream)
            .distinct()
            .toList();
    // A name that somebody has removed is still in the checkpoints.
    SortedSet<String> nodes = new TreeSet<>(ledger.nodes());
    all.forEach(checkpoint -> nodes.add(checkpoint.node()));
    long total = nodes.stream().mapToLong(this::lastSequence).sum();
    long entries = 0;
    for (String node : nodes) {
      long before = entries;
      Walk walk =
          new Walk(
              node,
              all.stream().filter(checkpoint -> checkpoint.node().equals(node)).toList(),
              done -> progress.at(before + done, Math.max(before + done, total)));
      Optional<Result.Broken> broken = walk.run();
      if (broken.isPresent()) {
        return node.isEmpty()
            ? broken.get()
            : new Result.Broken(broken.get().sequence(), node + ": " + broken.get().what());
      }
      entries += walk.done;
    }
    progress.at(entries, Math.max(entries, total));
    return new Result.Intact(
        entries, all.size(), all.stream().max(Comparator.comparing(Checkpoint::at)));
  }

  private long lastSequence(String node) {
    try {
      return ledger.lastAuditEntry(node).map(AuditEntry::sequence).orElse(0L);
    } catch (UnreadableAuditEntryException e) {
      return e.sequence();
    }
  }

  private final class Walk {
    private final String node;
    private final LongConsumer progress;
    private final NavigableMap<Long, List<Checkpoint>> checkpoints = new TreeMap<>();
    private final Deque<Issuance> issuances = new ArrayDeque<>();
    private long position;
    private long done;
    private String hash = AuditEntry.GENESIS;

    Walk(String node, List<Checkpoint> vouching, LongConsumer progress) {
      this.node = node;
      this.progress = progress;
      vouching.forEach(checkpoint ->
          checkpoints
              .computeIfAbsent(checkpoint.sequence(), _ -> new ArrayList<>())
              .add(checkpoint));
    }

    Optional<Result.Broken> run() {
      try {
        ledger.auditEntries(node, 1, this::check);
        checkWhatLiesBeyondTheEnd();
        return Optional.empty();
      } catch (BreakFound found) {
        return Optional.of(new Result.Broken(found.sequence, found.what));
      } catch (UnreadableAuditEntryException e) {
        return Optional.of(
            e.sequence() > done + 1
                ? missing(done + 1, e.sequence())
                : new Result.Broken(
                    e.sequence(), "the entry has been changed and is no entry any more"));
      }
    }

    private void check(AuditEntry entry) {
      long expected = done + 1;
      if (entry.sequence() != expected) {
        Result.Broken missing = missing(expected, entry.sequence());
        throw new BreakFound(missing.sequence(), missing.what());
      }
      if (!entry.previousHash().equals(hash)) {
        throw new BreakFound(
            expected,
            "the entry does not follow the one before it: one of the two was edited, or entries"
                + " were inserted or moved");
      }
      if (!entry.isIntact()) {
        throw new BreakFound(expected, "the entry was edited: its content does not have its hash");
      }
      checkpoints.getOrDefault(expected, List.of()).forEach(checkpoint -> vouch(checkpoint, entry));
      done = expected;
      hash = entry.hash();
      checkIssuancesOf(entry);
      ChainLink.of(entry).forEach(link -> checkLink(entry, link));
      if (done % ENTRIES_PER_PROGRESS == 0) {
        progress.accept(done);
      }
    }

    /// What this entry saw of another chain must still be there.
    private void checkLink(AuditEntry entry, ChainLink link) {
      if (!isThere(link)) {
        throw new BreakFound(
            entry.sequence(),
            "this entry saw entry "
                + link.sequence()
                + " in the chain of "
                + (link.node().isEmpty() ? "the server before there were nodes" : link.node())
                + ", which was cut off or rewritten since");
      }
    }

    private boolean isThere(ChainLink link) {
      try {
        return ledger
            .auditEntry(link.node(), link.sequence())
            .filter(seen -> seen.hash().equals(link.hash()))
            .isPresent();
      } catch (UnreadableAuditEntryException e) {
        return false;
      }
    }

    private static Result.Broken missing(long expected, long next) {
      return new Result.Broken(
          expected, "the entry is missing; the next one that is there is " + next);
    }

    private void vouch(Checkpoint checkpoint, AuditEntry entry) {
      requireSigned(checkpoint);
      if (!checkpoint.hash().equals(entry.hash())) {
        throw new BreakFound(
            entry.sequence(),
            "the chain was rewritten: "
                + described(checkpoint)
                + " vouches for another entry here");
      }
    }

    private void requireSigned(Checkpoint checkpoint) {
      byte[] message =
          Checkpoint.signedBytes(node, checkpoint.sequence(), checkpoint.hash(), checkpoint.at());
      if (!algorithm.verifies(key, message, checkpoint.signature().toByteArray())) {
        throw new BreakFound(
            checkpoint.sequence(),
            described(checkpoint)
                + " is not signed by the audit key"
                + (anchors.contains(checkpoint)
                    ? ": it is of another installation, or the key was exchanged"
                    : ""));
      }
    }

    private String described(Checkpoint checkpoint) {
      return "the checkpoint of "
          + checkpoint.at()
          + (anchors.contains(checkpoint) ? ", kept elsewhere," : "");
    }

    /// Certificates were stored in the order of their entries.
    private void checkIssuancesOf(AuditEntry entry) {
      for (Optional<Issuance> next = nextIssuance();
          next.isPresent() && next.get().auditSequence() <= entry.sequence();
          next = nextIssuance()) {
        Issuance issuance = issuances.remove();
        if (issuance.auditSequence() != entry.sequence()
            || !entry.event().details().containsValue(issuance.serial())) {
          throw new BreakFound(
              issuance.auditSequence(),
              "the certificate "
                  + issuance.issuer()
                  + "/"
                  + issuance.serial()
                  + " was recorded by this entry, which does not name it");
        }
      }
    }

    private Optional<Issuance> nextIssuance() {
      if (issuances.isEmpty()) {
        issuances.addAll(ledger.issuances(node, position, ISSUANCES_AT_A_TIME));
        if (!issuances.isEmpty()) {
          position = issuances.getLast().position();
        }
      }
      return Optional.ofNullable(issuances.peek());
    }

    private void checkWhatLiesBeyondTheEnd() {
      // A certificate stored since the walk began has its entry beyond where the walk has come: go
      // on
      // to there. Both were stored together, so if the entry is not there now, it was removed.
      for (Optional<Issuance> next = nextIssuance(); next.isPresent(); next = nextIssuance()) {
        long before = done;
        ledger.auditEntries(node, done + 1, this::check);
        if (done == before) {
          throw new BreakFound(
              done + 1,
              "the end is cut off: the certificate "
                  + next.get().issuer()
                  + "/"
                  + next.get().serial()
                  + " was recorded by entry "
                  + next.get().auditSequence());
        }
      }
      checkpoints.tailMap(done, false).values().stream()
          .flatMap(List::stream)
          .findFirst()
          .ifPresent(checkpoint -> {
            requireSigned(checkpoint);
            throw new BreakFound(
                done + 1,
                "the end is cut off"
                    + (anchors.contains(checkpoint) ? ", or an older state was restored" : "")
                    + ": "
                    + described(checkpoint)
                    + " vouches for entry "
                    + checkpoint.sequence());
          });
    }
  }
}
