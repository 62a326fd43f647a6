package dev.chancery.agent.tls;

import dev.chancery.agent.Agent;
import dev.chancery.agent.CertificateStatus;
import dev.chancery.agent.Parts;
import dev.chancery.agent.configuration.AgentConfiguration;
import dev.chancery.agent.configuration.AgentConfiguration.Endpoint;
import dev.chancery.agent.configuration.AgentConfiguration.FirstProof;
import dev.chancery.agent.configuration.AgentConfiguration.Hooks;
import dev.chancery.agent.configuration.AgentConfiguration.KeyRenewal;
import dev.chancery.agent.configuration.AgentConfiguration.Limits;
import dev.chancery.agent.configuration.AgentConfiguration.Log;
import dev.chancery.agent.configuration.AgentConfiguration.LogFormat;
import dev.chancery.agent.configuration.AgentConfiguration.LogLevel;
import dev.chancery.agent.configuration.AgentConfiguration.Server;
import dev.chancery.agent.configuration.AgentConfiguration.Store;
import dev.chancery.agent.configuration.AgentConfiguration.Trust;
import dev.chancery.agent.enrollment.FailedException;
import dev.chancery.agent.enrollment.Failure;
import dev.chancery.agent.store.Identity;
import dev.chancery.est.client.EstServer;
import dev.chancery.est.client.Fingerprint;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.crypto.Randomness;
import dev.chancery.pki.key.KeyType;
import dev.chancery.pki.name.DistinguishedName;
import dev.chancery.pki.name.GeneralName;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Clock;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/// A Java program's own certificate: got when the program starts, renewed in the background while
/// it runs, and used by every handshake from then on. Trust anchors are kept fresh alike. Nothing
/// has to be restarted, and no connection is lost.
///
/// Key and certificate are in a folder, so that the next start does not need to enrol again; two
/// programs must not share it. Thread-safe.
public final class EnrolledContext implements AutoCloseable {
  private static final String NAME = "context";
  private static final String ENDPOINT = "ca";

  private final Agent agent;
  private final EnrolledKeyManager keys;
  private final EnrolledTrustManager trust;
  private final SSLContext context;

  private EnrolledContext(Agent agent, EnrolledKeyManager keys, EnrolledTrustManager trust) {
    this.agent = agent;
    this.keys = keys;
    this.trust = trust;
    try {
      this.context = SSLContext.getInstance("TLS");
      this.context.init(
          new KeyManager[] {keys}, new TrustManager[] {trust}, Randomness.secureRandom());
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this Java platform has no TLS", e);
    }
  }

  /// Describes a program that enrols at the EST server `url` and keeps its files in `folder`.
  ///
  /// @throws dev.chancery.pki.MalformedException if it is no `https` URL
  public static Builder builder(String url, Path folder) {
    return new Builder(EstServer.parse(url), folder);
  }

  /// For servers and clients. Always the same object; what it presents and believes changes.
  public SSLContext sslContext() {
    return context;
  }

  /// For those who make an `SSLContext` of their own.
  public EnrolledKeyManager keyManager() {
    return keys;
  }

  /// For those who make an `SSLContext` of their own.
  public X509ExtendedTrustManager trustManager() {
    return trust;
  }

  /// The certificate in use.
  public Certificate certificate() {
    return agent.identity(NAME).map(Identity::certificate).orElseThrow();
  }

  /// How it stands: when the next renewal is, what the last one came to.
  public CertificateStatus status() {
    return agent.status().getFirst();
  }

  /// Renews now, without need. What there was stays in use if that fails.
  public CertificateStatus renew() {
    return agent.renew(NAME);
  }

  /// Asks for the CA certificates now, and follows what has changed.
  ///
  /// @return true if something has
  /// @throws FailedException if there is no usable answer
  public boolean refreshAnchors() {
    boolean changed = agent.refresh(ENDPOINT);
    trust.use(agent.anchors(ENDPOINT));
    return changed;
  }

  /// Ends the renewals; the context goes on with what it has.
  @Override
  public void close() {
    agent.close();
  }

  /// Collects what is needed. Required are a way to trust the server, and a credential unless the
  /// folder holds a certificate already.
  public static final class Builder {
    private final EstServer server;
    private final Path folder;
    private @Nullable Trust trust;
    private FirstProof proof = new FirstProof.None();
    private Optional<DistinguishedName> subject = Optional.empty();
    private List<GeneralName> alternatives = List.of();
    private KeyType keyType = KeyType.P_256;
    private double renewBefore = 1 / 3.0;
    private Duration refresh = Duration.ofHours(12);
    private Clock clock = Clock.systemUTC();

