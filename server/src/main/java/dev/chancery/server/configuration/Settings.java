package dev.chancery.server.configuration;

import static dev.chancery.configuration.Declared.group;
import static dev.chancery.configuration.Declared.required;
import static dev.chancery.configuration.Declared.setting;

import dev.chancery.authority.endpoint.Endpoint.Authentication;
import dev.chancery.authority.endpoint.Endpoint.Expired;
import dev.chancery.authority.profile.Profile.KeyReuse;
import dev.chancery.authority.profile.Profile.Reissue;
import dev.chancery.authority.profile.Rule;
import dev.chancery.authority.profile.RuleMode;
import dev.chancery.configuration.Declared.Group;
import dev.chancery.configuration.Declared.Listed;
import dev.chancery.configuration.Declared.Named;
import dev.chancery.configuration.Declared.Setting;
import dev.chancery.configuration.Kind;
import dev.chancery.configuration.Written;
import dev.chancery.est.responder.CsrAttributesForm;
import dev.chancery.est.responder.HttpDigest;
import dev.chancery.est.responder.IdentityLinkingAttribute;
import dev.chancery.est.responder.OneTimePasswordAttribute;
import dev.chancery.pki.Der;
import dev.chancery.pki.certificate.KeyUsageBit;
import dev.chancery.pki.cms.KeyEncryptionKey;
import dev.chancery.pki.key.KeyType;
import dev.chancery.pki.name.DistinguishedName;
import dev.chancery.scep.responder.AlgorithmPolicy;
import dev.chancery.scep.responder.ScepEndpoint.EcReply;
import dev.chancery.scep.responder.ScepEndpoint.Registration;
import dev.chancery.server.configuration.Configuration.CertificatelessMechanism;
import dev.chancery.server.configuration.Configuration.ClientCaNames;
import dev.chancery.server.configuration.Configuration.LogFormat;
import dev.chancery.server.configuration.Configuration.LogLevel;
import dev.chancery.server.configuration.Configuration.MetricsAccess;
import dev.chancery.server.configuration.Configuration.TlsProvider;
import dev.chancery.server.configuration.Configuration.TlsVersion;
import dev.chancery.server.proxy.TrustedProxy;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/// The table of all settings. The commented default file, the reference page, the effective
/// configuration and the checks all come from it.
final class Settings {
  private static final String NAME = "[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?";
  static final Kind<String> ENTRY_NAME =
      Kind.matching("a name of lower-case letters, digits and hyphens", NAME);
  private static final Kind<String> LABEL =
      Kind.matching(
          "empty or a path segment of letters, digits and . _ -",
          "([A-Za-z0-9][A-Za-z0-9._-]{0,63})?");
  private static final Kind<Integer> PORT = Kind.whole(0, 65535);
  private static final Kind<DistinguishedName> SUBJECT =
      Kind.scalar("distinguished name", DistinguishedName::parse);
  private static final Kind<Optional<Duration>> WINDOW =
      Kind.scalar(
          "`any` or duration",
          text -> text.equals("any") ? Optional.empty() : Optional.of(Kind.parseDuration(text)));

  // server

  static final Setting<List<String>> HOST_NAMES =
      setting(
          "host-names",
          Kind.listOf(Kind.matching("a host name or IP address", "[A-Za-z0-9_.:*-]{1,253}")),
          "[]",
          "Names and addresses under which clients reach this server; its TLS certificate names them,"
              + " the first as common name. Empty: the machine's host name, localhost and 127.0.0.1.");

  static final Setting<String> TLS_ADDRESS =
      setting("address", Kind.text(), "0.0.0.0", "Address to listen on; `::` for IPv6 and IPv4.");
  static final Setting<Integer> TLS_PORT =
      setting("port", PORT, "8443", "TCP port; 0 takes a free one.");
  static final Setting<TlsProvider> TLS_PROVIDER =
      setting(
          "provider",
          Kind.choice(TlsProvider.class),
          "auto",
          "Implementation of TLS. `conscrypt` is twice as fast and can check tls-unique channel"
              + " bindings; `auto` takes it where its native library runs, else `jdk`.");
  static final Setting<List<TlsVersion>> TLS_PROTOCOLS =
      setting(
          "protocols",
          Kind.listOf(Kind.scalar("`TLSv1.2` or `TLSv1.3`", TlsVersion::parse)),
          "[TLSv1.2, TLSv1.3]",
          "Versions of TLS to accept. Many deployed devices have no TLS 1.3.");
  static final Setting<ClientCaNames> CLIENT_CA_NAMES =
      setting(
          "client-ca-names",
          Kind.choice(ClientCaNames.class),
          "none",
          "Which CAs the server names when it asks for a client certificate: none, or the issuers and"
              + " device anchors of the endpoints. Some clients choose their certificate by it; long"
              + " lists break small stacks.");
  static final Group TLS =
      group(
          "tls",
          "The TLS listener.",
          TLS_ADDRESS,
          TLS_PORT,
          TLS_PROVIDER,
          TLS_PROTOCOLS,
          CLIENT_CA_NAMES);

  static final Setting<String> CLEAR_ADDRESS =
      setting("address", Kind.text(), "0.0.0.0", "Address to listen on.");
  static final Setting<Integer> CLEAR_PORT =
      setting("port", PORT, "8080", "TCP port; 0 takes a free one.");
  static final Group CLEAR =
      group(
          "clear",
          "The listener without TLS: health, metrics, and the protocols that need no TLS. Never EST.",
          CLEAR_ADDRESS,
          CLEAR_PORT);

  static final Setting<Boolean> COAPS_ENABLED =
      setting("enabled", Kind.truth(), "false", "Whether there is this listener.");
  static final Setting<String> COAPS_ADDRESS =
      setting("address", Kind.text(), "0.0.0.0", "Address to listen on.");
  static final Setting<Integer> COAPS_PORT =
      setting("port", PORT, "5684", "UDP port; 0 takes a free one.");
  static final Group COAPS =
      group(
          "coaps",
          "The CoAP listener, for EST-coaps (RFC 9148): DTLS 1.2, always with a client certificate. It"
              + " serves the EST endpoints that take certificates alone (`authentication: certificate`"
              + " or `either`) and demand no channel binding; the default endpoint must be one of them."
              + " Requests have at most 16 KiB. There are 3000 sessions at most; then a newcomer takes"
              + " the place of one that has been silent for 5 seconds.",
          COAPS_ENABLED,
          COAPS_ADDRESS,
          COAPS_PORT);

