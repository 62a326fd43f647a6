package dev.chancery.ledger;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.chancery.authority.ledger.CertificateRecord;
import dev.chancery.authority.ledger.LedgerUnavailableException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
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

      Watcher watcher = new Watcher();
      // So small steps that transactions come between them.
      SqliteBackup.run(folder.resolve("ledger.db"), copy, 2, watcher);

      assertThat(watcher.copied).hasSizeGreaterThan(10).isSorted().endsWith(watcher.pages);
      assertThat(watcher.checked).hasSizeGreaterThan(10).isSorted().endsWith(watcher.tables);
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
  void aDamagedLedgerIsNoBackup() throws Exception {
    Path file = folder.resolve("ledger.db");
    try (SqliteLedger ledger = SqliteLedger.open(file)) {
      for (int i = 0; i < 50; i++) {
        ledger.commit(Samples.storing(Samples.deviceCertificate("device-" + i)));
      }
    }
    // A page somewhere in the middle, as a dying disk would hand it out.
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      long middle = channel.size() / 4096 / 2;
      for (long page = middle; page < middle + 8; page++) {
        channel.write(ByteBuffer.wrap("damaged".repeat(580).getBytes(US_ASCII)), page * 4096);
      }
    }

    assertThatThrownBy(() -> SqliteBackup.run(file, folder.resolve("copy.db"), new Watcher()))
        .isInstanceOf(LedgerUnavailableException.class);
  }

  @Test
  void aCopyReplacesNothing() throws Exception {
    SqliteLedger.open(folder.resolve("ledger.db")).close();
    Path copy = Files.writeString(folder.resolve("copy.db"), "precious");

    assertThatThrownBy(() -> SqliteBackup.run(folder.resolve("ledger.db"), copy, new Watcher()))
        .isInstanceOf(LedgerUnavailableException.class);
    assertThat(copy).hasContent("precious");
  }

  private static final class Watcher implements SqliteBackup.Progress {
    private final List<Long> copied = new ArrayList<>();
    private final List<Long> checked = new ArrayList<>();
    private long pages;
    private long tables;

    @Override
    public void copying(long done, long total) {
      copied.add(done);
      pages = total;
    }

    @Override
    public void checking(long done, long total) {
      checked.add(done);
      tables = total;
    }
  }
}
