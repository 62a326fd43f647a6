package dev.chancery.authority.audit;

import dev.chancery.pki.Der;
import java.nio.charset.StandardCharsets;
import java.time.Instant;

/// A signed statement that at `at` the chain's link number `sequence` had `hash`. An attacker who
/// rewrites the whole chain, or cuts its end off, cannot make one.
///
/// @param signature by the audit key over [#signedBytes]
public record Checkpoint(long sequence, String hash, Instant at, Der signature) {
  /// What is signed: `chancery-audit-checkpoint-v1`, sequence, hash and epoch milliseconds, one per
  /// line, ASCII.
  public static byte[] signedBytes(long sequence, String hash, Instant at) {
    return ("chancery-audit-checkpoint-v1\n"
            + sequence
            + "\n"
            + hash
            + "\n"
            + at.toEpochMilli()
            + "\n")
        .getBytes(StandardCharsets.US_ASCII);
  }
}
