package dev.chancery.ledger;

import java.sql.SQLException;

/// Lets many callers read, a bounded number at the same time. Thread-safe.
interface Reads extends AutoCloseable {
  /// Reads something.
  @FunctionalInterface
  interface Read<T> {
    T from(Session session) throws SQLException;
  }

  /// What `read` makes of the database.
  ///
  /// @throws dev.chancery.authority.ledger.LedgerUnavailableException if the database cannot be
  ///   read, or too many others are reading
  <T> T read(Read<T> read);

  /// Lets go of connections to a database that may have been replaced.
  void renew();

  /// Waits for the reads that are under way.
  @Override
  void close();
}
