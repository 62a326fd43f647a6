package dev.chancery.agent.configuration;

import dev.chancery.configuration.ConfigurationException;
import dev.chancery.configuration.Problem;
import dev.chancery.configuration.ReferenceTables;
import dev.chancery.configuration.Written;
import dev.chancery.est.client.EstServer;
import dev.chancery.est.client.Fingerprint;
import dev.chancery.pki.key.KeyType;
import dev.chancery.pki.name.DistinguishedName;
import dev.chancery.pki.name.GeneralName;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The agent's configuration as checked: it exists only if the file is sound. Immutable. Secrets
/// are not in it, only the files that hold them.
///
/// @param metricsFile for the textfile collector of Prometheus' node_exporter
/// @param endpoints by name; every certificate's is among them
public record AgentConfiguration(
    Path stateFolder,
    Optional<Path> metricsFile,
    Log log,
    Limits limits,
    Map<String, Endpoint> endpoints,
    List<Certificate> certificates) {
  /// Room for many thousand certificates.
  private static final int MAX_CHARACTERS = 16_000_000;

  public AgentConfiguration {
    endpoints = Map.copyOf(endpoints);
    certificates = List.copyOf(certificates);
  }

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

  /// How hard to try.
  ///
  /// @param perMinute requests of all certificates together
  public record Limits(int concurrent, int perMinute, Duration firstDelay, Duration longestDelay) {}

  /// A server, and whom to believe there.
  public record Endpoint(
      String name, Server server, Trust trust, Duration refresh, Duration timeout) {}

  /// How the agent speaks with a server.
  public enum Protocol {
    EST,
    SCEP
  }

  /// Where a server is, in the protocol that it speaks.
  public sealed interface Server {
    /// EST (RFC 7030).
    record Est(EstServer server) implements Server {}

    /// SCEP (RFC 8894).
    ///
    /// @param url `http` or `https`, without query
    record Scep(URI url) implements Server {}
  }

  /// Whom to believe at first.
  public sealed interface Trust {
    /// The certificates in a PEM file.
    record AnchorsFile(Path file) implements Trust {}

    /// The CA certificate with this fingerprint, wherever it comes from.
    record Pinned(Fingerprint fingerprint) implements Trust {}
  }

  /// One certificate to keep.
  ///
  /// @param subject empty with no alternatives: whatever the endpoint entitles to
  public record Certificate(
      String name,
      String endpoint,
      Optional<DistinguishedName> subject,
      List<GeneralName> alternatives,
      FirstProof firstProof,
      KeyType keyType,
      KeyRenewal keyRenewal,
      double renewBefore,
      double jitter,
      Store store,
      Hooks hooks) {
    public Certificate {
      alternatives = List.copyOf(alternatives);
    }
  }

  /// How the first certificate is got.
  public sealed interface FirstProof {
    /// A credential, its secret in the first line of a file.
    ///
    /// @param id empty for a SCEP challenge password that is nothing but a secret
    record Credential(String id, Path secretFile) implements FirstProof {}

    /// A certificate from elsewhere.
    record Held(Path keyFile, Path certificateFile) implements FirstProof {}

    /// Nothing: the certificate that is in the store already is renewed, or it fails.
    record None() implements FirstProof {}
  }

  public enum KeyRenewal {
    FRESH,
    KEEP
  }

  public enum Format {
    PEM,
    COMBINED,
    PKCS12,
    JKS
  }

  /// Where key and certificate go.
  ///
  /// @param owner empty for the agent's own user
  /// @param group empty for the agent's own group
  /// @param mode three octal digits
  /// @param keyMode three octal digits, the last of them 0
  public record Store(
      Path folder,
      List<Format> formats,
      Optional<Path> passwordFile,
      String owner,
      String group,
      String mode,
      String keyMode,
      Optional<Token> token) {
    public Store {
      formats = List.copyOf(formats);
    }

    /// PEM files in `folder` that nobody else may read the key of.
    public static Store pem(Path folder) {
      return new Store(
          folder, List.of(Format.PEM), Optional.empty(), "", "", "644", "600", Optional.empty());
    }
  }

  /// A PKCS#11 token.
  ///
  /// @param configuration as Java's SunPKCS11 provider wants it
  public record Token(Path configuration, Path pinFile) {}

  /// Programs to run around a change of files. An empty command is none.
  ///
  /// @param environment each as `NAME=value`
  public record Hooks(
      List<String> before, List<String> after, Duration timeout, List<String> environment) {
    public static final Hooks NONE =
        new Hooks(List.of(), List.of(), Duration.ofSeconds(30), List.of());

    public Hooks {
      before = List.copyOf(before);
      after = List.copyOf(after);
      environment = List.copyOf(environment);
    }
  }

  /// Reads and checks `file`. Relative names in it start at its folder.
  ///
  /// @throws ConfigurationException with everything that is wrong
  public static AgentConfiguration load(Path file) {
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
  public static AgentConfiguration parse(String yaml, Path folder) {
    List<Problem> problems = new ArrayList<>();
    Section root =
        new Section(Settings.ALL.members(), Written.parse(yaml, MAX_CHARACTERS), "", problems);
    AgentConfiguration configuration = new Checks(root, folder).configuration();
    if (!problems.isEmpty()) {
      throw new ConfigurationException(problems);
    }
    return configuration;
  }

  /// The reference of all settings, as Markdown.
  public static String reference() {
    return ReferenceTables.markdown(Settings.ALL.members(), "###");
  }
}
