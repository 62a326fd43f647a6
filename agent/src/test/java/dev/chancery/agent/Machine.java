package dev.chancery.agent;

import dev.chancery.agent.configuration.AgentConfiguration;
import dev.chancery.agent.store.Disk;
import dev.chancery.agent.store.FileOperations;
import dev.chancery.agent.store.Identity;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.key.KeyPairs;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/// A machine with an `agent.yaml` for one certificate, `web`, a CA, and a clock.
final class Machine {
  private final Path folder;
  private final SettableClock clock = new SettableClock();
  private final TestCa ca = TestCa.root("CN=Root", clock.instant());
  private final TestEnroller server = new TestEnroller(ca, clock);
  private String endpoint = "";
  private String certificate = "";
  private String general = "";
  private FileOperations files = new Disk();

  Machine(Path folder) {
    this.folder = folder;
    write("anchors.pem", ca.certificate().toPem());
    write("secret", "s3cret\n");
    write("password", "changeit\n");
  }

  void write(String name, String text) {
    try {
      Files.writeString(folder.resolve(name), text);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + name, e);
    }
  }

  SettableClock clock() {
    return clock;
  }

  TestCa ca() {
    return ca;
  }

  TestEnroller server() {
    return server;
  }

  Path store() {
    return folder.resolve("web");
  }

  Path folder() {
    return folder;
  }

  /// More lines below `certificates: - name: web`, indented by four.
  Machine with(String yaml) {
    this.certificate = yaml.indent(4);
    return this;
  }

  /// More lines at the top level.
  Machine withGeneral(String yaml) {
    this.general = yaml;
    return this;
  }

  /// Trusts by fingerprint instead of a file.
  Machine pinned() {
    this.endpoint = "fingerprint: " + ca.certificate().sha256Hex();
    return this;
  }

  Machine on(FileOperations disk) {
    this.files = disk;
    return this;
  }

  AgentConfiguration configuration() {
    String store = certificate.contains("store:") ? "" : "    store: {folder: web}\n";
    return AgentConfiguration.parse(
        """
        state-folder: state
        endpoints:
          ca:
            url: https://ca.example:8443
            %s
        %s
        certificates:
          - name: web
            endpoint: ca
            credential: {id: shop-floor, secret-file: secret}
        """
                .formatted(endpoint.isEmpty() ? "anchors-file: anchors.pem" : endpoint, general)
            + store
            + certificate,
        folder);
  }

  Agent agent() {
    return Agent.open(configuration(), parts());
  }

  Parts parts() {
    return new Parts(clock, new Random(7), files, one -> server, (name, identity, anchors) -> {});
  }

  /// Starts an agent, lets it do what is due, and ends it.
  CertificateStatus once() {
    try (Agent agent = agent()) {
      return agent.runOnce().getFirst();
    }
  }

  /// What another program finds: key and certificate by their names. Empty if there is neither.
  Optional<Identity> found() {
    Path key = store().resolve("key.pem");
    Path chain = store().resolve("chain.pem");
    if (!Files.exists(key) && !Files.exists(chain)) {
      return Optional.empty();
    }
    return Optional.of(
        Identity.of(
                KeyPairs.privateKeyOf(read(key)),
                Certificate.parsePem(read(chain)),
                Optional.empty())
            .orElseThrow(() -> new AssertionError("key and certificate do not belong together")));
  }

  Certificate certificate() {
    return found().orElseThrow(() -> new AssertionError("no certificate")).certificate();
  }

  static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + file, e);
    }
  }

  List<Certificate> anchorsFound() {
    return Certificate.parsePem(read(store().resolve("ca.pem")));
  }
}
