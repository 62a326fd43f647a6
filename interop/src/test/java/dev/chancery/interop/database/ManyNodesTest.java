package dev.chancery.interop.database;

import static dev.chancery.interop.Installation.certificateIn;
import static dev.chancery.interop.Installation.pkcs10;
import static dev.chancery.interop.Installation.request;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.chancery.authority.credential.Credentials;
import dev.chancery.authority.ledger.PendingRecord;
import dev.chancery.interop.Installation;
import dev.chancery.interop.ServerProcess;
import dev.chancery.interop.SettableClock;
import dev.chancery.interop.Wire;
import dev.chancery.lab.PostgresCluster;
import dev.chancery.server.StartException;
import dev.chancery.server.admin.AuditReport;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Nodes on one PostgreSQL: whatever one of them began, any other goes on with.
class ManyNodesTest {
  private static final String APPROVED_AND_SCEP =
      """
      profiles:
        guarded: {approval: manual}
      scep:
        endpoints: [{}]
      """;

  private static Optional<PostgresCluster> cluster = Optional.empty();

  @TempDir Path folder;

  @BeforeAll
  static void startPostgres() {
    cluster = Optional.of(Nodes.database());
  }

  @AfterAll
  static void stopPostgres() {
    cluster.ifPresent(PostgresCluster::close);
  }

  @BeforeEach
  void emptyTheDatabase() {
    cluster().drop("chancery");
    cluster().create("chancery");
  }

  private static PostgresCluster cluster() {
    return cluster.orElseThrow();
  }

  private Installation first() {
    return Installation.start(
        folder.resolve("a"),
        cluster().yaml("chancery", "node-a") + APPROVED_AND_SCEP,
        new SettableClock());
  }

  private Installation second(Installation first) {
    Nodes.copyKeys(first.folder(), folder.resolve("b"));
    return Installation.start(
        folder.resolve("b"),
        cluster().yaml("chancery", "node-b") + APPROVED_AND_SCEP,
        first.clock());
  }

  @Test
  void aDeviceEnrolsAtOneNodeAndRenewsAtTheOther() {
    try (Installation a = first();
        Installation b = second(a)) {
      Credentials.Created credential = a.credential("CN=device-1", "dns:device-1.example");
      Installation.Made made = request("CN=device-1", "dns:device-1.example");

      Wire.Answer enrolled = b.enroll(credential, made);
      Wire.Answer again = a.enroll(credential, made);
      Wire.Identity identity = new Wire.Identity(made.keyPair(), List.of(certificateIn(enrolled)));
      Wire.Answer renewed = renew(a, identity);

      assertThat(certificateIn(again)).isEqualTo(certificateIn(enrolled));
      assertThat(certificateIn(renewed).subject()).hasToString("CN=device-1");
      assertThat(b.issued()).hasSize(2);
      a.services()
          .revocations()
          .revoke("issuing", certificateIn(renewed).serialNumber(), "keyCompromise", "test");
      assertThat(
              renew(b, new Wire.Identity(made.keyPair(), List.of(certificateIn(renewed)))).text())
          .contains("certificate-revoked");
    }
  }

  private static Wire.Answer renew(Installation node, Wire.Identity identity) {
    try (Wire wire = Wire.connect(node.server().tlsPort(), "TLSv1.3", Optional.of(identity))) {
      return wire.send(
          "POST",
          "/.well-known/est/simplereenroll",
          pkcs10(),
          Installation.base64(
              dev.chancery.pki.request.CertificationRequestBuilder.builder(
                      identity.chain().getFirst().names(), identity.keyPair())
                  .build()
                  .der()
                  .toByteArray()));
    }
  }

  @Test
  void aRequestThatOneNodeTookIsApprovedAtTheOtherAndCollectedAtTheFirst() {
    try (Installation a = first();
        Installation b = second(a)) {
      Credentials.Created credential = a.credential("guarded", 1, "CN=patient");
      Installation.Made made = request("CN=patient");

      assertThat(a.enroll(credential, made).status()).isEqualTo(202);
      List<PendingRecord> waiting = b.services().pendingRequests().list(10);
      assertThat(waiting).hasSize(1);
      b.services().pendingRequests().approve(waiting.getFirst().ticket(), "operator");

      assertThat(certificateIn(a.enroll(credential, made)).subject()).hasToString("CN=patient");
    }
  }