  static final Setting<Boolean> CERTIFICATELESS_ENABLED =
      setting("enabled", Kind.truth(), "false", "Whether there is this listener.");
  static final Setting<String> CERTIFICATELESS_ADDRESS =
      setting("address", Kind.text(), "0.0.0.0", "Address to listen on; `::` for IPv6 and IPv4.");
  static final Setting<Integer> CERTIFICATELESS_PORT =
      setting("port", PORT, "8444", "TCP port; 0 takes a free one.");
  static final Setting<List<CertificatelessMechanism>> CERTIFICATELESS_MECHANISMS =
      setting(
          "mechanisms",
          Kind.listOf(Kind.choice(CertificatelessMechanism.class)),
          "[psk, srp]",
          "How a credential keys the handshake. `psk`: TLS 1.3 with an external pre-shared key, or"
              + " TLS 1.2 with ECDHE-PSK; always with ephemeral keys beside it. `srp`: TLS 1.2 with"
              + " Secure Remote Password (RFC 5054).");
  static final Group CERTIFICATELESS =
      group(
          "certificate-less-tls",
          "The listener for TLS without certificates (RFC 7030 §3.3.3): the secret of a credential"
              + " keys the handshake and so authenticates both ends. The identity is the"
              + " credential's id. It serves the EST endpoints that take credentials"
              + " (`authentication: either` or `password`); see [TLS without"
              + " certificates](certificate-less-tls.md).",
          CERTIFICATELESS_ENABLED,
          CERTIFICATELESS_ADDRESS,
          CERTIFICATELESS_PORT,
          CERTIFICATELESS_MECHANISMS);

  static final Setting<String> PROXY_NAME =
      required("name", ENTRY_NAME, "front", "Name of the proxy in the log.");
  static final Setting<String> PROXY_CERTIFICATES =
      required(
          "certificates",
          Kind.text(),
          "front.pem",
          "PEM file with the certificate that the proxy presents to this server, and the next one"
              + " before it is renewed. Only exactly these are believed.");
  static final Setting<TrustedProxy.CertificateField> PROXY_CERTIFICATE_FIELD =
      setting(
          "certificate-field",
          Kind.choice(TrustedProxy.CertificateField.class),
          "client-cert",
          "Where the proxy puts the certificate of its client: `Client-Cert` and `Client-Cert-Chain`"
              + " (RFC 9440), or `X-SSL-Client-Cert` with percent-encoded PEM (nginx:"
              + " `$ssl_client_escaped_cert`). It must remove what clients send under these names.");
  static final Setting<TrustedProxy.ClientAddress> PROXY_CLIENT_ADDRESS =
      setting(
          "client-address",
          Kind.choice(TrustedProxy.ClientAddress.class),
          "proxy",
          "Whose address is logged and limited: the proxy's, or the last one of `X-Forwarded-For`,"
              + " which the proxy must then set.");
  static final Setting<TrustedProxy.ChannelBinding> PROXY_CHANNEL_BINDING =
      required(
          "channel-binding",
          Kind.choice(TrustedProxy.ChannelBinding.class),
          "none",
          "`none`: requests that are linked to their TLS connection are refused, and no endpoint may"
              + " demand it. `forwarded`: the proxy tells its connection's binding in"
              + " `Client-Channel-Binding: tls-unique=:BASE64:` or `tls-exporter=:BASE64:`.");
  static final Listed TRUSTED_PROXIES =
      new Listed(
          "trusted-proxies",
          "Reverse proxies that end TLS and tell this server of their clients. They must verify that"
              + " the client has its certificate's key, and connect with a certificate of their own."
              + " From everybody else such header fields mean nothing.",
          List.of(
              PROXY_NAME,
              PROXY_CERTIFICATES,
              PROXY_CERTIFICATE_FIELD,
              PROXY_CLIENT_ADDRESS,
              PROXY_CHANNEL_BINDING),
          "[]");

  static final Setting<Integer> BODY =
      setting(
          "body", Kind.size(1024, 16 * 1024 * 1024), "64KiB", "Longest request body; more is 413.");
  static final Setting<Integer> HEADER =
      setting(
          "header",
          Kind.size(1024, 64 * 1024),
          "48KiB",
          "Longest request header, with the query of a SCEP message sent by GET; more is 431.");
  static final Setting<Duration> IDLE_TIMEOUT =
      setting(
          "idle-timeout",
          Kind.positiveDuration(),
          "30s",
          "How long a connection may be silent before it is closed.");
  static final Setting<Duration> REQUEST_DEADLINE =
      setting(
          "request-deadline",
          Kind.positiveDuration(),
          "30s",
          "How long a request body may take to arrive; longer is 408.");
  static final Setting<Integer> MIN_DATA_RATE =
      setting(
          "min-data-rate",
          Kind.whole(0, 1_000_000),
          "64",
          "Bytes per second below which a request body counts as stalled; 0 for no limit.");
  static final Setting<Integer> MAX_CONNECTIONS =
      setting(
          "max-connections",
          Kind.whole(1, 1_000_000),
          "10000",
          "Connections at the same time; more wait in the operating system's queue.");
  static final Setting<Integer> WRONG_SECRETS =
      setting(
          "wrong-secrets-per-minute",
          Kind.whole(1, 1_000_000),
          "60",
          "How many wrong passwords one address may send in a minute before it has to wait.");
  static final Setting<Integer> WAITING_REQUESTS =
      setting(
          "waiting-requests",
          Kind.whole(1, 1_000_000),
          "1000",
          "How many requests may wait for an operator at one endpoint; more are told to come back.");
  static final Group LIMITS =
      group(
          "limits",
          "What one peer may take of the server.",
          BODY,
          HEADER,
          IDLE_TIMEOUT,
          REQUEST_DEADLINE,
          MIN_DATA_RATE,
          MAX_CONNECTIONS,
          WRONG_SECRETS,
          WAITING_REQUESTS);

