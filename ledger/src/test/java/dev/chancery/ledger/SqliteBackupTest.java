package dev.chancery.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.chancery.authority.ledger.CertificateRecord;
import dev.chancery.authority.ledger.LedgerUnavailableException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SqliteBackupTest {
  @TempDir private Path folder;

  @Test
  void aCopyMadeUnderLoadHoldsWhatWasStoredBeforeItBegan() throws Exception {
    Path copy = folder.resolve("copy.db");
    List<CertificateRecord> before;
    try (SqliteLedger ledger = SqliteLedger.open(folder.resolve("ledger.db"))) {
      List<CertificateRecord> stored = new CopyOnWriteArrayList<>();
      AtomicBoolean enough = new AtomicBoolean();
      Thread enroller =
          Thread.startVirtualThread(() -> {
            while (!enough.get()) {
              CertificateRecord record = Samples.deviceCertificate("busy");
              ledger.commit(Samples.storing(record));
              stored.add(record);
            }
          });
      while (stored.size() < 50) {
        Thread.onSpinWait();
      }
      before = List.copyOf(stored);

      SqliteBackup.run(folder.resolve("ledger.db"), copy);

      enough.set(true);
      enroller.join();
      assertThat(ledger.certificateCount()).isEqualTo(stored.size());
    }

    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(copy)))
        .isEqualTo("rw-------");
    try (SqliteLedger restored = SqliteLedger.open(copy)) {
      assertThat(before)
          .allSatisfy(record ->
              assertThat(restored.certificate(record.issuer(), Samples.serial(record)))
                  .contains(record));
      assertThat(restored.lastAuditEntry().orElseThrow().sequence())
          .isEqualTo(restored.certificateCount());
    }
  }

  @Test
  void aCopyReplacesNothing() throws Exception {
    SqliteLedger.open(folder.resolve("ledger.db")).close();
    Path copy = Files.writeString(folder.resolve("copy.db"), "precious");

    assertThatThrownBy(() -> SqliteBackup.run(folder.resolve("ledger.db"), copy))
        .isInstanceOf(LedgerUnavailableException.class);
    assertThat(copy).hasContent("precious");
  }
}
