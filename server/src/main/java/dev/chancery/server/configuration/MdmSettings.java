package dev.chancery.server.configuration;

import static dev.chancery.configuration.Declared.group;
import static dev.chancery.configuration.Declared.setting;

import dev.chancery.configuration.Declared.Group;
import dev.chancery.configuration.Declared.Setting;
import dev.chancery.configuration.Kind;
import dev.chancery.server.scep.handout.HandOutSettings.DeviceBinding;
import dev.chancery.server.scep.handout.HandOutSettings.PageEncoding;
import dev.chancery.server.scep.intune.IntuneSettings;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// The part of the table of settings that is about device managers: who outside decides about SCEP
/// requests, and who fetches challenges for devices.
final class MdmSettings {
  private static final String SUBJECTS_MEANING =
      "with `*` inside values (`CN=phone-*,O=ACME`). At least one, and none that is nothing but `*`.";

  // hand-out

  static final Setting<Form> FORM =
      setting(
          "form",
          Kind.choice(Form.class),
          "off",
          "`ndes`: the page of Microsoft's NDES at `/certsrv/mscep_admin`, and SCEP at"
              + " `/certsrv/mscep/` too; one endpoint can have it. `jamf`: the answer to Jamf Pro's webhook"
              + " SCEPChallenge, at the endpoint's path with `/jamf` behind it. Both over TLS only.");
  static final Setting<String> USER =
      setting("user", Kind.text(), "\"\"", "Name of the device manager's account (HTTP Basic).");
  static final Setting<String> PASSWORD_FILE =
      setting(
          "password-file",
          Kind.text(),
          "\"\"",
          "File with its password, relative to this file; at least 12 characters in one line.");
  static final Setting<List<String>> HANDED_SUBJECTS =
      setting(
          "subjects",
          Kind.listOf(Kind.text()),
          "[]",
          "Subjects that may be asked for with a challenge, " + SUBJECTS_MEANING);
  static final Setting<List<String>> HANDED_ALTERNATIVES =
      setting(
          "alternatives",
          Kind.listOf(Kind.text()),
          "[]",
          "Alternative names that may be asked for with it, such as `dns:*.phones.example`.");
  static final Setting<Duration> LIFETIME =
      setting(
          "lifetime",
          Kind.positiveDuration(),
          "60m",
          "How long a challenge is good. Device managers fetch early and install late.");
  static final Setting<Integer> OUTSTANDING =
      setting(
          "outstanding",
          Kind.whole(1, 10_000),
          "5",
          "How many unused challenges there may be at a time.");
  static final Setting<PageEncoding> ENCODING =
      setting(
          "encoding",
          Kind.choice(PageEncoding.class),
          "utf-16le",
          "How NDES's page is written; the original has UTF-16LE with a byte order mark.");
  static final Setting<DeviceBinding> BIND_DEVICE =
      setting(
          "bind-device",
          Kind.choice(DeviceBinding.class),
          "when-named",
          "Whether a challenge is good for one device only. `when-named`: if Jamf's message says for"
              + " which device it is (udid, uuid or serialNumber), the request must name it, as the whole"
              + " value of a serialNumber, CN or UID of its subject or of a dns:, uri: or email:"
              + " alternative name. `never`: what the message says of a device means nothing. NDES's"
              + " page knows no devices.");
  static final Group HAND_OUT =
      group(
          "hand-out",
          "One-time challenges for a device manager that fetches them for its devices.",
          FORM,
          USER,
          PASSWORD_FILE,
          HANDED_SUBJECTS,
          HANDED_ALTERNATIVES,
          LIFETIME,
          OUTSTANDING,
          ENCODING,
          BIND_DEVICE);

  // decision

  static final Setting<List<String>> DECIDED_SUBJECTS =
      setting(
          "subjects",
          Kind.listOf(Kind.text()),
          "[]",
          "Subjects that may be asked for, whatever is allowed outside, " + SUBJECTS_MEANING);
  static final Setting<List<String>> DECIDED_ALTERNATIVES =
      setting(
          "alternatives",
          Kind.listOf(Kind.text()),
          "[]",
          "Alternative names that may be asked for, such as `dns:*.phones.example`.");

