package dev.chancery.interop;

import dev.chancery.authority.audit.AuditEntry;
import dev.chancery.authority.credential.CredentialRecord.EntitledNames;
import dev.chancery.authority.credential.Credentials;
import dev.chancery.authority.ledger.CertificateQuery;
import dev.chancery.authority.ledger.CertificateRecord;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.certificate.TrustAnchors;
import dev.chancery.pki.cms.CertsOnly;
import dev.chancery.pki.key.KeyPairs;
import dev.chancery.pki.key.KeyType;
import dev.chancery.pki.name.SubjectNames;
import dev.chancery.pki.request.CertificationRequest;
import dev.chancery.pki.request.CertificationRequestBuilder;
import dev.chancery.server.ChanceryServer;
import dev.chancery.server.Services;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.time.Duration;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// A real server on free ports, with a data folder of its own and a clock that the test sets.
public final class Installation implements AutoCloseable {
  private static final String LISTENERS =
      """
      server:
        host-names: [localhost, 127.0.0.1]
        tls: {address: 127.0.0.1, port: 0}
        clear: {address: 127.0.0.1, port: 0}
        log: {level: warn}
      """;

  private final Path folder;
  private final SettableClock clock;
  private final ChanceryServer server;

  private Installation(Path folder, SettableClock clock, ChanceryServer server) {
    this.folder = folder;
    this.clock = clock;
    this.server = server;
  }

  /// Starts a server with the default configuration and `yaml` behind it.
  public static Installation start(Path folder, String yaml) {
    return start(folder, yaml, new SettableClock());
  }

  public static Installation start(Path folder, String yaml, SettableClock clock) {
    try {
      Files.createDirectories(folder);
      Files.writeString(folder.resolve("chancery.yaml"), LISTENERS + yaml);
      return new Installation(folder, clock, ChanceryServer.start(folder, clock));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot set up " + folder, e);
    }
  }

  public Path folder() {
    return folder;
  }

  public SettableClock clock() {
    return clock;
  }

  public ChanceryServer server() {
    return server;
  }

  public Services services() {
    return server.services();
  }

  /// The root's certificate in a file.
  public Path rootFile() {
    try {
      return Files.writeString(folder.resolve("test-root.pem"), server.root().toPem());
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write the root", e);
    }
  }

  /// `https://localhost:PORT/.well-known/est/OPERATION`; the operation may have a label before it.
  public String url(String operation) {
    return "https://localhost:" + server.tlsPort() + "/.well-known/est/" + operation;
  }

  /// A credential for one certificate with these names, valid for an hour.
  public Credentials.Created credential(String subject, String... alternatives) {
    return credential("device", 1, subject, alternatives);
  }

  /// A credential for a profile and a number of uses.
  public Credentials.Created credential(
      String profile, int uses, String subject, String... alternatives) {
    return services()
        .credentials()
        .create(
            new Credentials.Order(
                Optional.empty(),
                new EntitledNames.Exactly(SubjectNames.parse(subject, List.of(alternatives))),
                profile,
                List.of(),
                uses,
                Duration.ofHours(1),
                Optional.empty()),
            "test");
  }

  /// `Authorization: Basic …` and the content type of PKCS#10.
  public static Map<String, String> basic(Credentials.Created credential) {
    return basic(credential.credential().id(), credential.secret());
  }

  public static Map<String, String> basic(String id, String secret) {
    Map<String, String> headers = new LinkedHashMap<>(pkcs10());
    headers.put(
        "Authorization",
        "Basic "
            + Base64.getEncoder()
                .encodeToString((id + ":" + secret).getBytes(StandardCharsets.UTF_8)));
    return headers;
  }

  public static Map<String, String> pkcs10() {
    return Map.of("Content-Type", "application/pkcs10");
  }

  /// A fresh P-256 request.
  public static Made request(String subject, String... alternatives) {
    KeyPair keyPair = KeyPairs.generate(KeyType.P_256);
    return new Made(
        CertificationRequestBuilder.builder(
                SubjectNames.parse(subject, List.of(alternatives)), keyPair)
            .build(),
        keyPair);
  }

  /// A request and its key.
  public record Made(CertificationRequest request, KeyPair keyPair) {
    public byte[] base64() {
      return Installation.base64(request.der().toByteArray());
    }
  }

  public static byte[] base64(byte[] der) {
    return Base64.getMimeEncoder(64, new byte[] {'\n'}).encode(der);
  }

  /// Enrols with a credential on a connection of its own.
  public Wire.Answer enroll(Credentials.Created credential, Made made) {
    try (Wire wire = Wire.connect(server.tlsPort())) {
      return wire.send("POST", "/.well-known/est/simpleenroll", basic(credential), made.base64());
    }
  }

  /// A device that has its certificate.
  public Wire.Identity device(String subject, String... alternatives) {
    Made made = request(subject, alternatives);
    Wire.Answer answer = enroll(credential(subject, alternatives), made);
    return new Wire.Identity(made.keyPair(), List.of(certificateIn(answer)));
  }

  /// The one certificate in a 200 answer.
  public static Certificate certificateIn(Wire.Answer answer) {
    if (answer.status() != 200) {
      throw new AssertionError("status " + answer.status() + ": " + answer.text());
    }
    List<Certificate> certificates =
        CertsOnly.parse(Base64.getMimeDecoder().decode(answer.body().toByteArray()));
    if (certificates.size() != 1) {
      throw new AssertionError(certificates.size() + " certificates");
    }
    return certificates.getFirst();
  }

  /// Every certificate that was issued by endpoints, newest first; the server's own is left out.
  public List<CertificateRecord> issued() {
    return services().ledger().certificates(CertificateQuery.newest(10_000)).stream()
        .filter(record -> !record.requester().startsWith("server:"))
        .toList();
  }

  /// The audit's newest entry.
  public AuditEntry lastAudit() {
    return services().ledger().lastAuditEntry().orElseThrow();
  }

  /// What clients of the default issuer trust.
  public TrustAnchors anchors() {
    return new TrustAnchors(
        "test", List.of(server.root()), services().authority().certificatesOf("issuing"));
  }

  @Override
  public void close() {
    server.close();
  }
}
