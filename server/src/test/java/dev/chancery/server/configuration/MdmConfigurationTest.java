package dev.chancery.server.configuration;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chancery.configuration.ConfigurationException;
import dev.chancery.configuration.Problem;
import dev.chancery.scep.responder.ScepEndpoint.Challenges;
import dev.chancery.server.configuration.Configuration.Decider;
import dev.chancery.server.scep.handout.HandOutSettings;
import dev.chancery.server.scep.intune.IntuneSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// SCEP-161: what is said about device managers is whole, or the server does not start.
class MdmConfigurationTest {
  @TempDir private Path folder = Path.of("");

  @BeforeEach
  void secrets() throws IOException {
    Files.writeString(folder.resolve("secret"), "0123456789abcdef0123456789abcdef\n");
    Files.writeString(folder.resolve("short"), "short");
    Files.writeString(folder.resolve("empty"), "");
  }

  private Configuration configuration(String endpoint) {
    return Configuration.parse("scep:\n  endpoints:\n    - " + endpoint + "\n", folder);
  }

  private List<Problem> problems(String endpoint) {
    try {
      configuration(endpoint);
      return List.of();
    } catch (ConfigurationException e) {
      return e.problems();
    }
  }

  @Test
  void aWebhookDecidesAndNothingElse() {
    Configuration configuration =
        configuration(
            "{label: a, decision: {subjects: [\"CN=a-*\"], webhook: {url: \"https://mdm.example/x\","
                + " secret-file: secret}}}");

    assertThat(configuration.scepEndpoints().getFirst().challenges())
        .isInstanceOf(Challenges.Decided.class);
    assertThat(configuration.deviceManagement().decisions())
        .singleElement()
        .satisfies(decision -> {
          assertThat(decision.endpoint()).isEqualTo("scep/a");
          assertThat(decision.decider()).isInstanceOf(Decider.Webhook.class);
          assertThat(decision.toString()).doesNotContain("0123456789abcdef");
        });
  }

  @Test
  void intunesAddressesAreMicrosoftsUnlessSomebodySaysOtherwise() {
    Configuration configuration =
        configuration(
            "{decision: {subjects: [\"CN=a-*\"], intune: {tenant: acme.example, client-id: \"1-2\","
                + " client-secret-file: secret}}}");

    assertThat(configuration.deviceManagement().decisions().getFirst().decider())
        .isInstanceOfSatisfying(
            Decider.Intune.class,
            intune -> {
              IntuneSettings settings = intune.settings();
              assertThat(settings.loginUrl()).hasToString("https://login.microsoftonline.com");
              assertThat(settings.graphUrl()).hasToString("https://graph.microsoft.com");
              assertThat(settings.graphScope()).isEqualTo("https://graph.microsoft.com/.default");
              assertThat(settings.scope()).isEqualTo("https://api.manage.microsoft.com//.default");
            });
  }

