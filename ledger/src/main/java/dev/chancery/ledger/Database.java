package dev.chancery.ledger;

import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// The database below a ledger: how it is reached, and what its errors mean. What is said to it in
/// SQL is the same for both but for [Dialect]. Thread-safe.
sealed interface Database extends AutoCloseable permits PostgresDatabase, SqliteFile {
  /// What an error says.
  enum Fault {
    /// Transactions got into each other's way; the same again may succeed.
    COLLISION,
    /// The connection broke; what had not been committed is undone.
    CONNECTION,
    /// Something is wrong with the transaction itself.
    TRANSACTION,
    /// Something is wrong with the database or its disk, hence with every transaction.
    DATABASE
  }

  Dialect dialect();

  /// The chain that this node appends to; empty if the ledger belongs to one server.
  String node();

  /// For log and error messages; holds no secret.
  String description();

  /// How many connections write at the same time.
  int writers();

  /// What tells this database from another one in its place; empty if there is none.
  Optional<Object> identity();

  /// True unless a look shows that the database is gone or has no room.
  boolean seemsWritable();

  Fault faultOf(Exception e);

  /// A connection for writing.
  Session openWriter() throws SQLException;

  /// How others read.
  Reads reads(Duration deadline);

  /// What a writer of this database does beside transactions.
  List<Errand> errands();

  /// What moves the log into the database beside the writer, if this database leaves that to us.
  Optional<Checkpointer> checkpointer();

  /// See [dev.chancery.authority.ledger.Ledger#maintain].
  void maintain(Instant now, Duration ahead, Optional<Duration> keepExpired) throws SQLException;

  @Override
  void close();
}
