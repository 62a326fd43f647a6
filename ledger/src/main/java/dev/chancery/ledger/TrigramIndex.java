package dev.chancery.ledger;

import java.sql.SQLException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The index by which PostgreSQL finds parts of names: trigrams, an extension that comes with it
/// (`pg_trgm`) and that the owner of a database may create. Without it, searches for parts of names
/// read every row; all else is the same.
final class TrigramIndex {
  private static final Logger LOG = LoggerFactory.getLogger(TrigramIndex.class);

  private TrigramIndex() {}

  /// True if the index is there.
  static boolean exists(Session session) throws SQLException {
    return session.exists(
        "SELECT 1 FROM pg_indexes WHERE schemaname = current_schema()"
            + " AND indexname = 'certificates_by_text'");
  }

  /// Makes the extension and the index, if they are not there and that is possible.
  ///
  /// @param session one that commits of itself
  /// @return whether there is an index now
  static boolean make(Session session) throws SQLException {
    if (exists(session)) {
      return true;
    }
    try {
      session.run("CREATE EXTENSION IF NOT EXISTS pg_trgm");
    } catch (SQLException e) {
      // Another node may have made it at the same time.
      if (!hasExtension(session)) {
        LOG.atWarn()
            .addKeyValue("reason", e.getMessage())
            .log(
                "the extension pg_trgm is missing and cannot be created: searches for parts of names"
                    + " will read every certificate. Have a superuser CREATE EXTENSION pg_trgm, then"
                    + " run: chancery db migrate");
        return false;
      }
    }
    try {
      // What is inserted waits in a list and enters the index in bulk.
      session.run(
          "CREATE INDEX IF NOT EXISTS certificates_by_text ON certificates USING gin"
              + " (subject_text gin_trgm_ops, alternatives_text gin_trgm_ops,"
              + " requester_text gin_trgm_ops) WITH (fastupdate = on)");
    } catch (SQLException e) {
      if (!exists(session)) {
        throw e;
      }
    }
    return true;
  }

  private static boolean hasExtension(Session session) throws SQLException {
    return session.exists("SELECT 1 FROM pg_extension WHERE extname = 'pg_trgm'");
  }
}
