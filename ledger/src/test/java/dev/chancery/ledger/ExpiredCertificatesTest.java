package dev.chancery.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chancery.authority.ledger.CertificateQuery;
import dev.chancery.authority.ledger.CertificateRecord;
import dev.chancery.authority.ledger.CommitResult;
import dev.chancery.authority.ledger.Conflict;
import dev.chancery.pki.crypto.SignatureAlgorithm;
import dev.chancery.pki.key.KeyPairs;
import dev.chancery.pki.key.KeyType;
import dev.chancery.pki.key.SubjectPublicKeyInfo;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What `database.keep-expired` does on SQLite.
class ExpiredCertificatesTest {
  private static final Duration KEPT = Duration.ofDays(30);
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /// More than are dropped at a time.
  private static final int MANY = 150;

  /// When the many have been expired for so long.
  private static final Instant OVER =
      Samples.NOW.plus(Duration.ofDays(90)).plus(KEPT).plusMillis(1);

  @TempDir private Path folder;

  @Test
  void theyAreDroppedAfterTheTimeAndNotAMillisecondBefore() {
    try (SqliteLedger ledger = open()) {
      CertificateRecord old = stored(ledger, Samples.deviceCertificate("old"));
      CertificateRecord lasting = stored(ledger, lasting("lasting"));
      // The search for parts of names knows them.
      await(() -> found(ledger, "old").size() == 1);

      ledger.maintain(OVER.minusMillis(1), Duration.ZERO, Optional.of(KEPT));
      ledger.maintain(OVER, Duration.ZERO, Optional.empty());
      assertThat(ledger.certificate(Samples.ISSUER, Samples.serial(old))).contains(old);

      ledger.maintain(OVER, Duration.ZERO, Optional.of(KEPT));

      await(() -> ledger.certificateCount() == 1);
      assertThat(ledger.certificate(Samples.ISSUER, Samples.serial(old))).isEmpty();
      assertThat(ledger.certificate(Samples.ISSUER, Samples.serial(lasting))).contains(lasting);
    }
  }

  @Test
  void howeverManyTheirSerialNumbersStayTakenAndTheAuditStaysWhole() throws Exception {
    CertificateRecord first = Samples.deviceCertificate("gone-0");
    try (SqliteLedger ledger = open()) {
      stored(ledger, first);
      for (int i = 1; i < MANY; i++) {
        stored(ledger, Samples.deviceCertificate("gone-" + i));
      }
      stored(ledger, lasting("lasting"));

      ledger.maintain(OVER, Duration.ZERO, Optional.of(KEPT));

      // Others are served meanwhile.
      CertificateRecord fresh = stored(ledger, lasting("fresh"));
      await(() -> ledger.certificateCount() == 2);
      assertThat(found(ledger, "gone-")).isEmpty();
      assertThat(found(ledger, "fresh")).containsExactly(fresh);
      assertThat(ledger.commit(Samples.storing(first)))
          .isEqualTo(new CommitResult.Conflicted(Conflict.SERIAL_EXISTS));
      assertThat(verified(ledger))
          .isEqualTo(new AuditVerification.Result.Intact(MANY + 2, 0, Optional.empty()));
    }
    try (Connection connection =
            DriverManager.getConnection("jdbc:sqlite:" + folder.resolve("ledger.db"));
        var statement = connection.createStatement()) {
      // Fails if the index of parts of names has something that it should not have, or lacks
      // something.
      statement.execute(
          "INSERT INTO certificate_search (certificate_search) VALUES ('integrity-check')");
    }
  }

  @Test
  void theNewestStaysSoThatTheNextIsNumberedAfterIt() {
    try (SqliteLedger ledger = open()) {
      for (int i = 0; i < 3; i++) {
        stored(ledger, Samples.deviceCertificate("gone-" + i));
      }

      ledger.maintain(OVER, Duration.ZERO, Optional.of(KEPT));
      await(() -> ledger.certificateCount() == 1);

      CertificateRecord next = stored(ledger, lasting("next"));
      assertThat(ledger.certificateCount()).isEqualTo(2);
      assertThat(found(ledger, "next")).containsExactly(next);
      ledger.maintain(OVER, Duration.ZERO, Optional.of(KEPT));
      await(() -> ledger.certificateCount() == 1);
      assertThat(found(ledger, "gone")).isEmpty();
      assertThat(found(ledger, "next")).containsExactly(next);
    }
  }

  private SqliteLedger open() {
    return SqliteLedger.open(folder.resolve("ledger.db"));
  }

  private static CertificateRecord stored(SqliteLedger ledger, CertificateRecord record) {
    assertThat(ledger.commit(Samples.storing(record))).isInstanceOf(CommitResult.Committed.class);
    return record;
  }

  private static CertificateRecord lasting(String name) {
    return Samples.record(
        Samples.certificate(
            Samples.device(name), Samples.freshKey(), Samples.NOW.plus(Duration.ofDays(900))),
        "operator");
  }

  private static List<CertificateRecord> found(SqliteLedger ledger, String part) {
    return ledger.certificates(
        new CertificateQuery(
            Optional.of(part),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            MANY));
  }

  private static AuditVerification.Result verified(SqliteLedger ledger) {
    return new AuditVerification(
            ledger,
            SubjectPublicKeyInfo.of(KeyPairs.generate(KeyType.P_256).getPublic()),
            SignatureAlgorithm.ECDSA_WITH_SHA256,
            List.of())
        .run((_, _) -> {});
  }

  private static void await(BooleanSupplier condition) {
    for (long end = System.nanoTime() + PATIENCE.toNanos(); !condition.getAsBoolean(); ) {
      assertThat(System.nanoTime()).as("in time").isLessThan(end);
      LockSupport.parkNanos(1_000_000);
    }
  }
}
