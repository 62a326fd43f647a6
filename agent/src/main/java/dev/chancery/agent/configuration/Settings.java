package dev.chancery.agent.configuration;

import static dev.chancery.configuration.Declared.group;
import static dev.chancery.configuration.Declared.required;
import static dev.chancery.configuration.Declared.setting;

import dev.chancery.agent.configuration.AgentConfiguration.Format;
import dev.chancery.agent.configuration.AgentConfiguration.LogFormat;
import dev.chancery.agent.configuration.AgentConfiguration.LogLevel;
import dev.chancery.agent.configuration.AgentConfiguration.Protocol;
import dev.chancery.configuration.Declared.Group;
import dev.chancery.configuration.Declared.Listed;
import dev.chancery.configuration.Declared.Named;
import dev.chancery.configuration.Declared.Setting;
import dev.chancery.configuration.Kind;
import dev.chancery.est.client.Fingerprint;
import dev.chancery.pki.key.KeyType;
import dev.chancery.pki.name.DistinguishedName;
import dev.chancery.pki.name.GeneralName;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/// The table of all settings of `agent.yaml`. The checks and the reference page come from it.
final class Settings {
  /// Names become folder names, hence the narrow form.
  static final String NAME = "[a-z0-9]([a-z0-9._-]{0,61}[a-z0-9])?";

  private static final Kind<String> ENTRY_NAME =
      Kind.matching("a name of lower-case letters, digits, dots and hyphens", NAME);

  /// As `chmod` takes it.
  private static final Kind<String> OCTAL_MODE =
      Kind.matching("an octal mode such as 640", "[0-7]{3}");

  // the agent itself

  static final Setting<String> STATE_FOLDER =
      setting(
          "state-folder",
          Kind.text(),
          "/var/lib/chancery-agent",
          "Where the agent remembers what it has done: one folder per certificate with its state and,"
              + " while a request is under way, the new key. Mode 0700.");
  static final Setting<String> METRICS_FILE =
      setting(
          "metrics-file",
          Kind.text(),
          "\"\"",
          "A file for the textfile collector of Prometheus' node_exporter; its name must end in"
              + " `.prom`. Empty: none.");

  static final Setting<LogFormat> LOG_FORMAT =
      setting(
          "format", Kind.choice(LogFormat.class), "text", "Lines for people or JSON for machines.");
  static final Setting<LogLevel> LOG_LEVEL =
      setting("level", Kind.choice(LogLevel.class), "info", "What is worth a line.");
  static final Group LOG = group("log", "The log, on standard error.", LOG_FORMAT, LOG_LEVEL);

  static final Setting<Integer> CONCURRENT =
      setting(
          "concurrent",
          Kind.whole(1, 1000),
          "4",
          "How many certificates are worked on at the same time.");
  static final Setting<Integer> PER_MINUTE =
      setting(
          "per-minute",
          Kind.whole(1, 1_000_000),
          "120",
          "How many requests all certificates together may make in a minute; the others wait.");
  static final Setting<Duration> FIRST_DELAY =
      setting(
          "first-delay",
          Kind.positiveDuration(),
          "1m",
          "How long to wait after a first failure. It doubles with each further one, and a random"
              + " half is taken off or put on, so that many machines do not come back together.");
  static final Setting<Duration> LONGEST_DELAY =
      setting("longest-delay", Kind.positiveDuration(), "6h", "What that wait grows to at most.");
  static final Group LIMITS =
      group(
          "limits",
          "How hard the agent tries.",
          CONCURRENT,
          PER_MINUTE,
          FIRST_DELAY,
          LONGEST_DELAY);

  // endpoints

