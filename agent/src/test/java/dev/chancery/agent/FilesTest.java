package dev.chancery.agent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chancery.agent.CertificateStatus.Phase;
import dev.chancery.agent.enrollment.Failure;
import dev.chancery.agent.store.Identity;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.key.KeyPairs;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The files of a certificate, as other programs see them.
final class FilesTest {
  @TempDir Path folder = Path.of("");

  private Machine machine = new Machine(Path.of("/tmp"));

  @BeforeEach
  void machine() {
    machine = new Machine(folder);
  }

  private String modeOf(String file) throws Exception {
    return PosixFilePermissions.toString(
        Files.getPosixFilePermissions(machine.store().resolve(file)));
  }

  @Test
  void pemIsKeyAndCertificateAndChainAndAnchors() throws Exception {
    machine.once();

    assertThat(modeOf("key.pem")).isEqualTo("rw-------");
    assertThat(modeOf("cert.pem")).isEqualTo("rw-r--r--");
    assertThat(machine.found()).isPresent();
    assertThat(Certificate.parsePem(Machine.read(machine.store().resolve("cert.pem"))))
        .containsExactly(machine.certificate());
  }

  @Test
  void modesAreTheConfiguredOnes() throws Exception {
    machine.with("store: {folder: web, mode: 640, key-mode: 440}").once();

    assertThat(modeOf("key.pem")).isEqualTo("r--r-----");
    assertThat(modeOf("chain.pem")).isEqualTo("rw-r-----");
  }

  @Test
  void anOwnerThatDoesNotExistIsAFailureAndNothingIsInPlace() {
    var status = machine.with("store: {folder: web, owner: no-such-user}").once();

    assertThat(status.failure().orElseThrow().code()).isEqualTo(Failure.Code.FILES);
    assertThat(status.failure().orElseThrow().what()).contains("no-such-user");
    assertThat(machine.found()).isEmpty();
  }

  @Test
  void combinedIsKeyAndChainInOne() throws Exception {
    machine.with("store: {folder: web, formats: [combined]}").once();

    String text = Machine.read(machine.store().resolve("combined.pem"));
    assertThat(
            Identity.of(KeyPairs.privateKeyOf(text), Certificate.parsePem(text), Optional.empty()))
        .isPresent();
    assertThat(modeOf("combined.pem")).isEqualTo("rw-------");
    assertThat(machine.store().resolve("key.pem")).doesNotExist();
  }

  @ParameterizedTest
  @CsvSource({"pkcs12, PKCS12, keystore.p12", "jks, JKS, keystore.jks"})
  void javasKeyStoresOpenWithThePassword(String format, String type, String file) throws Exception {
    machine.with("store: {folder: web, password-file: password, formats: [" + format + "]}").once();

    KeyStore store = KeyStore.getInstance(type);
    try (InputStream in = Files.newInputStream(machine.store().resolve(file))) {
      store.load(in, "changeit".toCharArray());
    }
    assertThat(
            Identity.of(
                (PrivateKey) store.getKey("web", "changeit".toCharArray()),
                List.of(Certificate.of((X509Certificate) store.getCertificate("web"))),
                Optional.empty()))
        .isPresent();
    assertThat(modeOf(file)).isEqualTo("rw-------");
  }

  @ParameterizedTest
  @CsvSource({"[combined]", "[pkcs12]", "[jks]", "'[pem, combined, pkcs12, jks]'"})
  void aRenewalFindsItsKeyInEveryFormat(String formats) {
    machine
        .with(
            "store: {folder: web, password-file: password, formats: "
                + formats
                + "}\nkey: {renewal: keep}")
        .once();
    machine.clock().advance(Duration.ofDays(61));

    var status = machine.once();

    assertThat(status.phase()).isEqualTo(Phase.ENROLLED);
    assertThat(machine.server().asked().getLast().operation()).isEqualTo("renew");
    assertThat(machine.server().asked().getLast().key())
        .isEqualTo(machine.server().asked().getFirst().key());
  }

  @Test
  void otherFormatsAreWrittenFromTheSamePairAndTheLinksFollow() {
    machine.once();
    Certificate first = machine.certificate();

    machine.with("store: {folder: web, formats: [combined], key-mode: 400}").once();

    assertThat(machine.server().asked()).hasSize(1);
    assertThat(machine.store().resolve("key.pem")).doesNotExist();
    assertThat(Certificate.parsePem(Machine.read(machine.store().resolve("combined.pem"))))
        .containsExactly(first);
  }

  @Test
  void aFileOfSomebodyElseIsLeftAlone() throws Exception {
    Files.createDirectories(machine.store());
    machine.write("web/key.pem", "mine\n");

    var status = machine.once();

    assertThat(status.failure().orElseThrow().what()).contains("not the agent's");
    assertThat(Machine.read(machine.store().resolve("key.pem"))).isEqualTo("mine\n");
  }

  @Test
  void onlyTheVersionInUseAndTheOneBeforeStay() throws Exception {
    for (int i = 0; i < 4; i++) {
      machine.once();
      machine.clock().advance(Duration.ofDays(61));
    }

    try (var versions = Files.list(machine.store().resolve("versions"))) {
      assertThat(versions.map(path -> path.getFileName().toString()))
          .containsExactlyInAnyOrder("3", "4");
    }
  }

  @Test
  void noKeyIsLeftBehindInTheAgentsFolder() throws Exception {
    machine.once();

    try (var files = Files.list(machine.folder().resolve("state/certificates/web"))) {
      assertThat(files.map(path -> path.getFileName().toString()))
          .containsExactlyInAnyOrder("state.json", "lock");
    }
    assertThat(
            PosixFilePermissions.toString(
                Files.getPosixFilePermissions(machine.folder().resolve("state"))))
        .isEqualTo("rwx------");
  }

  @Test
  void theMetricsFileTellsWhenWhatExpires() {
    machine.withGeneral("metrics-file: chancery.prom").once();

    assertThat(Machine.read(folder.resolve("chancery.prom")))
        .contains(
            "# TYPE chancery_agent_certificate_not_after_timestamp_seconds gauge\n"
                + "chancery_agent_certificate_not_after_timestamp_seconds{certificate=\"web\"} "
                + machine.clock().instant().plus(Duration.ofDays(90)).getEpochSecond()
                + "\n")
        .contains("chancery_agent_certificate_consecutive_failures{certificate=\"web\"} 0\n");
  }
}
