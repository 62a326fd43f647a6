package dev.chancery.interop.rollover;

import static dev.chancery.interop.Installation.certificateIn;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.chancery.authority.RefusedException;
import dev.chancery.authority.audit.AuditEvent;
import dev.chancery.authority.rollover.Generation;
import dev.chancery.authority.rollover.Generation.State;
import dev.chancery.interop.Installation;
import dev.chancery.interop.Program;
import dev.chancery.interop.Requirement;
import dev.chancery.interop.SettableClock;
import dev.chancery.interop.Wire;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.certificate.RevocationList;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// One server, from one generation to the next.
class RolloverTest {
  private static final String SETTINGS =
      """
      revocation: {crl-base-url: "http://ca.example:8080"}
      """;

  private final SettableClock clock = new SettableClock();
  private Path folder;
  private Installation chancery;

  @BeforeEach
  void start(@TempDir Path temporary) {
    folder = temporary;
    open();
  }

  private void open() {
    chancery = Installation.start(folder, SETTINGS, clock);
  }

  private void restart() {
    chancery.close();
    open();
  }

  @AfterEach
  void stop() {
    chancery.close();
  }

  private List<State> states() {
    var all = chancery.services().issuers().generations("issuing");
    return all.all().stream().map(one -> all.stateAt(one, clock.instant())).toList();
  }

  private Certificate issuer() {
    return chancery.services().authority().certificatesOf("issuing").getFirst();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void eachStepOutlastsARestartAndDevicesRenewAcrossTheSwitch(boolean newRoot) {
    Wire.Identity device = chancery.device("CN=device-1", "dns:device-1.example");
    Certificate first = issuer();
    Certificate root = chancery.server().root();
    assertThat(states()).containsExactly(State.ACTIVE);

    var _ = chancery.services().rollover().prepare("issuing", newRoot, Steps.BY_HAND).orElseThrow();
    restart();
    assertThat(states()).containsExactly(State.ACTIVE, State.PREPARED);
    assertThat(Steps.cacerts(chancery)).containsExactlyInAnyOrder(first, root);

    chancery.services().rollover().announce("issuing", java.util.Optional.empty(), Steps.BY_HAND);
    restart();
    assertThat(states()).containsExactly(State.ACTIVE, State.ANNOUNCED);
    assertThat(certificateIn(Steps.renew(chancery, device)).isSignedBy(first)).isTrue();

    Generation second = Steps.activate(chancery);
    restart();
    assertThat(states()).containsExactly(State.RETIRING, State.ACTIVE);
    assertThat(issuer()).isEqualTo(second.certificate()).isNotEqualTo(first);
    assertThat(chancery.server().root().equals(root)).isNotEqualTo(newRoot);

    Steps.later(chancery, Duration.ofDays(60));
    Certificate renewed = certificateIn(Steps.renew(chancery, device));
    assertThat(renewed.isSignedBy(second.certificate())).isTrue();
    assertThat(renewed.names()).isEqualTo(device.chain().getFirst().names());
    assertThat(chancery.issued().getFirst().issuer()).isEqualTo("issuing.2");
    assertThat(
            chancery
                .services()
                .ledger()
                .isReplaced("issuing", device.chain().getFirst().serialNumber().toString()))
        .isTrue();
  }

  @Test
  void everyStepIsInTheAudit() {
    Steps.announce(chancery, true);
    Steps.activate(chancery);
    chancery.services().rollover().retire("issuing", 1, Steps.FORCED);

    List<AuditEvent> steps = new ArrayList<>();
    chancery
        .services()
        .ledger()
        .auditEntries(
            1,
            entry -> {
              if (entry.event().action().id().startsWith("generation-")) {
                steps.add(entry.event());
              }
            });
    assertThat(steps)
        .extracting(event -> event.action().id())
        .containsExactly(
            "generation-prepared",
            "generation-announced",
            "generation-activated",
            "generation-retired");
    assertThat(steps).allSatisfy(event -> assertThat(event.actor()).isEqualTo("operator"));
    assertThat(steps.getLast().details()).containsEntry("forced", "true");
  }

  @Test
  void keyFilesOfAGenerationThatTheLedgerNeverHeardOfCountForNothing() throws IOException {
    Generation begun = chancery.services().issuers().prepare("issuing", true);
    restart();
    assertThat(states()).containsExactly(State.ACTIVE);
    assertThat(chancery.services().issuers().generation("issuing.2")).isEmpty();

    Generation prepared =
        chancery.services().rollover().prepare("issuing", false, Steps.BY_HAND).orElseThrow();

    assertThat(prepared.number()).isEqualTo(2);
    assertThat(prepared.certificate()).isNotEqualTo(begun.certificate());
    Path issuers = folder.resolve("issuers");
    assertThat(issuers.resolve("issuing.2-root.key")).doesNotExist();
    assertThat(
            PosixFilePermissions.toString(
                Files.getPosixFilePermissions(issuers.resolve("issuing.2.key"))))
        .isEqualTo("rw-------");
    restart();
    assertThat(chancery.services().issuers().holdsKey(prepared)).isTrue();
  }

  @Test
  void ofManyWhoPrepareAtTheSameTimeOneSucceedsAndItsKeyIsThere() throws Exception {
    List<Object> results = new ArrayList<>();
    try (var executor = java.util.concurrent.Executors.newVirtualThreadPerTaskExecutor()) {
      List<java.util.concurrent.Callable<Object>> tries = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        tries.add(() -> {
          try {
            return chancery
                .services()
                .rollover()
                .prepare("issuing", false, Steps.BY_HAND)
                .orElseThrow();
          } catch (RefusedException e) {
            return e;
          }
        });
      }
      for (var done : executor.invokeAll(tries)) {
        results.add(done.get());
      }
    }

    assertThat(results).filteredOn(Generation.class::isInstance).hasSize(1);
    restart();
    assertThat(states()).containsExactly(State.ACTIVE, State.PREPARED);
    assertThat(chancery.services().issuers().withoutKey()).isEmpty();
    Generation second = chancery.services().issuers().generation("issuing.2").orElseThrow();
    assertThat(chancery.services().issuers().holdsKey(second)).isTrue();
  }