  static final Setting<LogFormat> LOG_FORMAT =
      setting(
          "format", Kind.choice(LogFormat.class), "text", "Lines for people or JSON for machines.");
  static final Setting<LogLevel> LOG_LEVEL =
      setting("level", Kind.choice(LogLevel.class), "info", "What is worth a line.");
  static final Group LOG = group("log", "The log, on standard error.", LOG_FORMAT, LOG_LEVEL);

  static final Setting<MetricsAccess> METRICS =
      setting(
          "metrics",
          Kind.choice(MetricsAccess.class),
          "loopback",
          "Who may read `/metrics` on the listener without TLS.");

  static final Group SERVER =
      group(
          "server",
          "Listeners, limits and logs.",
          HOST_NAMES,
          TLS,
          CLEAR,
          COAPS,
          CERTIFICATELESS,
          TRUSTED_PROXIES,
          LIMITS,
          LOG,
          METRICS);

  // database

  static final Setting<String> DATABASE_URL =
      setting(
          "url",
          Kind.matching("empty or `jdbc:postgresql://…`", "(jdbc:postgresql://\\S{1,2000})?"),
          "\"\"",
          "Empty: SQLite, in `ledger.db` in the data folder. `jdbc:postgresql://HOST/DATABASE`:"
              + " PostgreSQL 14 or newer, which any number of nodes share. Options of the driver go"
              + " behind a `?`, such as `sslmode=verify-full&sslrootcert=/etc/chancery/db-ca.pem`;"
              + " several hosts are written `HOST1,HOST2`. Never a password.");
  static final Setting<String> DATABASE_USER =
      setting("user", Kind.text(), "\"\"", "User of the PostgreSQL database.");
  static final Setting<String> DATABASE_PASSWORD_FILE =
      setting(
          "password-file",
          Kind.text(),
          "\"\"",
          "File with the user's password in one line, relative to this file. Empty for none.");
  static final Setting<String> DATABASE_PASSWORD_ENV =
      setting(
          "password-env",
          Kind.matching("empty or the name of a variable", "([A-Za-z_][A-Za-z0-9_]{0,99})?"),
          "\"\"",
          "Environment variable with the password, instead of a file.");
  static final Setting<Integer> DATABASE_READERS =
      setting(
          "readers",
          Kind.whole(1, 200),
          "10",
          "Connections for reading that a node opens at most; besides these it has two for writing and"
              + " now and then one for maintenance.");
  static final Setting<String> DATABASE_NODE =
      setting(
          "node",
          Kind.matching(
              "empty or a name of lower-case letters, digits and . _ -",
              "([a-z0-9][a-z0-9._-]{0,62})?"),
          "\"\"",
          "This node's name in the audit on PostgreSQL; no two nodes may have the same. Empty: made of"
              + " the host's name and the data folder's path.");
  static final Setting<Optional<Duration>> DATABASE_KEEP_EXPIRED =
      setting(
          "keep-expired",
          Kind.scalar(
              "`forever` or duration",
              text ->
                  text.equals("forever")
                      ? Optional.empty()
                      : Optional.of(Kind.parseDuration(text))),
          "forever",
          "How long certificates stay in the ledger after they expired; then they are dropped, on"
              + " PostgreSQL a month at a time, on SQLite a few at a time. Their serial numbers stay"
              + " taken and the audit stays whole.");
  static final Group DATABASE =
      group(
          "database",
          "Where the ledger is.",
          DATABASE_URL,
          DATABASE_USER,
          DATABASE_PASSWORD_FILE,
          DATABASE_PASSWORD_ENV,
          DATABASE_READERS,
          DATABASE_NODE,
          DATABASE_KEEP_EXPIRED);

  // issuers

  static final Setting<KeyType> ISSUER_KEY_TYPE =
      setting(
          "key-type", keyType(), "p-256", "Type of the keys that are made: " + keyTypes() + ".");
  static final Setting<DistinguishedName> ISSUER_SUBJECT =
      setting("subject", SUBJECT, "CN=Chancery Issuing CA", "Subject of the issuing certificate.");
  static final Setting<Duration> ISSUER_VALIDITY =
      setting("validity", Kind.positiveDuration(), "5y", "Validity of the issuing certificate.");
  static final Setting<DistinguishedName> ROOT_SUBJECT =
      setting("root-subject", SUBJECT, "CN=Chancery Root CA", "Subject of the root above it.");
  static final Setting<Duration> ROOT_VALIDITY =
      setting("root-validity", Kind.positiveDuration(), "20y", "Validity of the root.");
  static final Setting<Approval> ROLLOVER_STEPS =
      setting(
          "steps",
          Kind.choice(Approval.class),
          "automatic",
          "Who leads the issuer to its next generation: the server when it is time, or an operator"
              + " with `chancery ca`. Several nodes on one database make no keys by themselves; there"
              + " an operator prepares the next generation in any case, and the log says when.");
  static final Setting<Duration> ROLLOVER_ANNOUNCE =
      setting(
          "announce",
          Kind.positiveDuration(),
          "30d",
          "How long the next generation is announced before it signs: as long as the slowest device"
              + " may take to fetch the CA certificates again.");
  static final Setting<Duration> ROLLOVER_OVERLAP =
      setting(
          "overlap",
          Kind.positiveDuration(),
          "30d",
          "How long SCEP messages that were sealed for the generation before still open, once"
              + " another one signs.");
  static final Group ROLLOVER =
      group(
          "rollover",
          "How one generation of the CA's keys follows another; see `rollover.md`.",
          ROLLOVER_STEPS,
          ROLLOVER_ANNOUNCE,
          ROLLOVER_OVERLAP);
  static final Named ISSUERS =
      new Named(
          "issuers",
          "The CAs, each with a root of its own. Their keys and certificates are made at the first"
              + " start after they were added, and at a rollover; what stands here changes nothing"
              + " in those that are there.",
          List.of(
              ISSUER_KEY_TYPE,
              ISSUER_SUBJECT,
              ISSUER_VALIDITY,
              ROOT_SUBJECT,
              ROOT_VALIDITY,
              ROLLOVER),
          "issuing: {}",
          false);