  @Test
  void aHundredUsesOfOneCredentialOverBothNodesBringOneCertificate() throws Exception {
    try (Installation a = first();
        Installation b = second(a)) {
      Credentials.Created credential = a.credential("CN=once");

      List<Integer> statuses = new ArrayList<>();
      try (ExecutorService executor = Executors.newFixedThreadPool(100)) {
        List<Future<Integer>> answers = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
          Installation node = i % 2 == 0 ? a : b;
          answers.add(executor.submit(() -> node.enroll(credential, request("CN=once")).status()));
        }
        for (Future<Integer> answer : answers) {
          statuses.add(answer.get());
        }
      }

      assertThat(statuses).filteredOn(status -> status == 200).hasSize(1);
      assertThat(statuses).filteredOn(status -> status == 403).hasSize(99);
      assertThat(a.issued()).hasSize(1);
    }
  }

  @Test
  void bothNodesShowTheSameScepKeyAndANewOneOnlyAfterBothKnowIt() {
    try (Installation a = first();
        Installation b = second(a)) {
      byte[] before = scepCertificates(a);
      assertThat(scepCertificates(b)).isEqualTo(before);

      a.clock().advance(Duration.ofDays(300));
      a.server().renewIfDue();
      assertThat(scepCertificates(a)).isEqualTo(before);
      b.server().renewIfDue();
      a.clock().advance(Duration.ofMinutes(6));
      a.server().renewIfDue();
      b.server().renewIfDue();

      assertThat(scepCertificates(a)).isNotEqualTo(before).isEqualTo(scepCertificates(b));
    }
  }

  private static byte[] scepCertificates(Installation node) {
    try (Wire wire = Wire.connectClear(node.server().clearPort())) {
      return wire.send("GET", "/scep?operation=GetCACert", Map.of(), new byte[0])
          .body()
          .toByteArray();
    }
  }

  @Test
  void aNodeWithoutTheKeysOfTheOthersDoesNotStart() {
    try (Installation _ = first()) {
      assertThatThrownBy(() ->
              Installation.start(
                  folder.resolve("stranger"), cluster().yaml("chancery", "stranger")))
          .isInstanceOf(StartException.class)
          .hasMessageContaining("secrets.key is not here");
      assertThat(folder.resolve("stranger").resolve("issuers")).doesNotExist();
    }
  }

  @Test
  void whatANodeAcknowledgedBeforeItWasKilledTheOtherHas() throws Exception {
    Map<String, String> acknowledged = new ConcurrentHashMap<>();
    try (Installation a = first()) {
      Nodes.copyKeys(a.folder(), folder.resolve("b"));
      List<Credentials.Created> credentials = new ArrayList<>();
      for (int i = 0; i < 300; i++) {
        credentials.add(a.credential("CN=device-" + i));
      }
      try (ServerProcess b =
          Nodes.serve(
              folder.resolve("b"), cluster().yaml("chancery", "node-b") + APPROVED_AND_SCEP)) {
        Nodes.enroll(
            credentials,
            b::port,
            acknowledged,
            () -> {
              if (acknowledged.size() >= 60) {
                b.kill();
              }
              return !b.process().isAlive();
            });
      }

      assertThat(acknowledged).hasSizeGreaterThanOrEqualTo(60);
      Map<String, Set<String>> byRequester = new HashMap<>();
      Set<String> serials = new HashSet<>();
      a.issued()
          .forEach(record -> {
            serials.add(record.certificate().serialNumber().toString());
            byRequester
                .computeIfAbsent(record.requester(), _ -> new HashSet<>())
                .add(record.certificate().serialNumber().toString());
          });
      assertThat(serials).containsAll(acknowledged.values());
      assertThat(byRequester).allSatisfy((_, issued) -> assertThat(issued).hasSize(1));
      assertThat(
              AuditReport.of(a.services().ledger(), a.folder(), (_, _) -> {})
                  .path("intact")
                  .asBoolean())
          .isTrue();
    }
  }

  @Test
  void aNodeHealsByItselfWhenTheDatabaseWasRestarted() {
    try (Installation a = first()) {
      Credentials.Created credential = a.credential("CN=patient");
      Installation.Made made = request("CN=patient");
      int down;
      int ready;
      cluster().crash();
      try {
        down = a.enroll(credential, made).status();
        ready = ready(a);
      } finally {
        cluster().up();
      }

      assertThat(down).isEqualTo(503);
      assertThat(ready).isEqualTo(503);
      awaitReady(a);
      assertThat(certificateIn(a.enroll(credential, made)).subject()).hasToString("CN=patient");
      assertThat(a.issued()).hasSize(1);
    }
  }

  private static int ready(Installation node) {
    try (Wire wire = Wire.connectClear(node.server().clearPort())) {
      return wire.send("GET", "/readyz", Map.of(), new byte[0]).status();
    }
  }

  private static void awaitReady(Installation node) {
    for (long end = System.nanoTime() + 30_000_000_000L; System.nanoTime() < end; ) {
      if (ready(node) == 200) {
        return;
      }
    }
    throw new AssertionError("the node did not get ready again");
  }
}
