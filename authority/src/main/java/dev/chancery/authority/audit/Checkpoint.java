package dev.chancery.authority.audit;

import dev.chancery.pki.Der;
import java.nio.charset.StandardCharsets;
import java.time.Instant;

/// A signed statement that at `at` link number `sequence` of a chain had `hash`. An attacker who
/// rewrites the whole chain, or cuts its end off, cannot make one.
///
/// @param node whose chain it is; empty for the one chain of a ledger that belongs to one server
/// @param signature by the audit key over [#signedBytes]
public record Checkpoint(String node, long sequence, String hash, Instant at, Der signature) {
  /// A statement about the one chain of a ledger that belongs to one server.
  public Checkpoint(long sequence, String hash, Instant at, Der signature) {
    this("", sequence, hash, at, signature);
  }

  /// What is signed, ASCII, one per line: `chancery-audit-checkpoint-v1`, sequence, hash and epoch
  /// milliseconds; for the chain of a named node `chancery-audit-checkpoint-v2`, the node's name,
  /// and then the same. So no chain can be passed off as another node's.
  public static byte[] signedBytes(String node, long sequence, String hash, Instant at) {
    String head =
        node.isEmpty()
            ? "chancery-audit-checkpoint-v1\n"
            : "chancery-audit-checkpoint-v2\n" + node + "\n";
    return (head + sequence + "\n" + hash + "\n" + at.toEpochMilli() + "\n")
        .getBytes(StandardCharsets.US_ASCII);
  }
}