  @Test
  void aGenerationWhoseKeyIsMissingOrWrongNeverSigns() throws IOException {
    Steps.announce(chancery, false);
    Path key = folder.resolve("issuers").resolve("issuing.2.key");
    String right = Files.readString(key);
    Files.writeString(key, Files.readString(folder.resolve("issuers").resolve("issuing.key")));
    restart();
    assertThatThrownBy(() -> Steps.activate(chancery))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("the key of issuing.2 is not on this server");
    assertThat(metric("chancery_issuer_keys_missing")).contains(" 1");

    Files.writeString(key, right);
    chancery.services().issuers().refresh();
    Steps.activate(chancery);
    assertThat(status("/readyz")).isEqualTo(200);
    Files.delete(key);
    restart();
    assertThat(status("/readyz")).isEqualTo(503);
    Installation.Made made = Installation.request("CN=too-early");
    var credential = chancery.credential("CN=too-early");
    assertThat(chancery.enroll(credential, made).status()).isEqualTo(500);

    Files.writeString(key, right);
    clock.advance(Duration.ofMinutes(1));
    assertThat(status("/readyz")).isEqualTo(200);
    assertThat(certificateIn(chancery.enroll(credential, made)).isSignedBy(issuer())).isTrue();
  }

  private String metric(String name) {
    try (Wire wire = Wire.connectClear(chancery.server().clearPort())) {
      return wire.send("GET", "/metrics", Map.of(), new byte[0])
          .text()
          .lines()
          .filter(line -> line.startsWith(name))
          .findFirst()
          .orElse("");
    }
  }

