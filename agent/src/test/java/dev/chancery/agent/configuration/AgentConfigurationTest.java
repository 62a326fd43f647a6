package dev.chancery.agent.configuration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.chancery.agent.configuration.AgentConfiguration.FirstProof;
import dev.chancery.agent.configuration.AgentConfiguration.Format;
import dev.chancery.agent.configuration.AgentConfiguration.KeyRenewal;
import dev.chancery.agent.configuration.AgentConfiguration.Server;
import dev.chancery.agent.configuration.AgentConfiguration.Trust;
import dev.chancery.configuration.ConfigurationException;
import dev.chancery.configuration.Problem;
import dev.chancery.pki.key.KeyType;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What `agent.yaml` may say, and how it is told what is wrong with it.
final class AgentConfigurationTest {
  private static final Path FOLDER = Path.of("/etc/chancery");
  private static final String SMALLEST =
      """
      endpoints:
        ca:
          url: https://ca.example:8443
          anchors-file: anchors.pem
      certificates:
        - name: web
          endpoint: ca
          store: {folder: web}
      """;

  private static AgentConfiguration parse(String yaml) {
    return AgentConfiguration.parse(yaml, FOLDER);
  }

  private static List<String> problems(String yaml) {
    try {
      parse(yaml);
      return List.of();
    } catch (ConfigurationException e) {
      return e.problems().stream().map(Problem::toString).toList();
    }
  }

  @Test
  void theSmallestFileHasDefaultsForEverythingElse() {
    AgentConfiguration configuration = parse(SMALLEST);

    var web = configuration.certificates().getFirst();
    assertThat(configuration.stateFolder()).isEqualTo(Path.of("/var/lib/chancery-agent"));
    assertThat(configuration.metricsFile()).isEmpty();
    assertThat(configuration.endpoints().values())
        .extracting(AgentConfiguration.Endpoint::trust)
        .containsExactly(new Trust.AnchorsFile(FOLDER.resolve("anchors.pem")));
    assertThat(web.keyType()).isEqualTo(KeyType.P_256);
    assertThat(web.keyRenewal()).isEqualTo(KeyRenewal.FRESH);
    assertThat(web.renewBefore()).isEqualTo(1 / 3.0);
    assertThat(web.firstProof()).isEqualTo(new FirstProof.None());
    assertThat(web.store().folder()).isEqualTo(FOLDER.resolve("web"));
    assertThat(web.store().formats()).containsExactly(Format.PEM);
    assertThat(web.hooks().timeout()).isEqualTo(Duration.ofSeconds(30));
  }

  @Test
  void everySettingIsRead() {
    AgentConfiguration configuration =
        parse(
            """
            state-folder: state
            metrics-file: /var/lib/node_exporter/chancery.prom
            log: {format: json, level: debug}
            limits: {concurrent: 8, per-minute: 30, first-delay: 5s, longest-delay: 1d}
            endpoints:
              ca:
                url: https://ca.example/.well-known/est/devices
                fingerprint: %s
                refresh: 1h
                timeout: 5s
            certificates:
              - name: web
                endpoint: ca
                subject: CN=web
                alternatives: ['dns:web.example', 'ip:192.0.2.1']
                credential: {id: shop-floor, secret-file: secret}
                key: {type: rsa-3072, renewal: keep}
                renew: {before: 25%%, jitter: 0.1}
                store:
                  folder: /srv/web
                  formats: [pem, combined, pkcs12, jks]
                  password-file: password
                  owner: www-data
                  group: ssl-cert
                  mode: 640
                  key-mode: 440
                hooks:
                  before: [/bin/true]
                  after: [systemctl, reload, nginx]
                  timeout: 1m
                  environment: [A=b, C=]
            """
                .formatted("ab".repeat(32)));

    var web = configuration.certificates().getFirst();
    assertThat(configuration.limits().longestDelay()).isEqualTo(Duration.ofDays(1));
    assertThat(configuration.endpoints().values())
        .allSatisfy(endpoint ->
            assertThat(endpoint.server())
                .isInstanceOfSatisfying(
                    Server.Est.class, est -> assertThat(est.server().label()).isPresent()));
    assertThat(web.alternatives()).hasSize(2);
    assertThat(web.firstProof())
        .isEqualTo(new FirstProof.Credential("shop-floor", FOLDER.resolve("secret")));
    assertThat(web.renewBefore()).isEqualTo(0.25);
    assertThat(web.store().passwordFile()).isEqualTo(Optional.of(FOLDER.resolve("password")));
    assertThat(web.store().keyMode()).isEqualTo("440");
    assertThat(web.hooks().after()).containsExactly("systemctl", "reload", "nginx");
  }

  private static final String OVER_SCEP =
      """
      endpoints:
        ca: {protocol: scep, url: 'http://ca.example:8080/scep', fingerprint: %s}
      certificates:
        - name: web
          endpoint: ca
          credential: {secret-file: secret}
          store: {folder: web}
      """
          .formatted("ab".repeat(32));

