package dev.chancery.ledger;

import java.time.Duration;

/// How a [SqliteLedger] works. The defaults are right for a server.
///
/// @param transactionsPerBatch how many transactions at most share a write to disk
/// @param readers how many reads may be under way at the same time
/// @param deadline how long a caller waits before it is told that the ledger is unavailable
/// @param mostPages how large the database may become, in pages of 4 KiB; what goes beyond fails as
///   if the disk were full
public record SqliteSettings(
    int transactionsPerBatch, int readers, Duration deadline, long mostPages) {
  /// SQLite's own limit.
  private static final long UNLIMITED = 4_294_967_294L;

  public static SqliteSettings defaults() {
    return new SqliteSettings(512, 4, Duration.ofSeconds(30), UNLIMITED);
  }

  /// The same with another limit of size.
  public SqliteSettings withMostPages(long pages) {
    return new SqliteSettings(transactionsPerBatch, readers, deadline, pages);
  }

  /// The same with another deadline.
  public SqliteSettings withDeadline(Duration duration) {
    return new SqliteSettings(transactionsPerBatch, readers, duration, mostPages);
  }
}