  // revocation

  static final Setting<Duration> CRL_VALIDITY =
      setting(
          "crl-validity",
          Kind.positiveDuration(),
          "7d",
          "How long a CRL holds: whoever looks certificates up can do without this server for as long.");
  static final Setting<Duration> CRL_INTERVAL =
      setting(
          "crl-interval",
          Kind.positiveDuration(),
          "1d",
          "How often there is a new CRL when nothing is revoked. A revocation is on a new one within a"
              + " minute.");
  static final Setting<String> CRL_BASE =
      setting(
          "crl-base-url",
          Kind.matching(
              "empty, or an http URL without query", "(https?://[^\\s?#]{1,200}[^\\s?#/])?"),
          "\"\"",
          "Where clients reach this server's listener without TLS, such as `http://ca.example:8080`."
              + " Certificates then name `URL/crl/ISSUER.crl` as their CRL distribution point. Empty:"
              + " they name none.");
  static final Group REVOCATION =
      group(
          "revocation",
          "Certificate revocation lists (RFC 5280): one for each issuer, at `/crl/ISSUER.crl`.",
          CRL_VALIDITY,
          CRL_INTERVAL,
          CRL_BASE);

  // profiles

  static final Setting<List<KeyType>> KEY_TYPES =
      setting(
          "key-types",
          Kind.listOf(keyType()),
          "[p-256, p-384, rsa-2048, rsa-3072, rsa-4096, ed25519]",
          "Types of keys that are certified, the preferred one first: " + keyTypes() + ".");
  static final Setting<String> SUBJECT_TEMPLATE =
      setting(
          "subject",
          Kind.text(),
          "\"{subject}\"",
          "Template of the subject. `{subject}` keeps the entitled one; `{cn}`, `{serialNumber}`,"
              + " `{o}`, `{ou}` and `{c}` stand for its attributes.");
  static final Setting<List<String>> ALTERNATIVES_TEMPLATE =
      setting(
          "alternatives",
          Kind.listOf(Kind.text()),
          "[\"{alternatives}\"]",
          "Templates of the subject alternative names, such as `dns:{cn}.devices.example`;"
              + " `{alternatives}` keeps the entitled ones.");
  static final Setting<List<KeyUsageBit>> KEY_USAGE =
      setting(
          "key-usage",
          Kind.listOf(Kind.scalar("key usage", KeyUsageBit::parse)),
          "[digitalSignature]",
          "Key usages by their names in RFC 5280.");
  static final Setting<List<String>> EXTENDED_KEY_USAGE =
      setting(
          "extended-key-usage",
          Kind.listOf(Kind.scalar("extended key usage", ExtendedKeyUsages::parse)),
          "[clientAuth]",
          "Extended key usages: " + ExtendedKeyUsages.names() + ", or object identifiers.");
  static final Setting<Duration> VALIDITY =
      setting(
          "validity",
          Kind.positiveDuration(),
          "90d",
          "How long certificates are valid; never longer than their issuer.");
  static final Setting<Duration> BACKDATE =
      setting(
          "backdate",
          Kind.duration(),
          "1m",
          "How long before its issuance a certificate's validity starts, for slow clocks.");
  static final Setting<Optional<Duration>> RENEWAL_WINDOW =
      setting(
          "renewal-window",
          WINDOW,
          "any",
          "How long before expiry a renewal may come; `any` for the whole lifetime.");
  static final Setting<KeyReuse> KEY_REUSE =
      setting(
          "key-reuse",
          Kind.choice(KeyReuse.class),
          "allowed",
          "Which keys may be certified again. `allowed`: for the same names, so that a renewal may keep"
              + " its key; for other names only after the certificates for the old ones were revoked."
              + " `forbidden`: none. `shared`: for any names, a risk: whoever has such a key is whoever it"
              + " wants to be. Keys of certificates that were revoked for keyCompromise, and those of CAs"
              + " and registration authorities, are refused in any case.");
  static final Setting<OptionalInt> PER_IDENTITY =
      setting(
          "certificates-per-identity",
          Kind.scalar(
              "`unlimited` or whole number from 1 to 1000",
              text ->
                  text.equals("unlimited")
                      ? OptionalInt.empty()
                      : OptionalInt.of(Kind.whole(1, 1000).read(new Written.Scalar(text, 0)))),
          "unlimited",
          "How many certificates there may be for the same names at a time: those that are neither"
              + " expired nor revoked, of all profiles and issuers. One that has been renewed does not"
              + " count beside its successor.");
  static final Setting<Reissue> REISSUE =
      setting(
          "reissue",
          Kind.choice(Reissue.class),
          "keep",
          "What becomes of earlier certificates for the same names when a requester enrols anew."
              + " `revoke-uncollected` revokes those that nobody is known to have got, as superseded.");
  static final Setting<List<String>> NAME_CHANGE_SUBJECTS =
      setting("subjects", Kind.listOf(Kind.text()), "[]", "Subjects, with `*` inside values.");
  static final Setting<List<String>> NAME_CHANGE_ALTERNATIVES =
      setting(
          "alternatives",
          Kind.listOf(Kind.text()),
          "[]",
          "Alternative names, such as `dns:*.factory.example`.");
  static final Group NAME_CHANGE =
      group(
          "name-change",
          "To which names a requester that has a certificate (one of this profile, or a"
              + " manufacturer's) may change with the attribute ChangeSubjectName (RFC 6402 section"
              + " 2.8). Without any, changing names is forbidden.",
          NAME_CHANGE_SUBJECTS,
          NAME_CHANGE_ALTERNATIVES);
  static final Setting<List<String>> COPIED_EXTENSIONS =
      setting(
          "copied-extensions",
          Kind.listOf(
              Kind.matching("an object identifier such as 1.2.3", "[0-2](\\.(0|[1-9]\\d*))+")),
          "[]",
          "Object identifiers of extensions that are copied from the request.");
  static final Setting<Approval> APPROVAL =
      setting(
          "approval",
          Kind.choice(Approval.class),
          "automatic",
          "Whether an operator decides about each request.");
  static final Setting<Duration> RETRY_AFTER =
      setting(
          "retry-after",
          Kind.positiveDuration(),
          "5m",
          "When a requester that waits for an operator shall ask again.");
  static final Map<Rule, Setting<RuleMode>> RULE_MODES = ruleModes();
  static final Group RULES =
      new Group(
          "rules",
          "How strict each rule is. `observe` writes a deviation to the audit, `warn` logs it too,"
              + " `enforce` refuses the request. In no mode does a certificate hold anything that the"
              + " requester is not entitled to.",
          List.copyOf(RULE_MODES.values()));
  static final Named PROFILES =
      new Named(
          "profiles",
          "Kinds of certificates. `device`, `server` (which this server's own certificate uses),"
              + " `registration-authority` and `scep-ra` (for the keys that open SCEP messages), with"
              + " `scep-ra-encryption` and `scep-ra-signature` where there are two, are always there"
              + " and can be changed.",
          List.of(
              KEY_TYPES,
              SUBJECT_TEMPLATE,
              ALTERNATIVES_TEMPLATE,
              KEY_USAGE,
              EXTENDED_KEY_USAGE,
              VALIDITY,
              BACKDATE,
              RENEWAL_WINDOW,
              KEY_REUSE,
              PER_IDENTITY,
              REISSUE,
              COPIED_EXTENSIONS,
              APPROVAL,
              RETRY_AFTER,
              NAME_CHANGE,
              RULES),
          """
          device: {}
          server: {extended-key-usage: [serverAuth, clientAuth]}
          registration-authority: {extended-key-usage: [cmcRA, clientAuth]}
          scep-ra: {key-types: [rsa-2048], key-usage: [digitalSignature, keyEncipherment], extended-key-usage: [serverAuth], validity: 1y}
          scep-ra-encryption: {key-types: [rsa-2048], key-usage: [keyEncipherment], extended-key-usage: [serverAuth], validity: 1y}
          scep-ra-signature: {key-types: [rsa-2048], key-usage: [digitalSignature], extended-key-usage: [serverAuth], validity: 1y}
          """,
          true);

