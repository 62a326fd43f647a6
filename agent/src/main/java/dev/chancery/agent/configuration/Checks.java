package dev.chancery.agent.configuration;

import dev.chancery.agent.configuration.AgentConfiguration.Certificate;
import dev.chancery.agent.configuration.AgentConfiguration.Endpoint;
import dev.chancery.agent.configuration.AgentConfiguration.FirstProof;
import dev.chancery.agent.configuration.AgentConfiguration.Format;
import dev.chancery.agent.configuration.AgentConfiguration.Hooks;
import dev.chancery.agent.configuration.AgentConfiguration.Limits;
import dev.chancery.agent.configuration.AgentConfiguration.Log;
import dev.chancery.agent.configuration.AgentConfiguration.Protocol;
import dev.chancery.agent.configuration.AgentConfiguration.Server;
import dev.chancery.agent.configuration.AgentConfiguration.Store;
import dev.chancery.agent.configuration.AgentConfiguration.Token;
import dev.chancery.agent.configuration.AgentConfiguration.Trust;
import dev.chancery.configuration.Declared.Setting;
import dev.chancery.est.client.EstServer;
import dev.chancery.est.client.Fingerprint;
import dev.chancery.pki.MalformedException;
import dev.chancery.pki.key.KeyType;
import dev.chancery.scep.client.ScepClient;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Turns settings into the checked configuration, and finds what one value alone does not show.
final class Checks {
  private final Section root;
  private final Path folder;

  Checks(Section root, Path folder) {
    this.root = root;
    this.folder = folder;
  }

  /// The configuration; worth something only if no problem was reported.
  AgentConfiguration configuration() {
    Section log = root.group(Settings.LOG);
    Section limits = root.group(Settings.LIMITS);
    Map<String, Endpoint> endpoints = new LinkedHashMap<>();
    root.entries(Settings.ENDPOINTS)
        .forEach((name, section) -> endpoints.put(name, endpoint(name, section)));
    return new AgentConfiguration(
        path(root.get(Settings.STATE_FOLDER)),
        metricsFile(),
        new Log(log.get(Settings.LOG_FORMAT), log.get(Settings.LOG_LEVEL)),
        new Limits(
            limits.get(Settings.CONCURRENT),
            limits.get(Settings.PER_MINUTE),
            limits.get(Settings.FIRST_DELAY),
            limits.get(Settings.LONGEST_DELAY)),
        endpoints,
        certificates(endpoints));
  }

  private Optional<Path> metricsFile() {
    Optional<Path> file = file(root, Settings.METRICS_FILE);
    if (file.isPresent() && !file.get().toString().endsWith(".prom")) {
      root.report(
          Settings.METRICS_FILE,
          "the collector reads only files whose names end in .prom",
          "rename it");
    }
    return file;
  }

  private Endpoint endpoint(String name, Section section) {
    if (!name.matches(Settings.NAME)) {
      section.report("a name has lower-case letters, digits, dots and hyphens", "rename it");
    }
    return new Endpoint(
        name,
        server(section),
        trust(section),
        section.get(Settings.REFRESH),
        section.get(Settings.TIMEOUT));
  }

  private static Server server(Section section) {
    Protocol protocol = section.get(Settings.PROTOCOL);
    try {
      return server(protocol, section.get(Settings.URL));
    } catch (MalformedException e) {
      section.report(Settings.URL, e.safeMessage(), "");
      return server(protocol, Settings.URL.text());
    }
  }

  private static Server server(Protocol protocol, String url) {
    return switch (protocol) {
      case EST -> new Server.Est(EstServer.parse(url));
      case SCEP -> new Server.Scep(ScepClient.parseUrl(url));
    };
  }

  private Trust trust(Section section) {
    Optional<Path> file = file(section, Settings.ANCHORS_FILE);
    Optional<Fingerprint> fingerprint = section.get(Settings.FINGERPRINT);
    if (file.isPresent() == fingerprint.isPresent()) {
      section.report(
          file.isPresent()
              ? "there is both an anchors-file and a fingerprint"
              : "nothing says whom to believe",
          "give either anchors-file or fingerprint");
    }
    return file.<Trust>map(Trust.AnchorsFile::new)
        .or(() -> fingerprint.map(Trust.Pinned::new))
        .orElse(new Trust.AnchorsFile(folder));
  }

  private List<Certificate> certificates(Map<String, Endpoint> endpoints) {
    List<Certificate> certificates = new ArrayList<>();
    Set<String> names = new HashSet<>();
    Set<Path> folders = new HashSet<>();
    for (Section section : root.items(Settings.CERTIFICATES)) {
      Endpoint endpoint = endpoints.get(section.get(Settings.ENDPOINT));
      Certificate certificate =
          certificate(section, endpoint != null && endpoint.server() instanceof Server.Scep);
      if (!names.add(certificate.name())) {
        section.report(
            Settings.CERTIFICATE_NAME, "another certificate has this name", "rename one of them");
      }
      if (!folders.add(certificate.store().folder())) {
        section
            .group(Settings.STORE)
            .report(Settings.FOLDER, "another certificate has this folder", "give each its own");
      }
      if (endpoint == null) {
        section.report(
            Settings.ENDPOINT,
            "there is no endpoint \"" + certificate.endpoint() + "\"",
            endpoints.isEmpty() ? "add it to endpoints" : "there are " + named(endpoints.keySet()));
      }
      certificates.add(certificate);
    }
    return certificates;
  }

