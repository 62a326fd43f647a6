package dev.chancery.interop.database;

import static dev.chancery.interop.Installation.certificateIn;
import static dev.chancery.interop.Installation.request;
import static org.assertj.core.api.Assertions.assertThat;

import dev.chancery.authority.credential.Credentials;
import dev.chancery.interop.Installation;
import dev.chancery.lab.PostgresCluster;
import dev.chancery.server.admin.AuditReport;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A primary and a standby that streams from it synchronously; the primary dies under load.
class StandbyTest {
  @TempDir Path folder;

  @Test
  void nothingAcknowledgedIsMissingAfterTheStandbyTookOver() throws Exception {
    try (PostgresCluster primary = Nodes.database();
        PostgresCluster standby = primary.standby()) {
      primary.execute("postgres", "ALTER SYSTEM SET synchronous_standby_names = 'standby'");
      primary.execute("postgres", "SELECT pg_reload_conf()");
      awaitSynchronous(primary);
      String both = "127.0.0.1:%d,127.0.0.1:%d".formatted(primary.port(), standby.port());
      try (Installation node =
          Installation.start(
              folder.resolve("a"), PostgresCluster.yaml(both, "chancery", "node-a"))) {
        List<Credentials.Created> credentials = new ArrayList<>();
        for (int i = 0; i < 400; i++) {
          credentials.add(node.credential("CN=device-" + i));
        }
        Map<String, String> acknowledged = new ConcurrentHashMap<>();
        AtomicBoolean cut = new AtomicBoolean();

        Nodes.enroll(
            credentials,
            node.server()::tlsPort,
            acknowledged,
            () -> {
              if (acknowledged.size() >= 80 && cut.compareAndSet(false, true)) {
                primary.crash();
                standby.promote();
              }
              return false;
            });

        assertThat(acknowledged).hasSizeGreaterThanOrEqualTo(80);
        Set<String> serials = new HashSet<>();
        node.issued()
            .forEach(record -> serials.add(record.certificate().serialNumber().toString()));
        assertThat(serials).containsAll(acknowledged.values());
        assertThat(
                certificateIn(
                        node.enroll(node.credential("CN=afterwards"), request("CN=afterwards")))
                    .subject())
            .hasToString("CN=afterwards");
        assertThat(
                AuditReport.of(node.services().ledger(), node.folder(), (_, _) -> {})
                    .path("intact")
                    .asBoolean())
            .isTrue();
      }
    }
  }

  private static void awaitSynchronous(PostgresCluster primary) {
    for (long end = System.nanoTime() + 30_000_000_000L; System.nanoTime() < end; ) {
      if (primary.ask("postgres", "SELECT sync_state FROM pg_stat_replication").equals("sync")) {
        return;
      }
    }
    throw new AssertionError("the standby did not become synchronous");
  }
}
