package dev.chancery.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chancery.authority.audit.AuditEvent;
import dev.chancery.authority.ledger.Ledger;
import dev.chancery.authority.ledger.Transaction;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// SQLite's log goes into the database while the ledger is open.
final class CheckpointerTest {
  private static final int MEGABYTE = 1024 * 1024;
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @TempDir private Path folder;

  @Test
  void aLongLogIsMovedIntoTheDatabaseAndBeginsAnew() throws IOException {
    Path file = folder.resolve("ledger.db");
    Path log = folder.resolve("ledger.db-wal");
    String large = "x".repeat(MEGABYTE);
    int commits = 0;
    try (Ledger ledger = SqliteLedger.open(file)) {
      for (; commits < 70; commits++) {
        commit(ledger, large);
      }
      long deadline = System.nanoTime() + PATIENCE.toNanos();
      while (Files.size(file) < 70L * MEGABYTE && System.nanoTime() < deadline) {
        commit(ledger, "small");
        commits++;
      }
      assertThat(Files.size(file)).isGreaterThanOrEqualTo(70L * MEGABYTE);

      long length = Files.size(log);
      for (int more = 0; more < 30; more++, commits++) {
        commit(ledger, large);
      }
      // The first few may still follow what was moved last.
      assertThat(Files.size(log))
          .as("what follows is written over the log")
          .isLessThan(length + 15L * MEGABYTE);
    }
    try (Ledger ledger = SqliteLedger.open(file)) {
      assertThat(ledger.newestAuditEntries(ledger.node(), 1).getFirst().sequence())
          .isEqualTo(commits);
    }
  }

  /// Else it would be the writer, and everybody would wait for it.
  @Test
  void theThreadThatMovesTheLogBringsTheDatabaseToDisk() throws IOException {
    Path file = folder.resolve("ledger.db");
    Path recorded = folder.resolve("syncs.jfr");
    String large = "x".repeat(MEGABYTE);
    try (Recording recording = new Recording()) {
      recording.enable("jdk.FileForce").withoutThreshold();
      recording.start();
      try (Ledger ledger = SqliteLedger.open(file)) {
        for (int commits = 0; commits < 70; commits++) {
          commit(ledger, large);
        }
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (Files.size(file) < 70L * MEGABYTE && System.nanoTime() < deadline) {
          commit(ledger, "small");
        }
      }
      recording.stop();
      recording.dump(recorded);
    }

    assertThat(RecordingFile.readAllEvents(recorded))
        .anySatisfy(sync -> {
          assertThat(sync.getString("path")).isEqualTo(file.toString());
          assertThat(sync.getThread().getJavaName()).isEqualTo("ledger-log");
        });
  }

  private static void commit(Ledger ledger, String text) {
    ledger.commit(
        Transaction.of(Samples.event(AuditEvent.Action.REQUEST_REFUSED, Map.of("text", text))));
  }
}