  @Test
  void eachGenerationSignsItsOwnListAtThePathThatItsCertificatesName() throws IOException {
    Program.need("openssl");
    Certificate old = chancery.device("CN=old").chain().getFirst();
    Generation second = Steps.announce(chancery, true);
    Steps.activate(chancery);
    Certificate young = chancery.device("CN=young").chain().getFirst();
    revoke("issuing", old);
    revoke("issuing.2", young);
    chancery.services().revocationLists().publishIfDue();

    byte[] first = crl("/crl/issuing.crl");
    byte[] other = crl("/crl/issuing.2.crl");
    assertThat(RevocationList.parse(first).isSignedBy(firstIssuer())).isTrue();
    assertThat(RevocationList.parse(other).isSignedBy(second.certificate())).isTrue();
    assertThat(text(old)).contains("URI:http://ca.example:8080/crl/issuing.crl");
    assertThat(text(young)).contains("URI:http://ca.example:8080/crl/issuing.2.crl");
    Files.write(folder.resolve("1.der"), first);
    Files.write(folder.resolve("2.der"), other);
    assertThat(crlText("1.der")).contains(hex(old)).doesNotContain(hex(young));
    assertThat(crlText("2.der")).contains(hex(young)).doesNotContain(hex(old));
    assertThat(status("/crl/issuing.3.crl")).isEqualTo(404);
    assertThat(status("/crl/other.crl")).isEqualTo(404);
  }

  private Certificate firstIssuer() {
    return chancery.services().issuers().generation("issuing").orElseThrow().certificate();
  }

  private static String hex(Certificate certificate) {
    return certificate.serialNumber().toString().toUpperCase(java.util.Locale.ROOT);
  }

  private void revoke(String id, Certificate certificate) {
    chancery
        .services()
        .revocations()
        .revoke(id, certificate.serialNumber(), "keyCompromise", "test");
  }

  private byte[] crl(String path) {
    try (Wire wire = Wire.connectClear(chancery.server().clearPort())) {
      Wire.Answer answer = wire.send("GET", path, Map.of(), new byte[0]);
      assertThat(answer.status()).isEqualTo(200);
      return answer.body().toByteArray();
    }
  }

  private int status(String path) {
    try (Wire wire = Wire.connectClear(chancery.server().clearPort())) {
      return wire.send("GET", path, Map.of(), new byte[0]).status();
    }
  }

  private String crlText(String file) {
    return Program.run(folder, "openssl", "crl", "-inform", "DER", "-in", file, "-noout", "-text")
        .succeeded()
        .text();
  }

  private String text(Certificate certificate) throws IOException {
    Path file = Files.writeString(folder.resolve("text.pem"), certificate.toPem());
    return Program.run(folder, "openssl", "x509", "-in", file.toString(), "-noout", "-text")
        .succeeded()
        .text();
  }

  @Test
  @Requirement("EST-063")
  void whoTrustsOneRootValidatesWhatIsBelowTheOtherThroughTheLinks() throws IOException {
    Program.need("openssl");
    Certificate oldLeaf = chancery.device("CN=old").chain().getFirst();
    Certificate oldRoot = chancery.server().root();
    Generation second = Steps.announce(chancery, true);
    Steps.activate(chancery);
    Certificate newLeaf = chancery.device("CN=new").chain().getFirst();

    List<Certificate> published = Steps.cacerts(chancery);

    assertThat(published)
        .contains(second.certificate(), second.root(), oldRoot, firstIssuer())
        .containsAll(second.links())
        .hasSize(6);
    assertThat(second.links())
        .hasSize(2)
        .allSatisfy(link -> {
          assertThat(link.toX509().getBasicConstraints()).isGreaterThan(-1);
          assertThat(link.toX509().getKeyUsage()[5]).as("keyCertSign").isTrue();
        });
    assertThat(verify(newLeaf, oldRoot, published)).contains("OK");
    assertThat(verify(oldLeaf, second.root(), published)).contains("OK");
    List<Certificate> unlinked =
        published.stream().filter(one -> !second.links().contains(one)).toList();
    assertThat(verify(newLeaf, oldRoot, unlinked)).doesNotContain("OK");
    assertThat(verify(oldLeaf, second.root(), unlinked)).doesNotContain("OK");
  }

  private String verify(Certificate leaf, Certificate root, List<Certificate> others)
      throws IOException {
    StringBuilder pem = new StringBuilder();
    // A root that is not trusted leads nowhere, and OpenSSL looks no further when it has met one.
    others.stream().filter(one -> !one.isSignedBy(one)).forEach(one -> pem.append(one.toPem()));
    Files.writeString(folder.resolve("leaf.pem"), leaf.toPem());
    Files.writeString(folder.resolve("root.pem"), root.toPem());
    Files.writeString(folder.resolve("others.pem"), pem);
    return Program.run(
            folder,
            "openssl",
            "verify",
            "-CAfile",
            "root.pem",
            "-untrusted",
            "others.pem",
            "leaf.pem")
        .text();
  }