  // est

  static final Setting<String> LABEL_SETTING =
      setting(
          "label",
          LABEL,
          "\"\"",
          "Path segment after `/.well-known/est/`; empty for the default endpoint, which must exist.");
  static final Setting<String> ISSUER =
      setting("issuer", ENTRY_NAME, "issuing", "Name of the issuer that signs.");
  static final Setting<String> PROFILE =
      setting(
          "profile",
          ENTRY_NAME,
          "device",
          "Name of the profile for requesters whose entitlement names none.");
  static final Setting<Authentication> AUTHENTICATION =
      setting(
          "authentication",
          Kind.choice(Authentication.class),
          "either",
          "What a requester must present.");
  static final Setting<Base64> BASE64 =
      setting(
          "base64",
          Kind.choice(Base64.class),
          "wrapped",
          "Form of Base64 in replies: lines of 64 characters, or one line.");
  static final Setting<Boolean> TRANSFER_ENCODING =
      setting(
          "content-transfer-encoding",
          Kind.truth(),
          "true",
          "Whether replies have the field `Content-Transfer-Encoding: base64`. RFC 8951 deprecates"
              + " it; some clients need it.");
  static final Setting<ChannelBinding> CHANNEL_BINDING =
      setting(
          "channel-binding",
          Kind.choice(ChannelBinding.class),
          "optional",
          "Whether a request must be linked to its TLS connection (RFC 7030 section 3.5). One that is"
              + " linked is checked in any case.");
  static final Setting<CsrAttributesForm> CSR_ATTRIBUTES =
      setting(
          "csr-attributes",
          Kind.choice(CsrAttributesForm.class),
          "template-and-legacy",
          "How `csrattrs` tells clients what a request shall hold: by the template of RFC 9908, by the"
              + " older elements of RFC 7030, by both, or not at all. What it tells comes from the"
              + " profile, and from the client's own entitlement if it authenticates.");
  static final Setting<IdentityLinkingAttribute> LINKING_ATTRIBUTE =
      setting(
          "identity-linking-attribute",
          Kind.choice(IdentityLinkingAttribute.class),
          "challenge-password",
          "In which attribute `csrattrs` asks for the channel binding where it is required:"
              + " challengePassword, or estIdentityLinking (RFC 7894). Both are checked wherever they"
              + " come.");
  static final Setting<OneTimePasswordAttribute> ONE_TIME_PASSWORD =
      setting(
          "one-time-password-attribute",
          Kind.choice(OneTimePasswordAttribute.class),
          "refused",
          "Whether the attribute otpChallenge (RFC 7894) of a request is taken as a credential: its"
              + " id, a colon and its secret. Such an endpoint reads requests of strangers.");
  static final Setting<HttpDigest> HTTP_DIGEST =
      setting(
          "http-digest",
          Kind.choice(HttpDigest.class),
          "off",
          "Whether credentials may come by HTTP Digest (RFC 7616) beside Basic. MD5 is for old"
              + " clients only.");
  static final Setting<Duration> EXPIRED_GRACE =
      setting(
          "expired-grace",
          Kind.duration(),
          "0",
          "How long after its expiry a certificate may still renew itself.");
  static final Setting<String> ANCHORS_NAME =
      required("name", ENTRY_NAME, "acme", "Name of the manufacturer in audit and log.");
  static final Setting<String> ANCHORS_FILE =
      required(
          "file",
          Kind.text(),
          "acme-root.pem",
          "PEM file with the manufacturer's roots, relative to this file.");
  static final Setting<String> INTERMEDIATES_FILE =
      setting(
          "intermediates-file",
          Kind.text(),
          "\"\"",
          "PEM file with intermediates for devices that do not send theirs.");
  static final Setting<List<String>> ALLOW =
      setting(
          "allow",
          Kind.listOf(Kind.text()),
          "[]",
          "Devices that may enrol: subjects with `*` inside values (`CN=sensor-*,O=ACME`), or"
              + " `serial:HEX`. Empty lets none in.");
  static final Setting<Expired> DEVICE_EXPIRED =
      setting(
          "expired",
          Kind.choice(Expired.class),
          "refused",
          "What a device certificate is worth after its end. `accepted` is for devices that lay in a"
              + " store for too long; name the manufacturer's CRLs with it.");
  static final Setting<List<String>> DEVICE_CRLS =
      setting(
          "crls",
          Kind.listOf(Kind.text()),
          "[]",
          "Files with the manufacturer's CRLs, DER or PEM, kept up to date by you; a changed file is"
              + " read again. With any, a device is let in only if a current CRL of its issuer does not"
              + " name it. Empty: revocation is not looked up.");
  static final Listed DEVICE_ANCHORS =
      new Listed(
          "device-anchors",
          "Manufacturers whose device certificates (IDevID) may enrol for the first time.",
          List.of(
              ANCHORS_NAME,
              ANCHORS_FILE,
              INTERMEDIATES_FILE,
              ALLOW,
              DEVICE_EXPIRED,
              DEVICE_CRLS,
              PROFILE,
              SUBJECT_TEMPLATE,
              ALTERNATIVES_TEMPLATE),
          "[]");
  static final Setting<DistinguishedName> AUTHORITY_SUBJECT =
      required("subject", SUBJECT, "CN=factory-ra", "Subject of its certificate.");
  static final Setting<List<String>> SPACE_SUBJECTS =
      setting(
          "subjects",
          Kind.listOf(Kind.text()),
          "[]",
          "Subjects it may ask for, with `*` inside values.");
  static final Setting<List<String>> SPACE_ALTERNATIVES =
      setting(
          "alternatives",
          Kind.listOf(Kind.text()),
          "[]",
          "Alternative names it may ask for, such as `dns:*.factory.example`.");
  static final Group SPACE =
      group("names", "The names it may ask for.", SPACE_SUBJECTS, SPACE_ALTERNATIVES);
  static final Listed REGISTRATION_AUTHORITIES =
      new Listed(
          "registration-authorities",
          "Holders of a certificate of the profile `registration-authority` that may ask for others.",
          List.of(AUTHORITY_SUBJECT, SPACE),
          "[]");
  static final Setting<ServerKeys> SERVER_KEYS_DELIVERY =
      setting(
          "delivery",
          Kind.choice(ServerKeys.class),
          "off",
          "How a key that is made here may leave. `encrypted` demands that the request says for whom to"
              + " encrypt it, beside TLS; `plain` allows both, and a request that asks for encryption"
              + " gets it or is refused; `off` makes no keys.");
  static final Setting<Der> SHARED_KEY_ID =
      required(
          "id",
          Kind.scalar("text, or `hex:` and hex digits", KeyEncryptionKey::identifier),
          "device-1",
          "What requests call the key: the octets of their DecryptKeyIdentifier.");
  static final Setting<String> SHARED_KEY_FILE =
      required(
          "file",
          Kind.text(),
          "device-1.key",
          "File with the AES key in 32, 48 or 64 hex digits, relative to this file and readable by its"
              + " owner only.");
  static final Listed SHARED_KEYS =
      new Listed(
          "symmetric-keys",
          "Keys that devices share with this server, to encrypt the keys that it makes for them.",
          List.of(SHARED_KEY_ID, SHARED_KEY_FILE),
          "[]");
  static final Group SERVER_KEYS =
      group(
          "server-keys",
          "Keys that this server makes for those who cannot (`/serverkeygen`).",
          SERVER_KEYS_DELIVERY,
          SHARED_KEYS);
  static final Setting<String> UPSTREAM_URL =
      setting(
          "url",
          Kind.text(),
          "\"\"",
          "`https://host:port`, with `/.well-known/est/LABEL` behind it if it has labels. Empty: there is"
              + " none, and the issuer signs.");
  static final Setting<String> UPSTREAM_ANCHORS =
      setting(
          "anchors",
          Kind.text(),
          "\"\"",
          "PEM file with the roots that the other server and its certificates chain to.");
  static final Setting<String> UPSTREAM_CERTIFICATE =
      setting(
          "certificate",
          Kind.text(),
          "\"\"",
          "PEM file with this server's certificate there, which has the extended key usage `cmcRA`, and"
              + " its chain.");
  static final Setting<String> UPSTREAM_KEY =
      setting("key", Kind.text(), "\"\"", "PEM file with the certificate's private key (PKCS#8).");
  static final Setting<String> UPSTREAM_INTERMEDIATES =
      setting(
          "intermediates",
          Kind.text(),
          "\"\"",
          "PEM file with the CA certificates between the roots and devices that do not send theirs.");
  static final Setting<List<String>> UPSTREAM_CRLS =
      setting(
          "crls",
          Kind.listOf(Kind.text()),
          "[]",
          "Files with the CRLs of the CA behind, DER or PEM, kept up to date by you; a changed file is"
              + " read again. With any, certificates of that CA may renew themselves here if a current"
              + " CRL does not name them. Empty: renewals are refused, since revoked certificates cannot"
              + " be told.");
  static final Group UPSTREAM =
      group(
          "upstream",
          "Another EST server that signs instead of the issuer. This server authenticates and"
              + " authorises requesters and passes their requests on, unchanged, as a registration"
              + " authority.",
          UPSTREAM_URL,
          UPSTREAM_ANCHORS,
          UPSTREAM_INTERMEDIATES,
          UPSTREAM_CRLS,
          UPSTREAM_CERTIFICATE,
          UPSTREAM_KEY);
  static final Listed ENDPOINTS =
      new Listed(
          "endpoints",
          "EST endpoints.",
          List.of(
              LABEL_SETTING,
              ISSUER,
              PROFILE,
              AUTHENTICATION,
              BASE64,
              TRANSFER_ENCODING,
              CHANNEL_BINDING,
              CSR_ATTRIBUTES,
              LINKING_ATTRIBUTE,
              ONE_TIME_PASSWORD,
              HTTP_DIGEST,
              EXPIRED_GRACE,
              DEVICE_ANCHORS,
              REGISTRATION_AUTHORITIES,
              SERVER_KEYS,
              UPSTREAM),
          "[{}]");
  static final Group EST = group("est", "Enrollment over Secure Transport (RFC 7030).", ENDPOINTS);