  static final Setting<Protocol> PROTOCOL =
      setting(
          "protocol",
          Kind.choice(Protocol.class),
          "est",
          "What the server is asked in. SCEP is for servers that know nothing better.");
  static final Setting<String> URL =
      required(
          "url",
          Kind.scalar("URL", text -> text),
          "https://ca.example:8443",
          "The EST server, with or without `/.well-known/est/LABEL` behind it; or the SCEP server,"
              + " such as `http://ca.example:8080/scep`.");
  static final Setting<String> ANCHORS_FILE =
      setting(
          "anchors-file",
          Kind.text(),
          "\"\"",
          "PEM file with the CA certificates to believe. What the server publishes later is added as"
              + " far as it chains to them.");
  static final Setting<Optional<Fingerprint>> FINGERPRINT =
      setting(
          "fingerprint",
          Kind.scalar(
              "SHA-256 of a CA certificate, hex",
              text -> text.isEmpty() ? Optional.empty() : Optional.of(Fingerprint.parse(text))),
          "\"\"",
          "Instead of a file: the CA certificate with this fingerprint is fetched and believed.");
  static final Setting<Duration> REFRESH =
      setting(
          "refresh",
          Kind.positiveDuration(),
          "12h",
          "How often to ask the server for its CA certificates, so that a change is followed.");
  static final Setting<Duration> TIMEOUT =
      setting(
          "timeout",
          Kind.positiveDuration(),
          "20s",
          "For connecting, for the handshake, and for each read.");
  static final Named ENDPOINTS =
      new Named(
          "endpoints",
          "The servers, each under a name of its own. Either `anchors-file` or `fingerprint` says whom"
              + " to believe; the system's trust store plays no part.",
          List.of(PROTOCOL, URL, ANCHORS_FILE, FINGERPRINT, REFRESH, TIMEOUT));

  // certificates

  static final Setting<String> CERTIFICATE_NAME =
      required("name", ENTRY_NAME, "web", "Its name in log, status, metrics and file names.");
  static final Setting<String> ENDPOINT =
      required("endpoint", ENTRY_NAME, "ca", "Which of the endpoints to enrol at.");
  static final Setting<Optional<DistinguishedName>> SUBJECT =
      setting(
          "subject",
          Kind.scalar(
              "distinguished name",
              text ->
                  text.isEmpty() ? Optional.empty() : Optional.of(DistinguishedName.parse(text))),
          "\"\"",
          "Such as `CN=web.example`. Empty, with no alternatives: what the credential entitles to.");
  static final Setting<List<GeneralName>> ALTERNATIVES =
      setting(
          "alternatives",
          Kind.listOf(Kind.scalar("subject alternative name", GeneralName::parse)),
          "[]",
          "Subject alternative names, such as `dns:web.example` or `ip:192.0.2.1`.");

  static final Setting<String> CREDENTIAL_ID =
      setting(
          "id",
          Kind.text(),
          "\"\"",
          "The credential's id. Over SCEP the challenge password is `ID:SECRET`, or the secret alone if"
              + " there is no id.");
  static final Setting<String> SECRET_FILE =
      setting(
          "secret-file",
          Kind.text(),
          "\"\"",
          "A file whose first line is the secret. Read when it is needed, never copied.");
  static final Group CREDENTIAL =
      group(
          "credential",
          "What the first certificate is got with; later, also when a renewal is refused or the names"
              + " have changed.",
          CREDENTIAL_ID,
          SECRET_FILE);

  static final Setting<String> HELD_KEY =
      setting("key-file", Kind.text(), "\"\"", "Its private key: PKCS#8 in PEM.");
  static final Setting<String> HELD_CERTIFICATE =
      setting("certificate-file", Kind.text(), "\"\"", "The certificate, and what is above it.");
  static final Group HELD =
      group(
          "first-certificate",
          "Instead of a credential: a certificate that the machine has from elsewhere, such as its"
              + " manufacturer.",
          HELD_KEY,
          HELD_CERTIFICATE);

  static final Setting<KeyType> KEY_TYPE =
      setting(
          "type",
          Kind.scalar("key type", KeyType::parse),
          "p-256",
          Arrays.stream(KeyType.values())
              .map(type -> "`" + type.id() + "`")
              .collect(
                  Collectors.joining(
                      ", ",
                      "One of ",
                      ". At a SCEP endpoint RSA or EC, and `rsa-2048` unless given: few SCEP servers"
                          + " can answer another.")));
  static final Setting<AgentConfiguration.KeyRenewal> KEY_RENEWAL =
      setting(
          "renewal",
          Kind.choice(AgentConfiguration.KeyRenewal.class),
          "fresh",
          "Whether a renewal makes a fresh key or keeps the one there is.");
  static final Group KEY = group("key", "The key, made here.", KEY_TYPE, KEY_RENEWAL);

  static final Setting<Double> BEFORE =
      setting(
          "before",
          Kind.fraction(),
          "1/3",
          "What share of the lifetime is left when the certificate is renewed.");
  static final Setting<Double> JITTER =
      setting(
          "jitter",
          Kind.fraction(),
          "1/20",
          "A renewal comes earlier by a random part of this share, so that certificates which were"
              + " issued together are not renewed together.");
  static final Group RENEW = group("renew", "When to renew.", BEFORE, JITTER);