  @Test
  void handedOutChallengesLiveAnHourAndFiveMayBeOutstandingAsAtNdes() {
    Configuration configuration =
        configuration(
            "{hand-out: {form: ndes, user: mdm, password-file: secret, subjects: [\"CN=a-*\"]}}");

    HandOutSettings settings = configuration.deviceManagement().handOuts().getFirst();
    assertThat(settings.lifetime()).isEqualTo(Duration.ofMinutes(60));
    assertThat(settings.outstanding()).isEqualTo(5);
    assertThat(settings.encoding()).isEqualTo(HandOutSettings.PageEncoding.UTF_16LE);
    assertThat(settings.toString()).doesNotContain("0123456789abcdef");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{decision: {subjects: [\"CN=a-*\"]}}",
        "{decision: {webhook: {url: \"https://mdm.example\", secret-file: secret}}}",
        "{decision: {subjects: [\"CN=*\"], webhook: {url: \"https://mdm.example\", secret-file: secret}}}",
        "{decision: {subjects: [\"*\"], webhook: {url: \"https://mdm.example\", secret-file: secret}}}",
        "{decision: {subjects: [\"CN=a-*\"], webhook: {url: \"http://mdm.example\", secret-file: secret}}}",
        "{decision: {subjects: [\"CN=a-*\"], webhook: {url: \"https://u:p@mdm.example\", secret-file: secret}}}",
        "{decision: {subjects: [\"CN=a-*\"], webhook: {url: \"ftp://mdm.example\", secret-file: secret}}}",
        "{decision: {subjects: [\"CN=a-*\"], webhook: {url: \"https://mdm.example\"}}}",
        "{decision: {subjects: [\"CN=a-*\"], webhook: {url: \"https://mdm.example\", secret-file: missing}}}",
        "{decision: {subjects: [\"CN=a-*\"], webhook: {url: \"https://mdm.example\", secret-file: short}}}",
        "{decision: {subjects: [\"CN=a-*\"], webhook: {url: \"https://mdm.example\", secret-file: empty}}}",
        "{decision: {subjects: [\"CN=a-*\"], webhook: {url: \"\", secret-file: secret}}}",
        "{decision: {subjects: [\"CN=a-*\"], webhook: {url: \"https://mdm.example\", secret-file: secret, anchors: missing}}}",
        "{decision: {subjects: [\"CN=a-*\"], webhook: {url: \"https://mdm.example\", secret-file: secret, pin-sha256: abc}}}",
        "{decision: {subjects: [\"CN=a-*\"], webhook: {url: \"https://mdm.example\", secret-file: secret, client-key: secret}}}",
        "{decision: {subjects: [\"CN=a-*\"], webhook: {url: \"https://mdm.example\", secret-file: secret, redirects: 3}}}",
        "{decision: {subjects: [\"CN=a-*\"], webhook: {url: \"https://mdm.example\", secret-file: secret}, intune: {tenant: t, client-id: c, client-secret-file: secret}}}",
        "{decision: {subjects: [\"CN=a-*\"], intune: {tenant: t, client-secret-file: secret}}}",
        "{decision: {subjects: [\"CN=a-*\"], intune: {tenant: t, client-id: c}}}",
        "{decision: {subjects: [\"CN=a-*\"], intune: {tenant: t, client-id: c, client-secret-file: empty}}}",
        "{decision: {subjects: [\"CN=a-*\"], intune: {tenant: t, client-id: c, client-secret-file: secret, graph-url: \"http://localhost\"}}}",
        "{decision: {subjects: [\"CN=a-*\"], webhook: {url: \"https://mdm.example\", secret-file: secret}}, static-challenge: {file: secret, subjects: [\"CN=a-*\"]}}",
        "{decision: {subjects: [\"CN=a-*\"], webhook: {url: \"https://mdm.example\", secret-file: secret}}, hand-out: {form: ndes, user: mdm, password-file: secret, subjects: [\"CN=a-*\"]}}",
        "{hand-out: {form: ndes, user: mdm, password-file: secret}}",
        "{hand-out: {form: ndes, user: mdm, password-file: short, subjects: [\"CN=a-*\"]}}",
        "{hand-out: {form: ndes, user: mdm, subjects: [\"CN=a-*\"]}}",
        "{hand-out: {form: ndes, password-file: secret, subjects: [\"CN=a-*\"]}}",
        "{hand-out: {form: ntlm, user: mdm, password-file: secret, subjects: [\"CN=a-*\"]}}",
        "{hand-out: {form: jamf, user: mdm, password-file: secret, subjects: [\"CN=a-*\"], outstanding: 0}}"
      })
  void whatIsHalfThereStopsTheStart(String endpoint) {
    assertThat(problems(endpoint)).isNotEmpty();
  }

  @Test
  void aRequestThatIsAllowedOutsideCannotWaitForAnOperatorToo() {
    String yaml =
        """
        profiles: {by-hand: {approval: manual}}
        scep:
          endpoints:
            - {profile: by-hand, decision: {subjects: ["CN=a-*"], webhook: {url: "https://mdm.example", secret-file: secret}}}
        """;

    try {
      Configuration.parse(yaml, folder);
      throw new AssertionError("taken");
    } catch (ConfigurationException e) {
      assertThat(e.problems()).hasSize(1);
    }
  }

  @Test
  void oneEndpointHasThePageOfNdes() {
    String handOut =
        "hand-out: {form: ndes, user: mdm, password-file: secret, subjects: [\"CN=a-*\"]}";

    assertThat(problems("{label: a, " + handOut + "}\n    - {label: b, " + handOut + "}"))
        .isNotEmpty();
  }
}
