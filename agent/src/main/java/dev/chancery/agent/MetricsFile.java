package dev.chancery.agent;

import dev.chancery.agent.state.CertificateState.Held;
import dev.chancery.agent.store.Attributes;
import dev.chancery.agent.store.FileOperations;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Collection;
import java.util.function.Function;

/// The agent's metrics, in the text format of Prometheus, for the textfile collector of
/// node_exporter. Replaced as a whole, so that the collector never reads a half. A certificate's
/// name is a label, since it is one of a configured few.
final class MetricsFile {
  private final Path file;
  private final FileOperations files;

  MetricsFile(Path file, FileOperations files) {
    this.file = file;
    this.files = files;
  }

  void write(Collection<CertificateStatus> all, Instant now) throws IOException {
    StringBuilder text = new StringBuilder();
    family(
        text,
        "chancery_agent_certificate_not_after_timestamp_seconds",
        "When the certificate in use expires; absent if there is none.",
        all,
        status -> status.certificate().map(Held::notAfter).map(MetricsFile::seconds).orElse(""));
    family(
        text,
        "chancery_agent_certificate_next_attempt_timestamp_seconds",
        "When the agent works on the certificate again.",
        all,
        status -> seconds(status.next()));
    family(
        text,
        "chancery_agent_certificate_consecutive_failures",
        "How many attempts in a row have come to nothing.",
        all,
        status -> Integer.toString(status.failures()));
    family(
        text,
        "chancery_agent_certificate_waiting",
        "1 while somebody has to decide about a request.",
        all,
        status -> status.phase() == CertificateStatus.Phase.WAITING ? "1" : "0");
    head(text, "chancery_agent_last_write_timestamp_seconds", "When this file was written.");
    text.append("chancery_agent_last_write_timestamp_seconds ").append(seconds(now)).append('\n');
    files.replace(file, text.toString().getBytes(StandardCharsets.UTF_8), Attributes.PUBLIC);
  }

  private static void family(
      StringBuilder text,
      String metric,
      String help,
      Collection<CertificateStatus> all,
      Function<CertificateStatus, String> value) {
    head(text, metric, help);
    for (CertificateStatus status : all) {
      String sample = value.apply(status);
      if (!sample.isEmpty()) {
        text.append(metric)
            .append("{certificate=\"")
            .append(status.name())
            .append("\"} ")
            .append(sample)
            .append('\n');
      }
    }
  }

  private static void head(StringBuilder text, String metric, String help) {
    text.append("# HELP ").append(metric).append(' ').append(help).append('\n');
    text.append("# TYPE ").append(metric).append(" gauge\n");
  }

  private static String seconds(Instant instant) {
    return Long.toString(instant.getEpochSecond());
  }
}