  @Test
  void theServersOwnCertificateIsTakenByThoseWhoTrustOnlyOneOfTheRoots() throws IOException {
    Program.need("openssl");
    Certificate oldRoot = chancery.server().root();
    Generation second = Steps.announce(chancery, true);
    assertThat(handshake(oldRoot)).contains("Verification: OK");
    assertThat(handshake(second.root())).contains("Verification: OK");

    Steps.activate(chancery);
    assertThat(handshake(oldRoot)).contains("Verification: OK");
    assertThat(handshake(second.root())).contains("Verification: OK");
    assertThat(handshake(second.links().getFirst())).contains("Verification error");
  }

  private String handshake(Certificate root) throws IOException {
    Files.writeString(folder.resolve("root.pem"), root.toPem());
    return Program.run(
            folder,
            "openssl",
            "s_client",
            "-connect",
            "127.0.0.1:" + chancery.server().tlsPort(),
            "-CAfile",
            "root.pem",
            "-no-CApath",
            "-no-CAstore",
            "-verify_hostname",
            "localhost")
        .text();
  }

  @Test
  void aRetiredGenerationsCertificatesCountForNothing() {
    Wire.Identity device = chancery.device("CN=device-1");
    Steps.announce(chancery, false);
    Steps.activate(chancery);
    assertThatThrownBy(() -> chancery.services().rollover().retire("issuing", 2, Steps.BY_HAND))
        .hasMessageContaining("issuing.2 signs");
    assertThatThrownBy(() -> chancery.services().rollover().retire("issuing", 1, Steps.BY_HAND))
        .hasMessageContaining("are valid until");

    chancery.services().rollover().retire("issuing", 1, Steps.FORCED);

    assertThat(Steps.renew(chancery, device).text()).contains("certificate-untrusted");
    assertThat(Steps.cacerts(chancery)).containsExactlyInAnyOrderElementsOf(active().chain());
  }

  private Generation active() {
    return chancery.services().issuers().active("issuing");
  }

  @Test
  void aPreparedGenerationCanBeWithdrawnAndAnotherOneFollows() {
    Steps.announce(chancery, true);
    chancery.services().rollover().retire("issuing", 2, Steps.FORCED);
    assertThat(states()).containsExactly(State.ACTIVE, State.RETIRED);

    Generation third = Steps.announce(chancery, false);
    Steps.activate(chancery);

    assertThat(third.id()).isEqualTo("issuing.3");
    assertThat(states()).containsExactly(State.RETIRING, State.RETIRED, State.ACTIVE);
    assertThat(chancery.device("CN=x").chain().getFirst().isSignedBy(third.certificate())).isTrue();
  }

  @Test
  void stepsThatCannotBeTakenSaySoAndADryRunChangesNothing() {
    var rollover = chancery.services().rollover();
    var dry = new dev.chancery.authority.rollover.Rollover.Manner(true, false, "operator");

    assertThatThrownBy(() -> rollover.announce("issuing", java.util.Optional.empty(), dry))
        .hasMessageContaining("waits to be announced");
    assertThatThrownBy(() -> rollover.activate("issuing", java.util.Optional.empty(), dry))
        .hasMessageContaining("is announced");
    assertThat(rollover.prepare("issuing", true, dry)).isEmpty();
    assertThat(states()).containsExactly(State.ACTIVE);
    Steps.announce(chancery, false);
    assertThatThrownBy(() -> rollover.prepare("issuing", true, dry))
        .hasMessageContaining("issuing.2 is there already");
    Generation would = rollover.activate("issuing", java.util.Optional.empty(), dry);
    assertThat(would.activeFrom()).isPresent();
    assertThat(states()).containsExactly(State.ACTIVE, State.ANNOUNCED);
    assertThatThrownBy(() ->
            rollover.activate(
                "issuing", java.util.Optional.of(clock.instant().minusSeconds(60)), dry))
        .hasMessageContaining("is too early");
  }
}