    private Builder(EstServer server, Path folder) {
      this.server = server;
      this.folder = folder.toAbsolutePath();
    }

    /// Believes the CA certificate with this SHA-256 fingerprint.
    public Builder fingerprint(String sha256) {
      this.trust = new Trust.Pinned(Fingerprint.parse(sha256));
      return this;
    }

    /// Believes the CA certificates in a PEM file.
    public Builder anchors(Path pemFile) {
      this.trust = new Trust.AnchorsFile(pemFile.toAbsolutePath());
      return this;
    }

    /// Gets the first certificate with a credential.
    ///
    /// @param secretFile whose first line is the secret
    public Builder credential(String id, Path secretFile) {
      this.proof = new FirstProof.Credential(id, secretFile.toAbsolutePath());
      return this;
    }

    /// The subject to ask for, such as `CN=web.example`. Without it, and without alternatives, what
    /// the credential entitles to.
    public Builder subject(String name) {
      this.subject = Optional.of(DistinguishedName.parse(name));
      return this;
    }

    /// The subject alternative names to ask for, such as `dns:web.example`.
    public Builder alternatives(String... names) {
      this.alternatives = Arrays.stream(names).map(GeneralName::parse).toList();
      return this;
    }

    /// The kind of key; P-256 unless set.
    public Builder keyType(KeyType type) {
      this.keyType = type;
      return this;
    }

    /// The share of the lifetime that is left when the certificate is renewed; a third unless set.
    ///
    /// @param share more than 0 and less than 0.95
    public Builder renewBefore(double share) {
      if (share <= 0 || share >= 0.95) {
        throw new IllegalArgumentException("the share is between 0 and 0.95");
      }
      this.renewBefore = share;
      return this;
    }

    /// How often to ask for the CA certificates; 12 hours unless set.
    public Builder refreshAnchorsEvery(Duration interval) {
      this.refresh = interval;
      return this;
    }

    /// The clock; the system's unless set.
    public Builder clock(Clock other) {
      this.clock = other;
      return this;
    }

    /// Enrols, unless the folder holds a certificate that will do, and begins to keep it fresh.
    /// Blocks until the server has answered.
    ///
    /// @throws FailedException if there is no certificate to begin with
    public EnrolledContext start() {
      EnrolledKeyManager keys = new EnrolledKeyManager();
      EnrolledTrustManager trusted = new EnrolledTrustManager();
      Parts parts =
          Parts.real(clock)
              .telling((name, identity, anchors) -> {
                trusted.use(anchors);
                keys.use(identity);
              });
      Agent agent = Agent.open(configuration(), parts);
      try {
        agent
            .identity(NAME)
            .ifPresent(identity -> {
              trusted.use(agent.anchors(ENDPOINT));
              keys.use(identity);
            });
        CertificateStatus status = agent.runOnce().getFirst();
        if (agent.identity(NAME).isEmpty()) {
          throw new FailedException(
              status.failure().map(Failure::code).orElse(Failure.Code.REFUSED),
              status
                  .failure()
                  .map(Failure::what)
                  .orElse("somebody has to decide about the request; start again later"));
        }
        agent.start();
        return new EnrolledContext(agent, keys, trusted);
      } catch (RuntimeException e) {
        agent.close();
        throw e;
      }
    }

    private AgentConfiguration configuration() {
      Trust believed = trust;
      if (believed == null) {
        throw new IllegalStateException(
            "call fingerprint or anchors: nothing says whom to believe");
      }
      Endpoint endpoint =
          new Endpoint(ENDPOINT, new Server.Est(server), believed, refresh, Duration.ofSeconds(20));
      AgentConfiguration.Certificate certificate =
          new AgentConfiguration.Certificate(
              NAME,
              ENDPOINT,
              subject,
              alternatives,
              proof,
              keyType,
              KeyRenewal.FRESH,
              renewBefore,
              0.05,
              Store.pem(folder),
              Hooks.NONE);
      return new AgentConfiguration(
          folder.resolve("agent"),
          Optional.empty(),
          new Log(LogFormat.TEXT, LogLevel.INFO),
          new Limits(1, 60, Duration.ofMinutes(1), Duration.ofHours(6)),
          Map.of(ENDPOINT, endpoint),
          List.of(certificate));
    }
  }
}
