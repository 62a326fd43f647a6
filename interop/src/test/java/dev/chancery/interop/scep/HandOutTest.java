package dev.chancery.interop.scep;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chancery.authority.audit.AuditEvent.Action;
import dev.chancery.interop.Installation;
import dev.chancery.interop.Requirement;
import dev.chancery.interop.SettableClock;
import dev.chancery.interop.Wire;
import dev.chancery.scep.wire.FailInfo;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Device managers fetch one-time challenges: from NDES's page, and by Jamf Pro's webhook.
class HandOutTest {
  private static final String PAGE = "/certsrv/mscep_admin/";
  private static final String PASSWORD = "the-password-of-the-mdm";

  /// As Fleet looks for it.
  private static final Pattern FLEET =
      Pattern.compile("(?i)The enrollment challenge password is: <B> (?<password>\\S*)");

  /// As others do: the first run of hex digits behind the words.
  private static final Pattern OTHERS =
      Pattern.compile("password is[^A-F0-9]*?(?:<B> )?(?<password>[A-F0-9]{16,32})");

  private static final String JAMF_EVENT =
      """
      {"webhook":{"webhookEvent":"SCEPChallenge","id":7,"name":"Chancery","eventTimestamp":1790000000},
       "event":{"payloadIdentifier":"A1","payloadTypes":["com.apple.security.scep"],
                "scepServerUrl":"https://ca.example/scep/macs","device":{"udid":"MAC-1"}}}
      """;

  @TempDir private Path folder = Path.of("");
  private final SettableClock clock = new SettableClock();
  private Installation chancery;

  @BeforeEach
  void start() {
    chancery = start("");
  }

  private Installation start(String more) {
    return start(more, "");
  }