  // scep

  static final Setting<String> SCEP_LABEL =
      setting(
          "label",
          Kind.matching(
              "empty or a path segment of letters, digits, _ and -, but not cgi-bin",
              "(?!cgi-bin$)([A-Za-z0-9][A-Za-z0-9_-]{0,63})?"),
          "\"\"",
          "Path segment after `/scep/`; empty for `/scep` itself.");
  static final Setting<ScepPreset> SCEP_CLIENT =
      setting(
          "client",
          Kind.choice(ScepPreset.class),
          "generic",
          "Which clients the endpoint is for: what the settings at `preset` do. docs/scep.md has the"
              + " table.");
  static final Setting<AlgorithmPolicy> SCEP_ALGORITHMS =
      setting(
          "algorithms",
          Kind.choice(AlgorithmPolicy.class),
          "modern",
          "Algorithms of messages. `modern`: SHA-2 and AES; `compat`: also SHA-1 and triple DES;"
              + " `legacy`: also MD5 and DES, which RFC 8894 forbids. Certificates are not affected.");
  static final Setting<Choice> SCEP_RENEWAL_BY_PKCSREQ =
      setting(
          "renewal-by-pkcsreq",
          Kind.choice(Choice.class),
          "preset",
          "Whether a PKCSReq that is signed with a certificate of this endpoint is a renewal, as"
              + " many clients mean it. Otherwise it needs a challenge password.");
  static final Setting<Choice> SCEP_ROOT =
      setting(
          "root-in-bundle",
          Kind.choice(Choice.class),
          "preset",
          "Whether GetCACert sends the root too.");
  static final Setting<Choice> SCEP_CA_IN_REPLY =
      setting(
          "ca-in-reply",
          Kind.choice(Choice.class),
          "preset",
          "Whether the issuer's certificate is sent behind each new one.");
  static final Setting<Boolean> SCEP_GET_CERT =
      setting(
          "get-cert",
          Kind.truth(),
          "true",
          "Whether certificates of the issuer can be fetched by their serial number.");
  static final Setting<EmptyContent> SCEP_EMPTY_CONTENT =
      setting(
          "empty-content",
          Kind.choice(EmptyContent.class),
          "empty",
          "What a reply without certificate holds: an empty content, or none. certmonger needs"
              + " `empty`.");
  static final Setting<EcReply> SCEP_EC_REPLY =
      setting(
          "ec-reply",
          Kind.choice(EcReply.class),
          "password-and-key-agreement",
          "How replies are encrypted for EC keys: by the challenge password (RFC 8894), by ECDH"
              + " (beyond it, and the only way in a renewal), by both, or not at all.");
  static final Setting<Registration.Form> SCEP_REGISTRATION =
      setting(
          "registration-certificates",
          Kind.choice(Registration.Form.class),
          "one",
          "Certificates of the registration authority: `one` that opens messages and signs replies"
              + " (profile `scep-ra`), or `split` into two (profiles `scep-ra-encryption` and"
              + " `scep-ra-signature`), as NDES has them.");
  static final Setting<Optional<Duration>> SCEP_REGISTRATION_OVERLAP =
      setting(
          "registration-overlap",
          WINDOW,
          "any",
          "How long the registration authority's old key goes on opening messages when it has been"
              + " replaced; `any` for until its certificate ends, a third of its lifetime later.");
  static final Setting<List<String>> SCEP_EXTRA_CAPABILITIES =
      setting(
          "extra-capabilities",
          Kind.listOf(Kind.matching("a keyword", "[A-Za-z0-9.-]{1,64}")),
          "[]",
          "Further lines of GetCACaps, for clients that need them.");
  static final Setting<Optional<Duration>> SCEP_SIGNING_TIME =
      setting(
          "signing-time-window",
          Kind.scalar(
              "`off` or duration",
              text ->
                  text.equals("off")
                      ? Optional.empty()
                      : Optional.of(Kind.positiveDuration().read(new Written.Scalar(text, 0)))),
          "off",
          "How far the time at which a message says it was signed may be from this server's, into the"
              + " past and into the future, for devices that have a clock before they have a"
              + " certificate; `1h` is sensible. A message that does not say when is refused too."
              + " `off`: the time does not matter.");
  static final Setting<String> STATIC_FILE =
      setting(
          "file",
          Kind.text(),
          "\"\"",
          "File with the secret, relative to this file, as `chancery scep challenge` makes it: one"
              + " line of at least 26 random characters of Base32, 32 of hex or 22 of Base64. Where"
              + " `ec-reply` uses no password, any 20 characters. Empty for no such challenge.");
  static final Setting<List<String>> STATIC_SUBJECTS =
      setting(
          "subjects",
          Kind.listOf(Kind.text()),
          "[]",
          "Subjects that may be asked for with it, with `*` inside values (`CN=phone-*,O=ACME`). At"
              + " least one, and none that is nothing but `*`.");
  static final Setting<List<String>> STATIC_ALTERNATIVES =
      setting(
          "alternatives",
          Kind.listOf(Kind.text()),
          "[]",
          "Alternative names that may be asked for with it, such as `dns:*.phones.example`.");
  static final Group STATIC_CHALLENGE =
      group(
          "static-challenge",
          "A challenge password that all devices share, for those that can be given no other. A risk:"
              + " whoever learns it can ask for every name below.",
          STATIC_FILE,
          STATIC_SUBJECTS,
          STATIC_ALTERNATIVES);
  static final Setting<String> SIGNATURE_PROFILE =
      setting(
          "signature",
          Kind.text(),
          "\"\"",
          "Profile for requests with digitalSignature or nonRepudiation alone.");
  static final Setting<String> ENCRYPTION_PROFILE =
      setting(
          "encryption",
          Kind.text(),
          "\"\"",
          "Profile for requests with keyEncipherment, dataEncipherment or keyAgreement alone.");
  static final Setting<String> GENERAL_PURPOSE_PROFILE =
      setting(
          "general-purpose",
          Kind.text(),
          "\"\"",
          "Profile for requests with both, and for those without key usage.");
  static final Group PROFILES_BY_USAGE =
      group(
          "profiles-by-key-usage",
          "Profiles that take the place of `profile`, chosen by the key usage that a request asks"
              + " for, as NDES chooses its templates. If any is set, a request for which none is set"
              + " is refused. Renewals keep their profile, and credentials for another one than"
              + " `profile` theirs.",
          SIGNATURE_PROFILE,
          ENCRYPTION_PROFILE,
          GENERAL_PURPOSE_PROFILE);
  static final Listed SCEP_ENDPOINTS =
      new Listed(
          "endpoints",
          "SCEP endpoints, reachable with and without TLS: `[{}]` for one at `/scep`. The challenge"
              + " password is a credential, as `ID:SECRET`.",
          List.of(
              SCEP_LABEL,
              ISSUER,
              PROFILE,
              PROFILES_BY_USAGE,
              SCEP_CLIENT,
              SCEP_ALGORITHMS,
              SCEP_RENEWAL_BY_PKCSREQ,
              SCEP_ROOT,
              SCEP_CA_IN_REPLY,
              SCEP_GET_CERT,
              SCEP_EMPTY_CONTENT,
              SCEP_EC_REPLY,
              SCEP_REGISTRATION,
              SCEP_REGISTRATION_OVERLAP,
              SCEP_EXTRA_CAPABILITIES,
              SCEP_SIGNING_TIME,
              EXPIRED_GRACE,
              STATIC_CHALLENGE,
              MdmSettings.HAND_OUT,
              MdmSettings.DECISION),
          "[]");
  static final Group SCEP =
      group("scep", "Simple Certificate Enrolment Protocol (RFC 8894).", SCEP_ENDPOINTS);

