package dev.chancery.server.configuration;

import dev.chancery.authority.RevocationLists;
import dev.chancery.authority.issuance.IssuerSettings;
import dev.chancery.authority.profile.Profiles;
import dev.chancery.authority.rollover.RolloverSettings;
import dev.chancery.configuration.ConfigurationException;
import dev.chancery.configuration.Problem;
import dev.chancery.configuration.Written;
import dev.chancery.est.client.ClientAuthentication;
import dev.chancery.est.client.EstServer;
import dev.chancery.est.responder.EstEndpoint;
import dev.chancery.ledger.PostgresSettings;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.certificate.TrustAnchors;
import dev.chancery.scep.responder.ScepEndpoint;
import dev.chancery.server.proxy.TrustedProxy;
import dev.chancery.server.scep.handout.HandOutSettings;
import dev.chancery.server.scep.intune.IntuneSettings;
import dev.chancery.server.scep.webhook.WebhookSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// The configuration as checked: it exists only if the file is sound. Immutable.
///
/// @param rollovers by the issuer's name
/// @param estEndpoints the default one, with an empty label, is among them
/// @param upstreams the endpoints behind which another server signs
/// @param deviceManagement who outside has a say at SCEP endpoints
/// @param show the effective configuration as YAML: what the file says, with the defaults filled
///   in. Holds no secrets, since the file holds none.
public record Configuration(
    Server server,
    Database database,
    List<IssuerSettings> issuers,
    Map<String, RolloverSettings> rollovers,
    RevocationLists.Schedule revocationLists,
    Profiles profiles,
    List<EstEndpoint> estEndpoints,
    List<Upstream> upstreams,
    List<ScepEndpoint> scepEndpoints,
    DeviceManagement deviceManagement,
    Audit audit,
    String show) {
  private static final int MAX_CHARACTERS = 1_000_000;

  public Configuration {
    issuers = List.copyOf(issuers);
    rollovers = Map.copyOf(rollovers);
    estEndpoints = List.copyOf(estEndpoints);
    upstreams = List.copyOf(upstreams);
    scepEndpoints = List.copyOf(scepEndpoints);
  }

  /// Listeners, limits, logs.
  ///
  /// @param hostNames as configured; empty for those of the machine
  /// @param coaps where EST-coaps is served, if it is
  /// @param certificatelessTls how TLS without certificates is served, if it is
  public record Server(
      List<String> hostNames,
      Tls tls,
      Address clear,
      Optional<Address> coaps,
      Optional<CertificatelessTls> certificatelessTls,
      List<TrustedProxy> trustedProxies,
      Limits limits,
      Log log,
      MetricsAccess metrics) {
    public Server {
      hostNames = List.copyOf(hostNames);
      trustedProxies = List.copyOf(trustedProxies);
    }
  }

  /// Where checkpoints of the audit go besides the data folder.
  ///
  /// @param checkpointCopy another file
  public record Audit(Optional<Path> checkpointCopy, Optional<Syslog> syslog) {}

  /// A syslog server.
  ///
  /// @param anchors what its certificate chains to; empty for those of the machine
  public record Syslog(
      SyslogTransport transport, String host, int port, List<Certificate> anchors) {
    public Syslog {
      anchors = List.copyOf(anchors);
    }
  }

  public enum SyslogTransport {
    UDP,
    TCP,
    TLS
  }

  /// Where the ledger is.
  public sealed interface Database {
    /// How long certificates stay after they expired; empty for ever.
    Optional<Duration> keepExpired();

    /// In a file of the data folder.
    record Sqlite(Optional<Duration> keepExpired) implements Database {}

    /// In a database that several nodes share.
    record Postgres(PostgresSettings settings, Optional<Duration> keepExpired)
        implements Database {}
  }

  /// Another EST server that signs for an endpoint.
  ///
  /// @param endpoint its name, `est` or `est/LABEL`
  /// @param anchors what that server and its certificates chain to
  /// @param authority this server's certificate there
  public record Upstream(
      String endpoint,
      EstServer server,
      TrustAnchors anchors,
      ClientAuthentication.Holder authority) {}

  /// Who outside decides about SCEP requests, and who fetches challenges.
  public record DeviceManagement(List<Decision> decisions, List<HandOutSettings> handOuts) {
    public DeviceManagement {
      decisions = List.copyOf(decisions);
      handOuts = List.copyOf(handOuts);
    }
  }

  /// Who decides at an endpoint.
  ///
  /// @param endpoint its name, `scep` or `scep/LABEL`
  public record Decision(String endpoint, Decider decider) {}

  public sealed interface Decider {
    record Webhook(WebhookSettings settings) implements Decider {}

    record Intune(IntuneSettings settings) implements Decider {}
  }

  /// Where to listen; port 0 takes a free one.
  public record Address(String host, int port) {}

  public record Tls(
      Address address,
      TlsProvider provider,
      List<TlsVersion> protocols,
      ClientCaNames clientCaNames) {
    public Tls {
      protocols = List.copyOf(protocols);
    }
  }

  /// TLS whose handshake is keyed by credentials.
  ///
  /// @param mechanisms at least one
  public record CertificatelessTls(Address address, Set<CertificatelessMechanism> mechanisms) {
    public CertificatelessTls {
      mechanisms = Set.copyOf(mechanisms);
    }
  }

  public enum CertificatelessMechanism {
    PSK,
    SRP
  }

  public enum TlsProvider {
    AUTO,
    CONSCRYPT,
    JDK
  }

  public enum TlsVersion {
    V1_2("TLSv1.2"),
    V1_3("TLSv1.3");

    private final String id;

    TlsVersion(String id) {
      this.id = id;
    }

    /// The JSSE name, `TLSv1.2`.
    public String id() {
      return id;
    }

    static TlsVersion parse(String text) {
      return Arrays.stream(values())
          .filter(version -> version.id.equals(text))
          .findFirst()
          .orElseThrow(() ->
              new dev.chancery.pki.MalformedException(
                  "this must be \"TLSv1.2\" or \"TLSv1.3\"; older versions are insecure"));
    }
  }

  public enum ClientCaNames {
    NONE,
    ISSUERS
  }

  /// Settings that make it easier to get a certificate which one should not have.
  public List<Risk> risks() {
    return Risk.of(this);
  }

  /// What one peer may take of the server.
  ///
  /// @param minDataRate bytes per second of a request body; 0 for no limit
  /// @param waitingRequests for an operator, at one endpoint
  public record Limits(
      int bodyBytes,
      int headerBytes,
      Duration idleTimeout,
      Duration requestDeadline,
      int minDataRate,
      int maxConnections,
      int wrongSecretsPerMinute,
      int waitingRequests) {}

  public record Log(LogFormat format, LogLevel level) {}

  public enum LogFormat {
    TEXT,
    JSON
  }

  public enum LogLevel {
    ERROR,
    WARN,
    INFO,
    DEBUG
  }

  public enum MetricsAccess {
    LOOPBACK,
    OFF,
    EVERYONE
  }

  /// The EST endpoint without a label.
  public EstEndpoint defaultEndpoint() {
    return estEndpoints.stream()
        .filter(endpoint -> endpoint.endpoint().label().isEmpty())
        .findFirst()
        .orElseThrow();
  }

  /// Reads and checks `file`. Relative names in it start at its folder.
  ///
  /// @throws ConfigurationException with everything that is wrong
  public static Configuration load(Path file) {
    try {
      Path folder = file.toAbsolutePath().getParent();
      return parse(Files.readString(file), folder == null ? Path.of("") : folder);
    } catch (IOException e) {
      throw ConfigurationException.unreadable(file, e);
    }
  }

  /// Checks the text of a configuration file.
  ///
  /// @param folder where relative file names start
  /// @throws ConfigurationException with everything that is wrong
  public static Configuration parse(String yaml, Path folder) {
    List<Problem> problems = new ArrayList<>();
    Written.Mapping complete =
        new Completion(problems)
            .complete(Settings.ALL.members(), Written.parse(yaml, MAX_CHARACTERS), "");
    Section root = new Section(complete, "", problems);
    return new Checks(root, folder, problems).configuration(complete.toYaml());
  }

  /// Everything that is wrong with the text of a configuration file; empty if it is sound. Relative
  /// file names start at the current folder.
  public static List<Problem> check(String yaml) {
    try {
      parse(yaml, Path.of(""));
      return List.of();
    } catch (ConfigurationException e) {
      return e.problems();
    }
  }

  /// The reference of all settings, as Markdown.
  public static String reference() {
    return Reference.markdown();
  }

  /// The file that a first start writes: every setting with its meaning, commented out at its
  /// default.
  public static String defaultFile() {
    return Reference.commentedFile();
  }
}