  private Installation start(String more, String moreForMacs) {
    try {
      Files.writeString(folder.resolve("mdm.password"), PASSWORD + "\n");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return Installation.start(
        folder,
        """
        scep:
          endpoints:
            - label: phones
              hand-out: {form: ndes, user: mdm, password-file: mdm.password, subjects: ["CN=phone-*,O=ACME"]%s}
            - label: macs
              hand-out: {form: jamf, user: jamf, password-file: mdm.password, subjects: ["CN=mac-*"], lifetime: 5m, outstanding: 2%s}
        """
            .formatted(more, moreForMacs),
        clock);
  }

  @AfterEach
  void stop() {
    chancery.close();
  }

  private static Map<String, String> basic(String user, String password) {
    return Map.of(
        "Authorization",
        "Basic "
            + Base64.getEncoder()
                .encodeToString((user + ":" + password).getBytes(StandardCharsets.UTF_8)));
  }

  private Wire.Answer page(String path, Map<String, String> headers) {
    try (Wire wire = Wire.connect(chancery.server().tlsPort())) {
      return wire.send("GET", path, headers, new byte[0]);
    }
  }

  private static String utf16(Wire.Answer answer) {
    byte[] body = answer.body().toByteArray();
    assertThat(body).startsWith(0xff, 0xfe);
    return new String(body, 2, body.length - 2, StandardCharsets.UTF_16LE);
  }

  private String password() {
    return password(utf16(page(PAGE, basic("mdm", PASSWORD))));
  }

  private static String password(String text) {
    Matcher found = FLEET.matcher(text);
    assertThat(found.find()).as(text).isTrue();
    return found.group("password");
  }

  private MdmDevice device(String path, String subject) {
    return MdmDevice.of(chancery, path, subject);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"/certsrv/mscep_admin", "/certsrv/mscep_admin/", "/certsrv/mscep_admin/mscep.dll"})
  @Requirement({"SCEP-195", "SCEP-196"})
  void thePageHasThePhrasesThatDeviceManagersLookFor(String path) {
    Wire.Answer answer = page(path, basic("mdm", PASSWORD));

    String text = utf16(answer);
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.header("Content-Type")).contains("text/html; charset=utf-16");
    assertThat(answer.header("Cache-Control")).contains("no-store");
    assertThat(password(text)).matches("[0-9A-F]{32}");
    Matcher others = OTHERS.matcher(text);
    assertThat(others.find()).isTrue();
    assertThat(others.group("password")).isEqualTo(password(text));
    assertThat(text)
        .containsPattern(
            "The thumbprint \\(hash value\\) for the CA certificate is: <B> ([0-9A-F]{8} ?){5}"
                + " </B>")
        .contains("can be used only once and will expire within 60 minutes.");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/certsrv/mscep",
        "/certsrv/mscep/",
        "/certsrv/mscep/pkiclient.exe",
        "/certsrv/mscep/mscep.dll",
        "/certsrv/mscep/mscep.dll/pkiclient.exe",
        "/scep/phones"
      })
  @Requirement({"SCEP-162", "SCEP-195", "SCEP-197"})
  void aDeviceEnrolsWithThePasswordWhereNdesAnswersAndOnlyOnce(String path) {
    String password = password();

    var certificate = device(path, "CN=phone-1,O=ACME").enrolled(password);
    var again = device(path, "CN=phone-2,O=ACME").enroll(password);

    assertThat(certificate.names()).hasToString("CN=phone-1,O=ACME");
    assertThat(chancery.issued().getFirst().endpoint()).isEqualTo("scep/phones");
    assertThat(MdmDevice.failure(again).failInfo()).isEqualTo(FailInfo.BAD_REQUEST);
    assertThat(chancery.issued()).hasSize(1);
  }

  @Test
  @Requirement({"SCEP-163", "SCEP-196", "SCEP-202"})
  void aPasswordIsGoodForTheNamesAndTheEndpointThatItWasMadeFor() {
    String password = password();

    MdmDevice.failure(device("/scep/phones", "CN=ceo,O=ACME").enroll(password));
    MdmDevice.failure(device("/scep/macs", "CN=mac-1").enroll(password));
    MdmDevice.failure(
        device("/scep/phones", "CN=phone-1,O=ACME").enroll("0".repeat(8) + password.substring(8)));
    MdmDevice.failure(
        device("/scep/phones", "CN=phone-1,O=ACME")
            .enroll(password.substring(0, 8) + "0".repeat(24)));

    assertThat(chancery.issued()).isEmpty();
    // None of that has used it up.
    assertThat(device("/scep/phones", "CN=phone-1,O=ACME").enrolled(password)).isNotNull();
  }

  @Test
  @Requirement({"SCEP-191", "SCEP-197"})
  void theSixthPasswordHasToWaitUntilOneIsUsedOrExpires() {
    List<String> passwords = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      passwords.add(password());
    }

    String full = utf16(page(PAGE, basic("mdm", PASSWORD)));

    assertThat(full).contains("The password cache is full.").doesNotContain("password is:");
    assertThat(audited("rate-limited")).isEqualTo(1);
    device("/scep/phones", "CN=phone-1,O=ACME").enrolled(passwords.getFirst());
    passwords.add(password());
    assertThat(utf16(page(PAGE, basic("mdm", PASSWORD)))).contains("cache is full");

    // Neither does a restart make room.
    chancery.close();
    chancery = start("");
    assertThat(utf16(page(PAGE, basic("mdm", PASSWORD)))).contains("cache is full");

    clock.advance(Duration.ofMinutes(61));
    assertThat(password()).isNotEmpty();
    assertThat(
            MdmDevice.failure(
                    device("/scep/phones", "CN=phone-2,O=ACME").enroll(passwords.getLast()))
                .failInfo())
        .isEqualTo(FailInfo.BAD_REQUEST);
  }

  @Test
  @Requirement("SCEP-197")
  void outstandingAndLifetimeAreTheOperators() {
    chancery.close();
    chancery = start(", outstanding: 1, lifetime: 2h, encoding: utf-8");

    Wire.Answer answer = page(PAGE, basic("mdm", PASSWORD));

    assertThat(answer.text()).contains("will expire within 120 minutes");
    assertThat(password(answer.text())).matches("[0-9A-F]{32}");
    assertThat(page(PAGE, basic("mdm", PASSWORD)).text()).contains("cache is full");
  }

  @Test
  @Requirement({"SCEP-196", "SCEP-197", "SCEP-208"})
  void withoutTheAccountThereIsNoPasswordAndGuessingIsSlow() {
    Wire.Answer stranger = page(PAGE, Map.of());
    assertThat(stranger.status()).isEqualTo(401);
    assertThat(stranger.header("WWW-Authenticate").orElse("")).startsWith("Basic ");
    assertThat(utf16(stranger))
        .contains("You do not have sufficient permission to enroll with SCEP.");

    List<Integer> statuses = new ArrayList<>();
    for (int i = 0; i < 61; i++) {
      statuses.add(page(PAGE, basic("mdm", "guess-" + i)).status());
    }
    assertThat(statuses).contains(401).endsWith(429);
    assertThat(page(PAGE, basic("mdm", PASSWORD)).status()).isEqualTo(429);

    clock.advance(Duration.ofMinutes(2));
    assertThat(page(PAGE, basic("MDM", PASSWORD)).status()).isEqualTo(401);
    assertThat(page(PAGE, Map.of("Authorization", "Negotiate TlRMTVNTUAABAAAA")).status())
        .isEqualTo(401);
    assertThat(page(PAGE, Map.of("Authorization", "Bearer " + PASSWORD)).status()).isEqualTo(401);
    assertThat(page(PAGE, basic("mdm", PASSWORD)).status()).isEqualTo(200);
    assertThat(audited("credential-unknown")).isPositive();
    assertThat(chancery.services().ledger().newestAuditEntries(1000).toString())
        .doesNotContain(PASSWORD)
        .doesNotContain("guess-");
  }

  @Test
  @Requirement("SCEP-197")
  void anotherWebSiteGetsNoPasswordWithABrowsersRememberedAccount() {
    for (Map.Entry<String, String> header :
        List.of(
            Map.entry("Sec-Fetch-Site", "cross-site"),
            Map.entry("Sec-Fetch-Site", "same-site"),
            Map.entry("Origin", "https://evil.example"))) {
      Map<String, String> headers = new LinkedHashMap<>(basic("mdm", PASSWORD));
      headers.put(header.getKey(), header.getValue());
      assertThat(page(PAGE, headers).status()).isEqualTo(403);
    }
    assertThat(chancery.services().credentials().list(10)).isEmpty();
    Map<String, String> browser = new LinkedHashMap<>(basic("mdm", PASSWORD));
    browser.put("Sec-Fetch-Site", "none");
    assertThat(page(PAGE, browser).status()).isEqualTo(200);
  }

  @Test
  @Requirement({"SCEP-195", "SCEP-196"})
  void withoutTlsThereIsNoPageAndWithoutOperationNoDll() {
    assertThat(RawMessage.get(chancery, PAGE).statusCode()).isEqualTo(404);
    assertThat(RawMessage.get(chancery, "/scep/macs/jamf").statusCode()).isEqualTo(404);
    assertThat(RawMessage.get(chancery, "/certsrv/mscep/mscep.dll").statusCode()).isEqualTo(403);
    assertThat(
            RawMessage.get(chancery, "/certsrv/mscep/mscep.dll?operation=GetCACaps").statusCode())
        .isEqualTo(200);
  }

  private Wire.Answer jamf(Map<String, String> headers, String body) {
    Map<String, String> all = new LinkedHashMap<>(headers);
    all.put("Content-Type", "application/json");
    try (Wire wire = Wire.connect(chancery.server().tlsPort())) {
      return wire.send("POST", "/scep/macs/jamf", all, body.getBytes(StandardCharsets.UTF_8));
    }
  }

  @Test
  @Requirement({"SCEP-190", "SCEP-191"})
  void jamfGetsAChallengeAndNothingElse() {
    Wire.Answer answer = jamf(basic("jamf", PASSWORD), JAMF_EVENT);

    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.header("Content-Type")).contains("text/plain");
    assertThat(answer.text()).matches("[A-Za-z0-9._-]+:[a-z2-7]{26}");
    assertThat(device("/scep/macs", "CN=mac-1").enrolled(answer.text())).isNotNull();
    assertThat(MdmDevice.failure(device("/scep/macs", "CN=mac-2").enroll(answer.text())))
        .isNotNull();

    String token = jamf(Map.of("Authorization", "Bearer " + PASSWORD), JAMF_EVENT).text();
    clock.advance(Duration.ofMinutes(6));
    assertThat(MdmDevice.failure(device("/scep/macs", "CN=mac-3").enroll(token)).failInfo())
        .isEqualTo(FailInfo.BAD_REQUEST);
  }

  @Test
  @Requirement({"SCEP-163", "SCEP-190"})
  void theChallengeIsGoodForTheDeviceThatJamfNamesAndForNoOther() {
    String challenge = jamf(basic("jamf", PASSWORD), JAMF_EVENT).text();

    assertThat(MdmDevice.failure(device("/scep/macs", "CN=mac-2").enroll(challenge)).failInfo())
        .isEqualTo(FailInfo.BAD_REQUEST);
    assertThat(audited("credential-not-for-device")).isEqualTo(1);
    assertThat(device("/scep/macs", "CN=mac-1").enrolled(challenge)).isNotNull();
  }

  /// Jamf's own message says nothing of the device; the operator may also not care.
  @Test
  @Requirement("SCEP-190")
  void withoutADeviceInTheMessageOrWhereTheOperatorSaysSoAnyDeviceMayUseTheChallenge() {
    String unnamed =
        jamf(basic("jamf", PASSWORD), JAMF_EVENT.replace(",\"device\":{\"udid\":\"MAC-1\"}", ""))
            .text();
    assertThat(device("/scep/macs", "CN=mac-8").enrolled(unnamed)).isNotNull();

    chancery.close();
    chancery = start("", ", bind-device: never");
    String unbound = jamf(basic("jamf", PASSWORD), JAMF_EVENT).text();
    assertThat(device("/scep/macs", "CN=mac-9").enrolled(unbound)).isNotNull();
  }

  @Test
  @Requirement("SCEP-190")
  void onlyJamfsAccountAndEventGetAChallengeAndOnlySoMany() {
    assertThat(jamf(Map.of(), JAMF_EVENT).status()).isEqualTo(401);
    assertThat(jamf(basic("jamf", "wrong"), JAMF_EVENT).status()).isEqualTo(401);
    assertThat(jamf(basic("mdm", PASSWORD), JAMF_EVENT).status()).isEqualTo(401);
    assertThat(jamf(basic("jamf", PASSWORD), "{}").status()).isEqualTo(400);
    assertThat(jamf(basic("jamf", PASSWORD), "no JSON").status()).isEqualTo(400);
    assertThat(
            jamf(basic("jamf", PASSWORD), JAMF_EVENT.replace("SCEPChallenge", "ComputerAdded"))
                .status())
        .isEqualTo(400);
    assertThat(chancery.services().credentials().list(10)).isEmpty();

    assertThat(jamf(basic("jamf", PASSWORD), JAMF_EVENT).status()).isEqualTo(200);
    assertThat(jamf(basic("jamf", PASSWORD), JAMF_EVENT).status()).isEqualTo(200);
    assertThat(jamf(basic("jamf", PASSWORD), JAMF_EVENT).status()).isEqualTo(429);
  }

  private long audited(String code) {
    return chancery.services().ledger().newestAuditEntries(1000).stream()
        .filter(entry -> entry.event().action() == Action.REQUEST_REFUSED)
        .filter(entry -> entry.event().details().getOrDefault("code", "").equals(code))
        .count();
  }
}
