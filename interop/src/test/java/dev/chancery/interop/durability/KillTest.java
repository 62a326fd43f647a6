package dev.chancery.interop.durability;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chancery.authority.credential.Credentials;
import dev.chancery.interop.Installation;
import dev.chancery.interop.ServerProcess;
import dev.chancery.interop.SettableClock;
import dev.chancery.interop.Wire;
import dev.chancery.lab.FreePort;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Kills the server with SIGKILL under load, starts it again, and looks for every certificate that
/// it had handed out.
class KillTest {
  private static final int ENROLLERS = 8;
  private static final int CREDENTIALS = 400;

  @TempDir Path folder;

  @ParameterizedTest(name = "killed after {0} certificates")
  @ValueSource(ints = {20, 75, 150})
  void everyAcknowledgedCertificateIsThereAndNoCredentialWasUsedTwice(int certificates)
      throws Exception {
    List<Credentials.Created> credentials = new ArrayList<>();
    try (Installation first = Installation.start(folder, "")) {
      for (int i = 0; i < CREDENTIALS; i++) {
        credentials.add(first.credential("CN=device-" + i));
      }
    }
    int port = FreePort.tcp();
    Files.writeString(
        folder.resolve("chancery.yaml"),
        Files.readString(folder.resolve("chancery.yaml"))
            .replace(
                "tls: {address: 127.0.0.1, port: 0}",
                "tls: {address: 127.0.0.1, port: " + port + "}"));
    Map<String, String> acknowledged = new ConcurrentHashMap<>();
    try (ServerProcess server = ServerProcess.start(folder, port)) {
      enrollUntilKilled(server, credentials, acknowledged, certificates);
    }

    try (Installation again = Installation.start(folder, "", new SettableClock())) {
      Map<String, Set<String>> byRequester = new HashMap<>();
      Set<String> serials = new HashSet<>();
      again
          .issued()
          .forEach(record -> {
            serials.add(record.certificate().serialNumber().toString());
            byRequester
                .computeIfAbsent(record.requester(), _requester -> new HashSet<>())
                .add(record.certificate().serialNumber().toString());
          });
      assertThat(acknowledged).hasSizeGreaterThanOrEqualTo(certificates);
      assertThat(serials).containsAll(acknowledged.values());
      assertThat(byRequester).allSatisfy((_requester, issued) -> assertThat(issued).hasSize(1));
      assertThat(again.services().ledger().isWritable()).isTrue();
    }
  }

  private static void enrollUntilKilled(
      ServerProcess server,
      List<Credentials.Created> credentials,
      Map<String, String> acknowledged,
      int certificates)
      throws InterruptedException {
    AtomicInteger next = new AtomicInteger();
    try (var executor = Executors.newFixedThreadPool(ENROLLERS)) {
      for (int i = 0; i < ENROLLERS; i++) {
        executor.execute(() -> {
          while (server.isAlive()) {
            int index = next.getAndIncrement();
            if (index >= credentials.size()) {
              return;
            }
            enroll(server.port(), index, credentials.get(index), acknowledged);
            if (acknowledged.size() >= certificates) {
              server.kill();
            }
          }
        });
      }
      executor.shutdown();
      assertThat(executor.awaitTermination(60, TimeUnit.SECONDS))
          .as("the enrollers ended after the kill")
          .isTrue();
    }
  }

  private static void enroll(
      int port, int index, Credentials.Created credential, Map<String, String> acknowledged) {
    try (Wire wire = Wire.connect(port)) {
      Wire.Answer answer =
          wire.send(
              "POST",
              "/.well-known/est/simpleenroll",
              Installation.basic(credential),
              Installation.request("CN=device-" + index).base64());
      acknowledged.put(
          credential.credential().id(),
          Installation.certificateIn(answer).serialNumber().toString());
    } catch (IllegalStateException | java.io.UncheckedIOException killed) {
      // The connection broke with the server: this certificate was not acknowledged.
      assertThat(killed).isNotNull();
    }
  }
}
