package dev.chancery.server.configuration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.chancery.authority.endpoint.Endpoint;
import dev.chancery.authority.profile.Rule;
import dev.chancery.authority.profile.RuleMode;
import dev.chancery.configuration.ConfigurationException;
import dev.chancery.configuration.Problem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;

final class ConfigurationTest {
  private static final Path HERE = Path.of("");

  @Test
  void anUnknownSettingIsAProblemWithLineAndSuggestion() {
    var problems = Configuration.check("server:\n  tls:\n    prot: 8443\n");

    assertThat(problems).hasSize(1);
    assertThat(problems.getFirst().toString())
        .isEqualTo("line 3: server.tls.prot: there is no such setting (did you mean \"port\"?)");
  }

  @Test
  void tlsWithoutCertificatesNeedsAMechanismAndAnEndpointThatTakesCredentials() {
    String listener = "server:\n  certificate-less-tls: {enabled: true, mechanisms: %s}\n";

    assertThat(Configuration.parse("", HERE).server().certificatelessTls()).isEmpty();
    assertThat(
            Configuration.parse(listener.formatted("srp"), HERE)
                .server()
                .certificatelessTls()
                .orElseThrow()
                .mechanisms())
        .containsExactly(Configuration.CertificatelessMechanism.SRP);
    assertThat(Configuration.check(listener.formatted("[psk, md5]")))
        .extracting(Problem::path)
        .containsOnly("server.certificate-less-tls.mechanisms");
    assertThat(Configuration.check(listener.formatted("[]")))
        .extracting(Problem::path)
        .containsExactly("server.certificate-less-tls.mechanisms");
    assertThat(
            Configuration.check(
                listener.formatted("psk")
                    + "est:\n  endpoints:\n    - {authentication: certificate}\n"))
        .extracting(Problem::path)
        .containsExactly("server.certificate-less-tls.enabled");
  }

  @Test
  void coapNeedsADefaultEndpointThatTakesCertificatesAlone() {
    String coaps = "server:\n  coaps: {enabled: true}\n";

    assertThat(Configuration.check(coaps)).isEmpty();
    assertThat(
            Configuration.check(coaps + "est:\n  endpoints:\n    - {authentication: password}\n"))
        .extracting(Problem::path)
        .containsExactly("server.coaps.enabled");
    assertThat(
            Configuration.check(coaps + "est:\n  endpoints:\n    - {channel-binding: required}\n"))
        .extracting(Problem::path)
        .containsExactly("server.coaps.enabled");
  }

  @Test
  void anUpstreamServerNeedsAddressAnchorsAndCertificate() {
    String upstream = "est:\n  endpoints:\n    - upstream: ";

    assertThat(Configuration.check(upstream + "{key: ra.key}\n"))
        .extracting(Problem::path)
        .containsExactly("est.endpoints[0].upstream.url");
    assertThat(Configuration.check(upstream + "{url: 'https://ca.example'}\n"))
        .extracting(Problem::path)
        .contains(
            "est.endpoints[0].upstream.anchors",
            "est.endpoints[0].upstream.certificate",
            "est.endpoints[0].upstream.key");
  }

  @Test
  void everythingThatIsWrongIsReportedAtOnce() {
    var problems =
        Configuration.check(
            """
            server:
              tls: {port: 99999, protocols: [TLSv1.0]}
              limits: {body: huge, idle-timeout: 0}
            profiles:
              device: {key-types: [dsa], subject: "CN={color}"}
            est:
              endpoints:
                - {label: cacerts, issuer: nobody}
                - {label: x, channel-binding: maybe}
                - {label: x}
                - {label: y, channel-binding: required, csr-attributes: none}
            """);

    assertThat(problems)
        .extracting(Problem::path)
        .contains(
            "server.tls.port",
            "server.tls.protocols",
            "server.limits.body",
            "server.limits.idle-timeout",
            "profiles.device.key-types",
            "profiles.device",
            "est.endpoints[0].label",
            "est.endpoints[0].issuer",
            "est.endpoints[1].channel-binding",
            "est.endpoints[2].label",
            "est.endpoints[3].csr-attributes",
            "est");
  }

  @Test
  void whatIsNoYamlIsAProblemWithItsLine() {
    assertThat(Configuration.check("server:\n  tls: [\n").toString()).contains("line ");
    assertThat(Configuration.check("a: &x 1\nb: *x\n").toString()).contains("anchors");
    assertThat(Configuration.check("server: {}\nserver: {}\n").toString()).contains("twice");
    assertThat(Configuration.check("- 1\n").toString()).contains("must hold settings");
  }

  @Test
  void theFileOfAFirstStartMeansTheDefaults() {
    var written = Configuration.parse(Configuration.defaultFile(), HERE);

    assertThat(written).isEqualTo(Configuration.parse("", HERE));
    assertThat(written.server().tls().address().port()).isEqualTo(8443);
    assertThat(written.profiles().byName())
        .containsOnlyKeys(
            "device",
            "server",
            "registration-authority",
            "scep-ra",
            "scep-ra-encryption",
            "scep-ra-signature");
    assertThat(written.defaultEndpoint().endpoint().issuer()).isEqualTo("issuing");
  }

  @Test
  void theFileOfAFirstStartIsSoundWithItsCommentsRemoved() {
    String uncommented = Configuration.defaultFile().replaceAll("(?m)^( *)#(?! )", "$1");

    // What it shows as required settings of an example are names that no file has.
    assertThat(Configuration.check(uncommented))
        .extracting(Problem::path)
        .allMatch(path ->
            path.contains("device-anchors")
                || path.contains("symmetric-keys")
                || path.contains("trusted-proxies"));
  }

  @Test
  void theShownConfigurationMeansTheSame() {
    var written =
        Configuration.parse(
            """
            server: {host-names: [ca.example, 10.0.0.1]}
            profiles:
              server: {validity: 30d}
              router: {extended-key-usage: [cmcRA, 1.2.3.4], rules: {superseded: enforce}}
            est:
              endpoints:
                - authentication: both
                - label: factory
                  profile: router
                  expired-grace: 2w
                  registration-authorities:
                    - {subject: "CN=ra,O=ACME", names: {alternatives: ["dns:*.factory.example"]}}
            """,
            HERE);

    assertThat(Configuration.parse(written.show(), HERE)).isEqualTo(written);
    assertThat(written.profiles().get("server").validity()).isEqualTo(Duration.ofDays(30));
    assertThat(written.profiles().get("server").extendedKeyUsage())
        .containsExactly("1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2");
    assertThat(written.profiles().get("router").mode(Rule.SUPERSEDED)).isEqualTo(RuleMode.ENFORCE);
    assertThat(written.estEndpoints().getLast().endpoint().expiredGrace())
        .isEqualTo(Duration.ofDays(14));
    assertThat(written.defaultEndpoint().endpoint().authentication())
        .isEqualTo(Endpoint.Authentication.BOTH);
  }

  @Test
  void aMissingRequiredSettingIsNamedWithAnExample() {
    assertThatThrownBy(
            () -> Configuration.parse("est: {endpoints: [{device-anchors: [{name: acme}]}]}", HERE))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("est.endpoints[0].device-anchors[0].file: this is missing");
  }

  /// After a change to the table: run this test with `-Dchancery.update-docs=true`.
  @Test
  void theReferencePageIsUpToDate() throws IOException {
    Path page = Path.of("../docs/configuration.md");
    if (Boolean.getBoolean("chancery.update-docs")) {
      Files.writeString(page, Configuration.reference());
    }

    assertThat(page).hasContent(Configuration.reference());
  }
}