  static final Setting<String> FOLDER =
      required(
          "folder",
          Kind.text(),
          "/etc/chancery/web",
          "Where the files are. It belongs to the agent: see the layout above.");
  static final Setting<List<Format>> FORMATS =
      setting(
          "formats",
          Kind.listOf(Kind.choice(Format.class)),
          "[pem]",
          "`pem`: `key.pem`, `cert.pem`, `chain.pem` (the certificate and what is above it, without"
              + " the anchor); `combined`: `combined.pem`, key and chain in one; `pkcs12`:"
              + " `keystore.p12`; `jks`: `keystore.jks`. Always there: `ca.pem`, the anchors.");
  static final Setting<String> PASSWORD_FILE =
      setting(
          "password-file",
          Kind.text(),
          "\"\"",
          "A file whose first line is the password of `keystore.p12` and `keystore.jks`.");
  static final Setting<String> OWNER =
      setting("owner", Kind.text(), "\"\"", "User to whom the files belong; empty: the agent's.");
  static final Setting<String> GROUP =
      setting("group", Kind.text(), "\"\"", "Group to which the files belong; empty: the agent's.");
  static final Setting<String> MODE =
      setting("mode", OCTAL_MODE, "644", "Mode of the files without a private key.");
  static final Setting<String> KEY_MODE =
      setting(
          "key-mode",
          OCTAL_MODE,
          "600",
          "Mode of the files with a private key; nothing for others, who may be anybody.");
  static final Setting<String> TOKEN_CONFIGURATION =
      setting(
          "pkcs11-config",
          Kind.text(),
          "\"\"",
          "Not with SCEP. The key lives in a PKCS#11 token instead of a file: the file that configures Java's"
              + " SunPKCS11 provider (`name`, `library`, `slotListIndex`). `key.uri` then names the"
              + " key's object, and `formats` can be `pem` only.");
  static final Setting<String> PIN_FILE =
      setting("pin-file", Kind.text(), "\"\"", "A file whose first line is the token's user PIN.");
  static final Group STORE =
      group(
          "store",
          "Where key and certificate go.",
          FOLDER,
          FORMATS,
          PASSWORD_FILE,
          OWNER,
          GROUP,
          MODE,
          KEY_MODE,
          TOKEN_CONFIGURATION,
          PIN_FILE);

  static final Setting<List<String>> HOOK_BEFORE =
      setting(
          "before",
          Kind.listOf(Kind.text()),
          "[]",
          "Program and arguments, run before new files take the place of the old. If it fails, they"
              + " do not.");
  static final Setting<List<String>> HOOK_AFTER =
      setting(
          "after",
          Kind.listOf(Kind.text()),
          "[]",
          "Program and arguments, run when new files are in place, such as"
              + " `[systemctl, reload, nginx]`. If it fails, the old files come back and it runs once"
              + " more.");
  static final Setting<Duration> HOOK_TIMEOUT =
      setting(
          "timeout",
          Kind.positiveDuration(),
          "30s",
          "After this a hook is killed, and counts as failed.");
  static final Setting<List<String>> HOOK_ENVIRONMENT =
      setting(
          "environment",
          Kind.listOf(Kind.matching("of the form NAME=value", "[A-Za-z_][A-Za-z0-9_]*=[^\\x00]*")),
          "[]",
          "More variables, each as `NAME=value`. Always there: `CHANCERY_NAME`, `CHANCERY_FOLDER` and"
              + " `CHANCERY_EVENT`, which is `before`, `after` or `rollback`.");
  static final Group HOOKS =
      group(
          "hooks",
          "Programs to run. Without a shell; nothing else is in their environment but `PATH`, `HOME`"
              + " and `LANG`.",
          HOOK_BEFORE,
          HOOK_AFTER,
          HOOK_TIMEOUT,
          HOOK_ENVIRONMENT);

  static final Listed CERTIFICATES =
      new Listed(
          "certificates",
          "What to keep enrolled.",
          List.of(
              CERTIFICATE_NAME,
              ENDPOINT,
              SUBJECT,
              ALTERNATIVES,
              CREDENTIAL,
              HELD,
              KEY,
              RENEW,
              STORE,
              HOOKS));

  static final Group ALL =
      group("", "", STATE_FOLDER, METRICS_FILE, LOG, LIMITS, ENDPOINTS, CERTIFICATES);

  private Settings() {}
}