  static final Setting<String> CHECKPOINT_COPY =
      setting(
          "checkpoint-copy",
          Kind.text(),
          "\"\"",
          "Another file to which each checkpoint is appended, beside `audit-checkpoints.log` in the"
              + " data folder: on a disk where lines can only be added, for instance. Empty:"
              + " none.");
  static final Setting<SyslogChoice> SYSLOG_TRANSPORT =
      setting(
          "transport",
          Kind.choice(SyslogChoice.class),
          "off",
          "How: by datagrams (RFC 5426), which get lost unnoticed; by TCP (RFC 6587, counted); or"
              + " by TLS (RFC 5425).");
  static final Setting<String> SYSLOG_HOST =
      setting("host", Kind.text(), "localhost", "Name or address of the syslog server.");
  static final Setting<Integer> SYSLOG_PORT =
      setting("port", Kind.whole(1, 65535), "514", "Its port; for TLS mostly 6514.");
  static final Setting<String> SYSLOG_ANCHORS =
      setting(
          "anchors",
          Kind.text(),
          "\"\"",
          "PEM file with the CA certificates that its certificate chains to (TLS). Empty: those of"
              + " the machine.");
  static final Group SYSLOG =
      group(
          "syslog",
          "A syslog server that gets each checkpoint as a message of its own (RFC 5424, facility"
              + " `log audit`, MSGID `audit-checkpoint`).",
          SYSLOG_TRANSPORT,
          SYSLOG_HOST,
          SYSLOG_PORT,
          SYSLOG_ANCHORS);
  static final Group AUDIT =
      group(
          "audit",
          "Where else the audit is vouched for. Every minute in which something happened, its end"
              + " is signed: a checkpoint. Who has this machine can forge whatever is on it; not"
              + " what is elsewhere already. One that could not be handed over is tried again every"
              + " minute. To verify the audit against what is elsewhere, add those lines to"
              + " `audit-checkpoints.log` in a copy of the data folder, and run `chancery audit"
              + " verify --data COPY`.",
          CHECKPOINT_COPY,
          SYSLOG);

