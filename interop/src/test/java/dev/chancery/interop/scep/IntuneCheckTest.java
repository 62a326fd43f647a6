package dev.chancery.interop.scep;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.chancery.interop.Program;
import dev.chancery.interop.Requirement;
import dev.chancery.interop.scep.StandIn.Said;
import dev.chancery.pki.key.KeyPairs;
import dev.chancery.pki.key.KeyType;
import dev.chancery.server.admin.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// `chancery scep intune-check` as a process of its own, before a stand-in for Microsoft's cloud.
@Requirement({"SCEP-180", "SCEP-181", "SCEP-183"})
class IntuneCheckTest {
  @TempDir private Path folder = Path.of("");
  private final IntuneStandIn intune = new IntuneStandIn();

  @BeforeEach
  void configure() {
    write("app.secret", IntuneStandIn.SECRET);
    configure("client-secret-file: app.secret");
  }

  private void configure(String proof) {
    configure(proof, true);
  }

  private void configure(String proof, boolean trusted) {
    String settings = intune.settings(intune.anchor(folder), proof).replace("\n", " ");
    write(
        "chancery.yaml",
        "scep: {endpoints: [{label: laptops, decision: {subjects: [\"CN=laptop-*\"], intune: "
            + (trusted ? settings : settings.replaceAll("anchors: \"[^\"]*\",", ""))
            + "}}]}\n");
  }

  private Path write(String name, String text) {
    try {
      return Files.writeString(folder.resolve(name), text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @AfterEach
  void stop() {
    intune.close();
  }

  private Program.Result check(String... more) {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                "dev.chancery.cli.Main",
                "scep",
                "intune-check",
                "--data",
                folder.toString()));
    command.addAll(List.of(more));
    return Program.run(folder, new byte[0], command);
  }

  @Test
  void whenAllIsWellItSaysSoStepByStepAndLeavesNothingBehind() {
    Program.Result text = check();
    Program.Result json = check("--output", "json", "--endpoint", "scep/laptops");

    assertThat(text.exitCode()).isZero();
    assertThat(text.text())
        .contains("ok: token: ")
        .contains("ok: discovery: the validation service is " + intune.service())
        .contains("ok: validate: Intune answers, and refuses a made-up challenge as it must")
        .doesNotContain(IntuneStandIn.SECRET);
    assertThat(json.exitCode()).isZero();
    JsonNode steps = Json.parse(json.text()).path("steps");
    assertThat(steps).hasSize(4).allMatch(step -> step.path("ok").asBoolean());
    assertThat(intune.asked("Notification")).isEmpty();
    assertThat(folder.resolve("ledger.db")).doesNotExist();
  }

  @Test
  void aRequestThatIntuneGaveAChallengeForIsValidated() {
    String challenge = intune.challenge("laptop-1");
    byte[] der =
        RawMessage.csr(KeyPairs.generate(KeyType.RSA_2048), challenge, "CN=laptop-1")
            .der()
            .toByteArray();
    Path request =
        write(
            "device.csr",
            "-----BEGIN CERTIFICATE REQUEST-----\n"
                + java.util.Base64.getMimeEncoder().encodeToString(der)
                + "\n-----END CERTIFICATE REQUEST-----\n");

    assertThat(check("--request", request.toString()).exitCode()).isZero();

    intune.sayCode("/validateRequest", "ChallengeExpired");
    Program.Result expired = check("--request", request.toString());
    assertThat(expired.exitCode()).isEqualTo(1);
    assertThat(expired.text())
        .contains("wrong: validate: the challenge is too old (ChallengeExpired)")
        .contains("sync the device");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "/token           | 401 | {\"error\":\"invalid_client\",\"error_description\":\"AADSTS7000222: expired\"} | token | AADSTS7000222 | has expired",
        "/token           | 400 | {\"error\":\"invalid_request\",\"error_description\":\"AADSTS90002: no\"} | token | AADSTS90002 | no such tenant",
        "/token           | 500 | oops | token | token-http-500 | answered 500",
        "/endpoints       | 403 | {} | discovery | discovery-http-403 | may not read",
        "/endpoints       | 200 | {\"value\":[]} | discovery | service-missing | lists no",
        "/validateRequest | 403 | {} | validate | intune-http-403 | does not let the application in",
        "/validateRequest | 200 | {} | validate | no-code | does not know",
        "/validateRequest | 200 | {\"code\":\"Success\"} | validate | not-intune | this is not Intune",
      })
  void whatIsWrongIsSaidInPlainWordsAtItsStep(
      String path, int status, String body, String step, String code, String words) {
    intune.say(path, Said.of(status, body));

    Program.Result result = check("--output", "json");

    assertThat(result.exitCode()).isEqualTo(1);
    JsonNode steps = Json.parse(result.text()).path("steps");
    JsonNode last = steps.get(steps.size() - 1);
    assertThat(last.path("step").asText()).isEqualTo(step);
    assertThat(last.path("code").asText()).isEqualTo(code);
    assertThat(last.path("what").asText()).contains(words);
    assertThat(last.path("ok").asBoolean()).isFalse();
  }

  @Test
  void aWrongSecretAndAServerThatNobodyVouchesForAreTold() {
    write("app.secret", "wrong");
    assertThat(check().text()).contains("wrong: token: the client secret is wrong");

    write("app.secret", IntuneStandIn.SECRET);
    // Without its anchor it is a stranger with a certificate of its own.
    configure("client-secret-file: app.secret", false);
    assertThat(check().text()).contains("TLS with https://localhost").contains("(tls)");
  }

  @Test
  void withoutSuchAnEndpointTheUsageIsWrong() {
    assertThat(check("--endpoint", "scep/phones").exitCode()).isEqualTo(2);
    write("chancery.yaml", "");
    assertThat(check().exitCode()).isEqualTo(2);
  }
}