  private static String named(Set<String> endpoints) {
    return String.join(", ", endpoints.stream().sorted().toList());
  }

  private Certificate certificate(Section section, boolean overScep) {
    Section key = section.group(Settings.KEY);
    Section renew = section.group(Settings.RENEW);
    Section hooks = section.group(Settings.HOOKS);
    double before = renew.get(Settings.BEFORE);
    double jitter = renew.get(Settings.JITTER);
    if (before <= 0 || before + jitter >= 1) {
      renew.report(
          "a certificate would be renewed as soon as it is there, or never",
          "before must be more than 0, and less than 1 together with jitter");
    }
    return new Certificate(
        section.get(Settings.CERTIFICATE_NAME),
        section.get(Settings.ENDPOINT),
        section.get(Settings.SUBJECT),
        section.get(Settings.ALTERNATIVES),
        firstProof(section, overScep),
        keyType(key, overScep),
        key.get(Settings.KEY_RENEWAL),
        before,
        jitter,
        store(section.group(Settings.STORE), overScep),
        new Hooks(
            hooks.get(Settings.HOOK_BEFORE),
            hooks.get(Settings.HOOK_AFTER),
            hooks.get(Settings.HOOK_TIMEOUT),
            hooks.get(Settings.HOOK_ENVIRONMENT)));
  }

  private static KeyType keyType(Section key, boolean overScep) {
    KeyType type = key.get(Settings.KEY_TYPE);
    if (!overScep) {
      return type;
    }
    if (!key.isGiven(Settings.KEY_TYPE)) {
      return KeyType.RSA_2048;
    }
    if (!type.isRsa() && !type.isEc()) {
      key.report(
          Settings.KEY_TYPE,
          "over SCEP the certificate comes encrypted for the key, which this type cannot open",
          "choose RSA or EC, or an EST endpoint");
    }
    return type;
  }

  private FirstProof firstProof(Section section, boolean overScep) {
    Section credential = section.group(Settings.CREDENTIAL);
    Section held = section.group(Settings.HELD);
    String id = credential.get(Settings.CREDENTIAL_ID);
    Optional<Path> secret = file(credential, Settings.SECRET_FILE);
    Optional<Path> key = file(held, Settings.HELD_KEY);
    Optional<Path> certificate = file(held, Settings.HELD_CERTIFICATE);
    boolean bareSecret = overScep && secret.isPresent();
    if (id.isEmpty() == secret.isPresent() && !bareSecret) {
      credential.report("a credential has an id and a secret-file", "give both or none");
    }
    if (id.contains(":")) {
      credential.report(Settings.CREDENTIAL_ID, "an id has no colon (RFC 7617 §2)", "");
    }
    if (key.isPresent() != certificate.isPresent()) {
      held.report("a certificate has a key-file and a certificate-file", "give both or none");
    }
    if (secret.isPresent() && key.isPresent()) {
      section.report("there is both a credential and a first-certificate", "give one of them");
    }
    if (secret.isPresent()) {
      return new FirstProof.Credential(id, secret.get());
    }
    return key.isPresent() && certificate.isPresent()
        ? new FirstProof.Held(key.get(), certificate.get())
        : new FirstProof.None();
  }

  private Store store(Section section, boolean overScep) {
    List<Format> formats = section.get(Settings.FORMATS);
    Optional<Path> password = file(section, Settings.PASSWORD_FILE);
    Optional<Path> configuration = file(section, Settings.TOKEN_CONFIGURATION);
    Optional<Path> pin = file(section, Settings.PIN_FILE);
    if (formats.isEmpty()) {
      section.report(Settings.FORMATS, "at least one format is needed", "for example [pem]");
    }
    if ((formats.contains(Format.PKCS12) || formats.contains(Format.JKS)) && password.isEmpty()) {
      section.report("pkcs12 and jks need a password", "give a password-file");
    }
    if (!section.get(Settings.KEY_MODE).endsWith("0")) {
      section.report(
          Settings.KEY_MODE,
          "everybody could use the private key",
          "give the reader's group instead, and mode 640");
    }
    if (configuration.isPresent() != pin.isPresent()) {
      section.report("a token has a pkcs11-config and a pin-file", "give both or none");
    }
    if (configuration.isPresent() && !formats.equals(List.of(Format.PEM))) {
      section.report(Settings.FORMATS, "a key in a token cannot be written to files", "[pem]");
    }
    if (configuration.isPresent() && overScep) {
      section.report(
          Settings.TOKEN_CONFIGURATION,
          "a key in a token cannot sign and open SCEP's messages",
          "use an EST endpoint for it, or a key in a file");
    }
    return new Store(
        path(section.get(Settings.FOLDER)),
        formats,
        password,
        section.get(Settings.OWNER),
        section.get(Settings.GROUP),
        section.get(Settings.MODE),
        section.get(Settings.KEY_MODE),
        configuration.flatMap(file -> pin.map(pinFile -> new Token(file, pinFile))));
  }

  private Optional<Path> file(Section section, Setting<String> setting) {
    return Optional.of(section.get(setting)).filter(name -> !name.isEmpty()).map(this::path);
  }

  private Path path(String name) {
    return folder.resolve(name).normalize();
  }
}
