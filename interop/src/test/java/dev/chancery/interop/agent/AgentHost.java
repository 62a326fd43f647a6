package dev.chancery.interop.agent;

import dev.chancery.agent.Agent;
import dev.chancery.agent.CertificateStatus;
import dev.chancery.agent.configuration.AgentConfiguration;
import dev.chancery.agent.store.Identity;
import dev.chancery.authority.credential.Credentials;
import dev.chancery.interop.Installation;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.key.KeyPairs;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/// A machine whose agent keeps one certificate, `web`, at a real server.
final class AgentHost {
  private final Path folder;
  private final Installation server;
  private final Path file;

  private AgentHost(Path folder, Installation server) {
    this.folder = folder;
    this.server = server;
    this.file = folder.resolve("agent.yaml");
  }

  /// Sets the machine up.
  ///
  /// @param more further lines of the certificate's settings
  static AgentHost at(
      Installation server, Path folder, Credentials.Created credential, String more) {
    return at(
        server,
        folder,
        credential,
        "{url: 'https://localhost:%d', fingerprint: %s}"
            .formatted(server.server().tlsPort(), server.server().root().sha256Hex()),
        more);
  }

  /// The same with SCEP, in the clear.
  static AgentHost overScep(
      Installation server, Path folder, Credentials.Created credential, String more) {
    return at(
        server,
        folder,
        credential,
        "{protocol: scep, url: 'http://127.0.0.1:%d/scep', fingerprint: %s}"
            .formatted(server.server().clearPort(), server.server().root().sha256Hex()),
        more);
  }

  /// Sets the machine up for a server elsewhere.
  ///
  /// @param endpoint the endpoint's settings
  static AgentHost at(
      Installation server,
      Path folder,
      Credentials.Created credential,
      String endpoint,
      String more) {
    try {
      Files.createDirectories(folder);
      Files.writeString(folder.resolve("secret"), credential.secret() + "\n");
      AgentHost host = new AgentHost(folder, server);
      Files.writeString(
          host.file,
          """
          state-folder: state
          limits: {per-minute: 6000}
          endpoints:
            ca: %s
          certificates:
            - name: web
              endpoint: ca
              credential: {id: '%s', secret-file: secret}
              store: {folder: web}
          """
                  .formatted(endpoint, credential.credential().id())
              + more.indent(4));
      return host;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot set up " + folder, e);
    }
  }

  Path file() {
    return file;
  }

  Path store() {
    return folder.resolve("web");
  }

  AgentConfiguration configuration() {
    return AgentConfiguration.load(file);
  }

  Agent agent() {
    return Agent.open(configuration(), server.clock());
  }

  CertificateStatus once() {
    try (Agent agent = agent()) {
      return agent.runOnce().getFirst();
    }
  }

  CertificateStatus renew() {
    try (Agent agent = agent()) {
      return agent.renew("web");
    }
  }

  /// The pair as other programs find it.
  ///
  /// @throws AssertionError if key and certificate do not belong together
  Certificate certificate() {
    try {
      return Identity.of(
              KeyPairs.privateKeyOf(Files.readString(store().resolve("key.pem"))),
              Certificate.parsePem(Files.readString(store().resolve("chain.pem"))),
              Optional.empty())
          .orElseThrow(() -> new AssertionError("key and certificate do not belong together"))
          .certificate();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + store(), e);
    }
  }
}
