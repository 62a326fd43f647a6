package dev.chancery.server.configuration;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chancery.configuration.ConfigurationException;
import dev.chancery.configuration.Problem;
import dev.chancery.scep.responder.AlgorithmPolicy;
import dev.chancery.scep.responder.ScepEndpoint;
import dev.chancery.scep.responder.ScepEndpoint.Option;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ScepConfigurationTest {
  private static final String ENDPOINTS = "scep:\n  endpoints:\n";

  @TempDir private Path folder = Path.of("");

  private List<ScepEndpoint> endpoints(String yaml) {
    return Configuration.parse(ENDPOINTS + yaml, folder).scepEndpoints();
  }

  private List<Problem> problems(String yaml) {
    try {
      endpoints(yaml);
      return List.of();
    } catch (ConfigurationException e) {
      return e.problems();
    }
  }

  @Test
  void thereIsNoEndpointUntilSomebodyAsksForOne() {
    assertThat(Configuration.parse("", folder).scepEndpoints()).isEmpty();
  }

  @Test
  void anEndpointIsModernAndHasNoStaticChallengeByDefault() {
    ScepEndpoint endpoint = endpoints("    - {}\n").getFirst();

    assertThat(endpoint.path()).isEqualTo("/scep");
    assertThat(endpoint.algorithms()).isEqualTo(AlgorithmPolicy.MODERN);
    assertThat(endpoint.sharedSecret()).isEmpty();
    assertThat(endpoint.options())
        .containsExactlyInAnyOrder(
            Option.RENEWAL_BY_PKCS_REQ, Option.ROOT_IN_BUNDLE, Option.GET_CERT);
  }

  /// The table of docs/scep.md.
  @ParameterizedTest
  @CsvSource({
    "generic,true,true,false,",
    "apple,true,true,false,",
    "windows,true,true,false,",
    "cisco-ios,true,true,true,",
    "juniper,true,false,false,",
    "strongswan,true,true,false,SHA-384",
    "sscep,true,true,false,"
  })
  void aPresetDoesWhatTheTableSays(
      String client, boolean renewal, boolean root, boolean ca, String capability) {
    ScepEndpoint endpoint = endpoints("    - {client: " + client + "}\n").getFirst();

    assertThat(endpoint.options().contains(Option.RENEWAL_BY_PKCS_REQ)).isEqualTo(renewal);
    assertThat(endpoint.options().contains(Option.ROOT_IN_BUNDLE)).isEqualTo(root);
    assertThat(endpoint.options().contains(Option.CA_IN_REPLY)).isEqualTo(ca);
    assertThat(endpoint.extraCapabilities())
        .isEqualTo(capability == null ? List.of() : List.of(capability));
    assertThat(endpoint.algorithms()).isEqualTo(AlgorithmPolicy.MODERN);
  }

  @Test
  void whatIsWrittenOverrulesThePreset() {
    ScepEndpoint endpoint =
        endpoints("    - {client: juniper, root-in-bundle: \"yes\", renewal-by-pkcsreq: \"no\"}\n")
            .getFirst();

    assertThat(endpoint.options())
        .contains(Option.ROOT_IN_BUNDLE)
        .doesNotContain(Option.RENEWAL_BY_PKCS_REQ);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "    - {label: cgi-bin}\n",
        "    - {label: a.b}\n",
        "    - {label: x}\n    - {label: x}\n",
        "    - {issuer: nobody}\n",
        "    - {profile: nothing}\n",
        "    - {algorithms: md5}\n",
        "    - {client: nokia}\n",
        "    - {challenge: secret}\n",
        "    - {extra-capabilities: [\"two words\"]}\n",
        "    - {static-challenge: {file: missing, subjects: [\"CN=a-*\"]}}\n",
        "    - {static-challenge: {subjects: [\"CN=a-*\"]}}\n"
      })
  void whatMakesNoSenseIsAProblem(String yaml) {
    assertThat(problems(yaml)).isNotEmpty();
  }

  /// SCEP-147, SCEP-161, SCEP-202.
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "''                            | CN=phone-*",
        "short                         | CN=phone-*",
        "q7dk2mzr4xw5hcn3tbvy6oafgs    | ''",
        "q7dk2mzr4xw5hcn3tbvy6oafgs    | *",
        "q7dk2mzr4xw5hcn3tbvy6oafgs    | CN=*",
        "q7dk2mzr4xw5hcn3tbvy6oafgs    | 'CN=*,O=*'"
      })
  void aStaticChallengeThatIsShortOrGoodForEverybodyStopsTheStart(String secret, String subject)
      throws IOException {
    Files.writeString(folder.resolve("secret"), secret);
    String subjects = subject.isEmpty() ? "[]" : "[\"" + subject + "\"]";

    assertThat(problems("    - static-challenge: {file: secret, subjects: " + subjects + "}\n"))
        .isNotEmpty();
  }

  @Test
  void aStaticChallengeWithFixedPartsInItsSubjectsIsTaken() throws IOException {
    Files.writeString(folder.resolve("secret"), "q7dk2mzr4xw5hcn3tbvy6oafgs\n");

    ScepEndpoint endpoint =
        endpoints("    - static-challenge: {file: secret, subjects: [\"CN=phone-*,O=ACME\"]}\n")
            .getFirst();

    assertThat(endpoint.sharedSecret()).isPresent();
    assertThat(endpoint.sharedSecret().orElseThrow().toString()).doesNotContain("q7dk2m");
  }

  /// SCEP-147: 128 bits as far as the form tells, where a reply may be encrypted by it.
  @ParameterizedTest
  @ValueSource(
      strings = {
        "correct-horse-battery-staple-2024",
        "thisisaverylongchallengephrase",
        "q7dk2mzr4xw5hcn3tbvy6oafg", // 25 of Base32
        "8f3a0c5d9e1b7f2a4c6d8e0b1a3f5c7", // 31 of hex
        "kJ8_xQ2-vN5zR7wT0bY4m", // 21 of Base64
        "00000000000000000000000000000000",
        "0123456789abcdef0123456789abcdef",
        "abcdefghijklmnopqrstuvwxyz234567",
        "phone1phone1phone1phone1phone1"
      })
  void aStaticChallengeThatMayHaveLessThan128BitsStopsTheStartAndTheProblemSaysWhatToDo(
      String secret) throws IOException {
    Files.writeString(folder.resolve("secret"), secret);
    String challenge = "static-challenge: {file: secret, subjects: [\"CN=phone-*\"]}";

    assertThat(problems("    - " + challenge + "\n"))
        .singleElement()
        .satisfies(problem -> {
          assertThat(problem.toString()).contains("128 bits", "chancery scep challenge");
          assertThat(problem.toString()).doesNotContain(secret);
        });
    assertThat(problems("    - {ec-reply: password, " + challenge + "}\n")).hasSize(1);
    // There it can only be tried at the server.
    assertThat(problems("    - {ec-reply: key-agreement, " + challenge + "}\n")).isEmpty();
    assertThat(problems("    - {ec-reply: reject, " + challenge + "}\n")).isEmpty();
  }

  /// SCEP-147.
  @ParameterizedTest
  @ValueSource(
      strings = {
        "q7dk2mzr4xw5hcn3tbvy6oafgs",
        "Q7DK2MZR4XW5HCN3TBVY6OAFGS",
        "8f3a0c5d9e1b7f2a4c6d8e0b1a3f5c72",
        "kJ8_xQ2-vN5zR7wT0bY4mH",
        "kJ8/xQ2+vN5zR7wT0bY4mA=="
      })
  void aStaticChallengeThatARandomGeneratorMayHaveMadeIsTaken(String secret) throws IOException {
    Files.writeString(folder.resolve("secret"), secret);

    assertThat(problems("    - static-challenge: {file: secret, subjects: [\"CN=phone-*\"]}\n"))
        .isEmpty();
  }
}