  static final Group ALL =
      group(
          "",
          "All settings of chancery.yaml.",
          SERVER,
          DATABASE,
          ISSUERS,
          REVOCATION,
          PROFILES,
          EST,
          SCEP,
          AUDIT);

  enum SyslogChoice {
    OFF,
    UDP,
    TCP,
    TLS
  }

  enum Choice {
    PRESET,
    YES,
    NO
  }

  enum EmptyContent {
    EMPTY,
    ABSENT
  }

  enum Approval {
    AUTOMATIC,
    MANUAL
  }

  enum Base64 {
    WRAPPED,
    SINGLE_LINE
  }

  enum ChannelBinding {
    OPTIONAL,
    REQUIRED
  }

  enum ServerKeys {
    OFF,
    PLAIN,
    ENCRYPTED
  }

  private Settings() {}

  private static Map<Rule, Setting<RuleMode>> ruleModes() {
    Map<Rule, Setting<RuleMode>> modes = new EnumMap<>(Rule.class);
    for (Rule rule : Rule.values()) {
      modes.put(
          rule,
          setting(
              rule.id(),
              Kind.choice(RuleMode.class),
              rule.defaultMode().id(),
              "Rule: " + rule.meaning() + "."));
    }
    return Collections.unmodifiableMap(modes);
  }

  private static Kind<KeyType> keyType() {
    return Kind.scalar("key type", KeyType::parse);
  }

  private static String keyTypes() {
    return String.join(", ", Arrays.stream(KeyType.values()).map(KeyType::id).toList());
  }
}
