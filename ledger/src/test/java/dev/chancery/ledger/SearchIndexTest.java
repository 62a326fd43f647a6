package dev.chancery.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chancery.authority.ledger.Change;
import java.nio.file.Path;
import java.sql.SQLException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// SQLite's index for parts of names follows the certificates in steps that nobody has to wait for.
final class SearchIndexTest {
  private static final int CERTIFICATES = 12_800;

  /// 4 KiB each. A transaction that waits meanwhile does so for some milliseconds.
  private static final long PAGES_OF_A_STEP = 150;

  /// Each is looked through by every search.
  private static final long MOST_PARTS = 64;

  @TempDir private Path folder;

  @Test
  void noStepWritesMuchAndThePartsOfTheIndexStayFew() throws SQLException {
    try (SqliteFile file =
        SqliteFile.open(folder.resolve("ledger.db"), SqliteSettings.defaults())) {
      Schema.migrate(file.dataSource(), file.dialect());
      try (Session writer = file.openWriter()) {
        storeCertificates(writer);
        SearchIndex index = new SearchIndex();

        long largest = 0;
        long before = pagesOfLog(writer);
        boolean more = true;
        while (more) {
          more = index.step(writer);
          long after = pagesOfLog(writer);
          largest = Math.max(largest, after - before);
          before = after;
          assertThat(parts(writer)).isLessThanOrEqualTo(MOST_PARTS);
        }

        assertThat(SearchIndex.mark(writer)).isEqualTo(CERTIFICATES);
        assertThat(largest).isBetween(1L, PAGES_OF_A_STEP);
      }
    }
  }

  private static void storeCertificates(Session writer) throws SQLException {
    // Only whoever asks for it moves the log: it grows by what is written.
    writer.configure("PRAGMA wal_autocheckpoint = 0");
    writer.begin();
    for (int number = 0; number < CERTIFICATES; number++) {
      String name = "device-" + Integer.toUnsignedString(number * 0x9E3779B1, 36);
      Change stored = new Change.StoreCertificate(Samples.deviceCertificate(name));
      assertThat(Write.of(stored).apply(writer, number + 1)).isEmpty();
    }
    writer.commit();
  }

  private static long pagesOfLog(Session session) throws SQLException {
    return session.first(row -> row.getLong(2), "PRAGMA wal_checkpoint(NOOP)").orElseThrow();
  }

  private static long parts(Session session) throws SQLException {
    return session
        .first(row -> row.getLong(1), "SELECT COUNT(DISTINCT segid) FROM certificate_search_idx")
        .orElseThrow();
  }
}
