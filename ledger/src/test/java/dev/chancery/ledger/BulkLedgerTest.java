package dev.chancery.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.chancery.authority.audit.AuditEvent;
import dev.chancery.authority.ledger.CertificateRecord;
import dev.chancery.authority.ledger.Change;
import dev.chancery.authority.ledger.CommitResult;
import dev.chancery.authority.ledger.Ledger;
import dev.chancery.authority.ledger.Transaction;
import dev.chancery.pki.crypto.Digests;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A ledger that was filled in bulk is like one that a server has written.
final class BulkLedgerTest {
  private static final List<String> TABLES =
      List.of("certificates", "audit", "answers", "credentials");

  @TempDir private Path folder;

  @Test
  void whatIsWrittenInBulkIsWhatAServerWrites() throws SQLException {
    List<Transaction> transactions = transactions(40);
    Path served = folder.resolve("served.db");
    Path filled = folder.resolve("filled.db");
    try (Ledger ledger = SqliteLedger.open(served)) {
      for (Transaction transaction : transactions) {
        assertThat(ledger.commit(transaction)).isInstanceOf(CommitResult.Committed.class);
      }
    }
    try (BulkLedger ledger = BulkLedger.open(filled)) {
      ledger.write(transactions.stream().map(BulkLedger.Prepared::of).toList());
    }
    for (String table : TABLES) {
      assertThat(rows(filled, table)).as(table).isNotEmpty().isEqualTo(rows(served, table));
    }
  }

  @Test
  void aServerGoesOnWithWhatWasFilledInParts() {
    Path file = folder.resolve("ledger.db");
    List<CertificateRecord> records = new ArrayList<>();
    for (int part = 0; part < 2; part++) {
      try (BulkLedger ledger = BulkLedger.open(file)) {
        for (int i = 0; i < 10; i++) {
          CertificateRecord record = Samples.deviceCertificate("device-" + part + "-" + i);
          records.add(record);
          ledger.write(List.of(BulkLedger.Prepared.of(issuance(record))));
        }
      }
    }
    try (Ledger ledger = SqliteLedger.open(file)) {
      for (CertificateRecord record : records) {
        String serial = Samples.serial(record);
        assertThat(ledger.certificate(Samples.ISSUER, serial)).contains(record);
        assertThat(ledger.answerTo(digest(serial), Samples.NOW)).contains(record);
      }
      assertThat(ledger.certificateCount()).isEqualTo(20);
      CertificateRecord next = Samples.deviceCertificate("next");
      assertThat(ledger.commit(issuance(next))).isEqualTo(new CommitResult.Committed(21));
      List<String> hashes = new ArrayList<>();
      ledger.auditEntries(
          ledger.node(),
          1,
          entry -> {
            assertThat(entry.isIntact()).isTrue();
            assertThat(entry.previousHash())
                .isEqualTo(hashes.isEmpty() ? "0".repeat(64) : hashes.getLast());
            hashes.add(entry.hash());
          });
      assertThat(hashes).hasSize(21);
    }
  }

  @Test
  void whatMeetsAConflictIsRefused() {
    CertificateRecord record = Samples.deviceCertificate("device");
    try (BulkLedger ledger = BulkLedger.open(folder.resolve("ledger.db"))) {
      ledger.write(List.of(BulkLedger.Prepared.of(issuance(record))));
      List<BulkLedger.Prepared> again =
          List.of(
              BulkLedger.Prepared.of(
                  Transaction.of(Samples.issued(record), new Change.StoreCertificate(record))));
      assertThatThrownBy(() -> ledger.write(again))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("SERIAL_EXISTS");
    }
  }

  /// A credential, its use by each of `count` devices, and the end of every third certificate.
  private static List<Transaction> transactions(int count) {
    List<Transaction> transactions = new ArrayList<>();
    transactions.add(Samples.adding(Samples.credential("credential", count)));
    for (int i = 0; i < count; i++) {
      CertificateRecord record = Samples.deviceCertificate("device-" + i);
      String serial = Samples.serial(record);
      transactions.add(
          Transaction.of(
              Samples.issued(record),
              new Change.UseCredential("credential", Samples.NOW),
              new Change.StoreCertificate(record),
              answer(serial)));
      if (i % 3 == 0) {
        transactions.add(
            Transaction.of(
                Samples.event(AuditEvent.Action.CERTIFICATE_REVOKED, Map.of("serial", serial)),
                new Change.RevokeCertificate(
                    Samples.ISSUER,
                    serial,
                    new CertificateRecord.Revocation(Samples.NOW, "keyCompromise"))));
      }
    }
    return transactions;
  }

  private static Transaction issuance(CertificateRecord record) {
    return Transaction.of(
        Samples.issued(record),
        new Change.StoreCertificate(record),
        answer(Samples.serial(record)));
  }

  private static Change answer(String serial) {
    return new Change.RememberAnswer(
        digest(serial), Samples.ISSUER, serial, Samples.NOW, Duration.ofHours(1));
  }

  private static String digest(String serial) {
    return HexFormat.of().formatHex(Digests.sha256(serial.getBytes(StandardCharsets.UTF_8)));
  }

  private static List<List<Object>> rows(Path file, String table) throws SQLException {
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("SELECT * FROM " + table + " ORDER BY rowid")) {
      List<List<Object>> all = new ArrayList<>();
      while (rows.next()) {
        List<Object> row = new ArrayList<>();
        for (int i = 1; i <= rows.getMetaData().getColumnCount(); i++) {
          Object value = rows.getObject(i);
          row.add(
              switch (value) {
                case null -> "NULL";
                case byte[] octets -> HexFormat.of().formatHex(octets);
                default -> value;
              });
        }
        all.add(row);
      }
      return all;
    }
  }
}
