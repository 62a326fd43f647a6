package dev.chancery.server.audit;

import dev.chancery.authority.audit.Checkpoint;
import dev.chancery.ledger.CheckpointFile;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/// A checkpoint as a syslog message (RFC 5424 §6). Its text is the line of the checkpoint file, so
/// that what a syslog server has written down can be put there for `chancery audit verify`.
final class SyslogMessage {
  /// Facility 13, log audit; severity 5, notice (RFC 5424 §6.2.1).
  private static final int PRIORITY = 13 * 8 + 5;

  private static final int MAX_HOST_NAME = 255;

  private SyslogMessage() {}

  /// @param hostName who sends it; what is not printable ASCII is left out
  static byte[] of(Checkpoint checkpoint, String hostName, long process) {
    String host = hostName.replaceAll("[^!-~]", "");
    String text =
        "<%d>1 %s %s chancery %d audit-checkpoint - %s"
            .formatted(
                PRIORITY,
                timestamp(checkpoint.at()),
                host.isEmpty() ? "-" : host.substring(0, Math.min(host.length(), MAX_HOST_NAME)),
                process,
                CheckpointFile.lineOf(checkpoint));
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  /// At most six digits of a second's fraction (§6.2.3).
  private static Instant timestamp(Instant at) {
    return at.truncatedTo(ChronoUnit.MILLIS);
  }
}