  static final Setting<String> WEBHOOK_URL =
      setting(
          "url",
          Kind.text(),
          "\"\"",
          "Where decisions are asked for: https, or http on this machine. Empty for no webhook.");
  static final Setting<String> NOTIFY_URL =
      setting(
          "notify-url",
          Kind.text(),
          "\"\"",
          "Where outcomes are told, until somebody takes them or a week is over. Empty for nowhere.");
  static final Setting<String> WEBHOOK_SECRET =
      setting(
          "secret-file",
          Kind.text(),
          "\"\"",
          "File with the secret that signs messages, relative to this file; at least 20 characters in"
              + " one line.");
  static final Setting<Duration> WEBHOOK_TIMEOUT =
      setting(
          "timeout",
          Kind.positiveDuration(),
          "10s",
          "For a whole exchange; then the answer is no.");
  static final Setting<Integer> WEBHOOK_MAX_ANSWER =
      setting(
          "max-answer", Kind.size(64, 1024 * 1024), "16KiB", "Longer answers are as good as none.");
  static final Setting<String> ANCHORS =
      setting(
          "anchors",
          Kind.text(),
          "\"\"",
          "PEM file with the CAs that the other server's certificate chains to; empty for the public"
              + " ones.");
  static final Setting<String> PIN =
      setting(
          "pin-sha256",
          Kind.matching("64 lower-case hex digits, or empty", "([0-9a-f]{64})?"),
          "\"\"",
          "SHA-256 of the other server's subject public key info, demanded too.");
  static final Setting<String> CLIENT_KEY =
      setting(
          "client-key",
          Kind.text(),
          "\"\"",
          "PEM file with the key of a client certificate; empty for none.");
  static final Setting<String> CLIENT_CERTIFICATE =
      setting(
          "client-certificate",
          Kind.text(),
          "\"\"",
          "PEM file with that certificate and those above it.");
  static final Group WEBHOOK =
      group(
          "webhook",
          "A webhook of yours decides. What is sent and answered is in docs/scep.md.",
          WEBHOOK_URL,
          NOTIFY_URL,
          WEBHOOK_SECRET,
          WEBHOOK_TIMEOUT,
          WEBHOOK_MAX_ANSWER,
          ANCHORS,
          PIN,
          CLIENT_KEY,
          CLIENT_CERTIFICATE);

  static final Setting<String> TENANT =
      setting(
          "tenant",
          Kind.matching("a directory id or domain, or empty", "[A-Za-z0-9.-]{0,253}"),
          "\"\"",
          "Directory id or domain of the tenant. Empty for no Intune.");
  static final Setting<String> CLIENT_ID =
      setting(
          "client-id",
          Kind.matching("an application id, or empty", "[A-Za-z0-9-]{0,64}"),
          "\"\"",
          "Application id of the app registration.");
  static final Setting<String> CLIENT_SECRET =
      setting(
          "client-secret-file",
          Kind.text(),
          "\"\"",
          "File with the application's secret; or leave it empty and give client-key and"
              + " client-certificate (RSA).");
  static final Setting<String> LOGIN_URL =
      setting(
          "login-url",
          Kind.text(),
          "https://login.microsoftonline.com",
          "Who gives tokens; another one in national clouds.");
  static final Setting<String> GRAPH_URL =
      setting(
          "graph-url",
          Kind.text(),
          "https://graph.microsoft.com",
          "Where Intune's services are looked up; another one in national clouds.");
  static final Setting<String> GRAPH_SCOPE =
      setting(
          "graph-scope",
          Kind.text(),
          "https://graph.microsoft.com/.default",
          "Scope of the token for that.");
  static final Setting<String> SCOPE =
      setting(
          "scope",
          Kind.text(),
          "https://api.manage.microsoft.com//.default",
          "Scope of the token for Intune itself. The two slashes are right.");
  static final Setting<String> PROVIDER =
      setting(
          "provider",
          Kind.matching("1 to 64 letters, digits and punctuation", "[A-Za-z0-9 ._/-]{1,64}"),
          "Chancery",
          "What Intune's reports call this server.");
  static final Setting<Duration> INTUNE_TIMEOUT =
      setting(
          "timeout", Kind.positiveDuration(), "20s", "For one exchange; then the answer is no.");
  static final Setting<String> INTUNE_KEY =
      setting(
          "client-key",
          Kind.text(),
          "\"\"",
          "PEM file with the RSA key that proves the application instead of a secret.");
  static final Setting<String> INTUNE_CERTIFICATE =
      setting(
          "client-certificate",
          Kind.text(),
          "\"\"",
          "PEM file with its certificate, which is registered with the application.");
  static final Setting<IntuneSettings.SuccessNotification> SUCCESS_NOTIFICATION =
      setting(
          "success-notification",
          Kind.choice(IntuneSettings.SuccessNotification.class),
          "durable",
          "When Intune hears of a certificate. `durable`: after the device, from a queue that survives"
              + " a crash, again and again for a week. `before-reply`: before the device; if Intune"
              + " does not take it at once, the certificate is revoked and the device gets none.");
  static final Setting<Optional<Duration>> REVOCATION_INTERVAL =
      setting(
          "revocation-interval",
          Kind.scalar(
              "`off` or duration",
              text ->
                  text.equals("off") ? Optional.empty() : Optional.of(Kind.parseDuration(text))),
          "off",
          "How often Intune is asked which certificates it wants revoked; `off` for never.");
  static final Group INTUNE =
      group(
          "intune",
          "Microsoft Intune decides. docs/scep.md says what to set up there; `chancery scep"
              + " intune-check` tries it.",
          TENANT,
          CLIENT_ID,
          CLIENT_SECRET,
          INTUNE_KEY,
          INTUNE_CERTIFICATE,
          LOGIN_URL,
          GRAPH_URL,
          GRAPH_SCOPE,
          SCOPE,
          PROVIDER,
          INTUNE_TIMEOUT,
          SUCCESS_NOTIFICATION,
          REVOCATION_INTERVAL,
          ANCHORS);
  static final Group DECISION =
      group(
          "decision",
          "Somebody outside decides about each request, by its challenge and whatever else is in it."
              + " No answer is a no. Credentials are no challenges there.",
          DECIDED_SUBJECTS,
          DECIDED_ALTERNATIVES,
          WEBHOOK,
          INTUNE);

  enum Form {
    OFF,
    NDES,
    JAMF
  }

  private MdmSettings() {}
}
