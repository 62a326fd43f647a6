package dev.chancery.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chancery.pki.crypto.SignatureAlgorithm;
import java.io.BufferedReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Kills processes that write, and looks for what they said was stored.
final class DurabilityTest {
  private static final int KILLS = 4;

  @TempDir private Path folder;

  @Test
  @Timeout(value = 2, unit = TimeUnit.MINUTES)
  void everyAcknowledgedEnrollmentIsThereAfterAKill() throws Exception {
    Path file = folder.resolve("ledger.db");
    List<String> acknowledged = new ArrayList<>();

    for (int kill = 1; kill <= KILLS; kill++) {
      acknowledged.addAll(enrollUntilKilled(file, kill, 300));

      try (SqliteLedger ledger = SqliteLedger.open(file)) {
        for (String line : acknowledged) {
          String serial = line.substring(0, line.indexOf(' '));
          String credential = line.substring(line.indexOf(' ') + 1);
          assertThat(ledger.certificate(Samples.ISSUER, serial)).as(line).isPresent();
          assertThat(ledger.credential(credential).orElseThrow().usesLeft()).as(line).isZero();
          assertThat(ledger.answerTo("digest-" + credential, Samples.NOW)).as(line).isPresent();
        }
        var verification =
            new AuditVerification(
                ledger, Samples.freshKey(), SignatureAlgorithm.ECDSA_WITH_SHA256, List.of());
        assertThat(verification.run((_, _) -> {}))
            .isInstanceOf(AuditVerification.Result.Intact.class);
      }
    }
  }

  /// Returns the whole lines that the process has printed when it is killed after so many.
  private static List<String> enrollUntilKilled(Path file, int round, int lines) throws Exception {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                KilledProcess.class.getName(),
                file.toString(),
                "round-" + round)
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    StringBuilder output = new StringBuilder();
    try (BufferedReader reader = process.inputReader(StandardCharsets.US_ASCII)) {
      int seen = 0;
      for (int c = reader.read(); c >= 0; c = reader.read()) {
        output.append((char) c);
        if (c == '\n' && ++seen == lines) {
          // By its handle: the process's own method would close the stream with what is still in
          // it.
          process.toHandle().destroyForcibly();
        }
      }
      assertThat(seen).isGreaterThanOrEqualTo(lines);
    } finally {
      process.destroyForcibly().waitFor();
    }
    return output.substring(0, output.lastIndexOf("\n")).lines().toList();
  }
}