  @Test
  void overScepTheKeyIsRsaAndAChallengeNeedsNoId() {
    AgentConfiguration configuration = AgentConfiguration.parse(OVER_SCEP, FOLDER);

    var web = configuration.certificates().getFirst();
    assertThat(configuration.endpoints().values())
        .extracting(AgentConfiguration.Endpoint::server)
        .containsExactly(new Server.Scep(URI.create("http://ca.example:8080/scep")));
    assertThat(web.keyType()).isEqualTo(KeyType.RSA_2048);
    assertThat(web.firstProof()).isEqualTo(new FirstProof.Credential("", FOLDER.resolve("secret")));
  }

  @Test
  void whatScepCannotDoIsRefused() {
    assertThat(problems(OVER_SCEP.replace("8080/scep", "8080/scep?operation=GetCACaps")))
        .singleElement()
        .asString()
        .contains("endpoints.ca.url: a SCEP server's URL looks like");
    assertThat(problems(OVER_SCEP.replace("credential:", "key: {type: ed25519}\n    credential:")))
        .singleElement()
        .asString()
        .contains("certificates[0].key.type: over SCEP the certificate comes encrypted");
    assertThat(
            problems(
                OVER_SCEP.replace(
                    "{folder: web}", "{folder: web, pkcs11-config: token.cfg, pin-file: pin}")))
        .singleElement()
        .asString()
        .contains("certificates[0].store.pkcs11-config: a key in a token cannot");
    assertThat(problems(OVER_SCEP.replace("protocol: scep", "protocol: cmp")))
        .anySatisfy(problem ->
            assertThat(problem)
                .contains("endpoints.ca.protocol: this must be \"est\" or \"scep\""));
  }

  @Test
  void anUnknownKeyIsRefusedWithItsLineAndASuggestion() {
    assertThat(problems(SMALLEST.replace("endpoint: ca", "endpiont: ca")))
        .contains(
            "line 7: certificates[0].endpiont: there is no such setting (did you mean"
                + " \"endpoint\"?)");
  }

  @Test
  void everythingThatIsWrongIsFoundAtOnce() {
    String yaml =
        SMALLEST.replace("url: https", "url: http").replace("{folder: web}", "{mode: rwx}")
            + "limits: {concurrent: 0}\n";

    assertThat(problems(yaml)).hasSize(4);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          store: {folder: web, formats: [pkcs12]} | pkcs12 and jks need a password
          store: {folder: web, key-mode: 644} | everybody could use the private key
          store: {folder: web, pkcs11-config: t} | a token has a pkcs11-config and a pin-file
          store: {folder: web, formats: []} | at least one format is needed
          credential: {id: x} | a credential has an id and a secret-file
          credential: {id: 'a:b', secret-file: s} | an id has no colon
          first-certificate: {key-file: k} | a certificate has a key-file and a certificate-file
          renew: {before: 0} | a certificate would be renewed as soon as it is there, or never
          renew: {before: 2/3, jitter: 1/3} | a certificate would be renewed as soon
          key: {type: dsa-1024} | key types are
          hooks: {environment: [nonsense]} | this must be of the form NAME=value
          """)
  void whatDoesNotGoTogetherIsRefused(String setting, String problem) {
    String yaml =
        setting.startsWith("store")
            ? SMALLEST.replace("store: {folder: web}", setting)
            : SMALLEST + setting.indent(4);

    assertThat(problems(yaml)).singleElement().asString().contains(problem);
  }

  @Test
  void anEndpointNeedsOneWayToTrustIt() {
    assertThat(problems(SMALLEST.replace("    anchors-file: anchors.pem\n", "")))
        .singleElement()
        .asString()
        .contains("nothing says whom to believe");
    assertThat(
            problems(
                SMALLEST.replace(
                    "anchors.pem\n", "anchors.pem\n    fingerprint: " + "ab".repeat(32) + "\n")))
        .singleElement()
        .asString()
        .contains("both an anchors-file and a fingerprint");
  }

  @Test
  void twoCertificatesShareNeitherNameNorFolder() {
    String second = "  - {name: web, endpoint: other, store: {folder: ./web}}\n";

    assertThat(problems(SMALLEST + second))
        .hasSize(3)
        .anySatisfy(problem -> assertThat(problem).contains("another certificate has this name"))
        .anySatisfy(problem -> assertThat(problem).contains("another certificate has this folder"))
        .anySatisfy(problem -> assertThat(problem).contains("there is no endpoint \"other\""));
  }

  @Test
  void aNameThatWouldLeaveItsFolderIsNone() {
    assertThat(problems(SMALLEST.replace("name: web", "name: ../web"))).hasSize(1);
  }

  @Test
  void textThatIsNoYamlIsToldWithItsLine() {
    assertThatThrownBy(() -> parse("endpoints:\n  - [\n"))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("line ");
  }

  /// Run with `-Dchancery.update-docs=true` to write the page's second half anew.
  @Test
  void theReferenceInTheDocumentationIsWhatTheCodeSays() throws IOException {
    Path page = Path.of("..", "docs", "agent.md");
    String mark = "<!-- Generated from the table of settings; do not edit below. -->\n";
    String text = Files.readString(page);
    String expected =
        text.substring(0, text.indexOf(mark) + mark.length()) + AgentConfiguration.reference();

    if (Boolean.getBoolean("chancery.update-docs")) {
      Files.writeString(page, expected);
    }
    assertThat(page).hasContent(expected);
  }
}
