package dev.chancery.ledger;

import java.time.Duration;
import java.util.regex.Pattern;

/// How a [PostgresLedger] is reached, and works.
///
/// @param url `jdbc:postgresql://…`, with options of the driver but without a password
/// @param user empty if the URL or the driver knows it
/// @param password empty if there is none
/// @param node the name of this node's audit chain: lower-case letters, digits, `.`, `_` and `-`, 1
///   to 63 of them; no two nodes have the same
/// @param readers how many reads may be under way at the same time; besides these, a node has
///   [#WRITERS] connections for writing
/// @param transactionsPerBatch how many transactions at most share a write to disk
/// @param deadline how long a caller waits before it is told that the ledger is unavailable
public record PostgresSettings(
    String url,
    String user,
    String password,
    String node,
    int readers,
    int transactionsPerBatch,
    Duration deadline) {
  /// While one of them waits for the disk, the other does its work.
  public static final int WRITERS = 2;

  private static final Pattern NODE = Pattern.compile("[a-z0-9][a-z0-9._-]{0,62}");

  public PostgresSettings {
    if (!NODE.matcher(node).matches()) {
      throw new IllegalArgumentException("not a node's name: " + node);
    }
  }

  /// The usual way of working.
  public static PostgresSettings of(String url, String user, String password, String node) {
    return new PostgresSettings(url, user, password, node, 10, 512, Duration.ofSeconds(30));
  }

  /// The same with another number of readers.
  public PostgresSettings withReaders(int number) {
    return new PostgresSettings(url, user, password, node, number, transactionsPerBatch, deadline);
  }

  /// Without the password.
  @Override
  public String toString() {
    return "PostgresSettings[url=" + url + ", user=" + user + ", node=" + node + "]";
  }
}
