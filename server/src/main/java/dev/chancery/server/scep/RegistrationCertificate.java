package dev.chancery.server.scep;

import dev.chancery.authority.Authority;
import dev.chancery.authority.EnrollmentRequest;
import dev.chancery.authority.EnrollmentRequest.Operation;
import dev.chancery.authority.Outcome;
import dev.chancery.authority.endpoint.Endpoint;
import dev.chancery.authority.files.DurableFile;
import dev.chancery.authority.files.DurableFile.Access;
import dev.chancery.authority.requester.Requester;
import dev.chancery.pki.MalformedException;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.cms.MessageKey;
import dev.chancery.pki.crypto.SignatureAlgorithm;
import dev.chancery.pki.key.KeyPairs;
import dev.chancery.pki.key.KeyType;
import dev.chancery.pki.name.SubjectNames;
import dev.chancery.pki.request.CertificationRequest;
import dev.chancery.pki.request.CertificationRequestBuilder;
import dev.chancery.pki.request.ProofOfPossession;
import dev.chancery.scep.responder.RegistrationKeys;
import dev.chancery.transport.RequestId;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The RSA key and certificate of one endpoint's registration authority (SCEP-151): issued through
/// the one door, kept in `NAME.key` and `NAME.pem`, renewed with a new key when a third of its
/// lifetime is left. The old key stays in `NAME.previous.key` and goes on opening messages until
/// its certificate ends (SCEP-154). Thread-safe.
final class RegistrationCertificate implements RegistrationKeys {
  /// The profile that the certificate has.
  static final String PROFILE = "scep-ra";

  private static final Logger LOG = LoggerFactory.getLogger(RegistrationCertificate.class);

  /// The current key and the one before it.
  private record Held(MessageKey current, Optional<MessageKey> previous) {}

  private final Path folder;
  private final String file;
  private final Authority authority;
  private final Clock clock;
  private final ReentrantLock renewing = new ReentrantLock();
  private volatile Endpoint endpoint;
  private volatile @Nullable Held held;

  RegistrationCertificate(Path folder, Endpoint endpoint, Authority authority, Clock clock) {
    this.folder = folder;
    // No label holds a dot.
    this.file = endpoint.label().isEmpty() ? "default" : "label-" + endpoint.label();
    this.endpoint = endpoint;
    this.authority = authority;
    this.clock = clock;
  }

  /// Takes the key from disk, or makes a new one if that is missing or no longer good.
  ///
  /// @throws IllegalStateException with the reason if policy refuses the certificate
  void prepare() {
    renewing.lock();
    try {
      if (held == null) {
        load(file).ifPresent(current -> held = new Held(current, load(file + ".previous")));
      }
      renewIfDue();
    } finally {
      renewing.unlock();
    }
  }

  /// Asks another issuer from now on; [#renewIfDue] acts on it.
  void demand(Endpoint other) {
    endpoint = other;
  }

  /// Renews if it is time.
  ///
  /// @return whether there is a new certificate now
  boolean renewIfDue() {
    renewing.lock();
    try {
      Held before = held;
      if (before != null && !isDue(before.current().certificate())) {
        return false;
      }
      held = replaced(before);
      return true;
    } finally {
      renewing.unlock();
    }
  }

  @Override
  public List<MessageKey> keys() {
    Held now = held;
    if (now == null) {
      throw new IllegalStateException("the keys of " + endpoint.name() + " are not prepared");
    }
    List<MessageKey> keys = new ArrayList<>();
    keys.add(now.current());
    now.previous()
        .filter(key -> !clock.instant().isAfter(key.certificate().notAfter()))
        .ifPresent(keys::add);
    return keys;
  }

  private boolean isDue(Certificate certificate) {
    Instant now = clock.instant();
    Duration lifetime = Duration.between(certificate.notBefore(), certificate.notAfter());
    return !certificate.names().equals(names())
        || !certificate.isSignedBy(issuer())
        || now.isBefore(certificate.notBefore())
        || now.isAfter(certificate.notAfter().minus(lifetime.dividedBy(3)));
  }

  private Certificate issuer() {
    return authority.certificatesOf(endpoint.issuer()).getFirst();
  }

  private SubjectNames names() {
    return SubjectNames.parse(
        endpoint.label().isEmpty() ? "CN=SCEP RA" : "CN=SCEP RA " + endpoint.label(), List.of());
  }

  private Held replaced(@Nullable Held before) {
    KeyPair keyPair = KeyPairs.generate(KeyType.RSA_2048);
    Certificate certificate = enroll(keyPair);
    DurableFile.privateFolder(folder);
    try {
      if (before != null) {
        copy(".key", Access.PRIVATE);
        copy(".pem", Access.PUBLIC);
      }
    } catch (IOException e) {
      throw new IllegalStateException(
          "the retiring key of " + endpoint.name() + " is unreadable", e);
    }
    // The key first: a crash between the two leaves a pair that does not match, which load() finds.
    DurableFile.write(
        folder.resolve(file + ".key"), KeyPairs.toPem(keyPair.getPrivate()), Access.PRIVATE);
    DurableFile.write(folder.resolve(file + ".pem"), certificate.toPem(), Access.PUBLIC);
    LOG.atInfo()
        .addKeyValue("endpoint", endpoint.name())
        .addKeyValue("serial", certificate.serialNumber())
        .addKeyValue("not-after", certificate.notAfter())
        .log("registration authority certificate issued");
    return new Held(
        new MessageKey(certificate, keyPair.getPrivate()),
        before == null ? Optional.empty() : Optional.of(before.current()));
  }

  private void copy(String suffix, Access access) throws IOException {
    DurableFile.write(
        folder.resolve(file + ".previous" + suffix),
        Files.readString(folder.resolve(file + suffix)),
        access);
  }

  private Certificate enroll(KeyPair keyPair) {
    CertificationRequest request = CertificationRequestBuilder.builder(names(), keyPair).build();
    Outcome outcome =
        authority.enroll(
            new EnrollmentRequest(
                new Endpoint(
                    "server",
                    "",
                    endpoint.issuer(),
                    PROFILE,
                    Endpoint.Authentication.CERTIFICATE,
                    List.of(),
                    List.of(),
                    Duration.ZERO),
                Operation.INITIAL,
                Requester.ServerItself.of(endpoint.name(), names(), PROFILE),
                request.template(),
                ProofOfPossession.verify(request),
                RequestId.fresh().value()));
    return switch (outcome) {
      case Outcome.Issued issued -> issued.chain().leaf();
      case Outcome.Pending _ ->
          throw new IllegalStateException(
              "the profile \"scep-ra\" has manual approval, so "
                  + endpoint.name()
                  + " cannot get its certificate");
      case Outcome.Refused refused ->
          throw new IllegalStateException(
              "the certificate of "
                  + endpoint.name()
                  + " was refused: "
                  + refused.refusal().sentence());
    };
  }

  private Optional<MessageKey> load(String name) {
    Path keyFile = folder.resolve(name + ".key");
    Path certificateFile = folder.resolve(name + ".pem");
    if (!Files.exists(keyFile) || !Files.exists(certificateFile)) {
      return Optional.empty();
    }
    try {
      PrivateKey key = KeyPairs.privateKeyOf(Files.readString(keyFile));
      List<Certificate> certificates = Certificate.parsePem(Files.readString(certificateFile));
      if (certificates.size() == 1 && belongTogether(key, certificates.getFirst())) {
        return Optional.of(new MessageKey(certificates.getFirst(), key));
      }
      LOG.atWarn()
          .addKeyValue("file", keyFile)
          .log("key and certificate do not belong together; they are not used");
    } catch (IOException | MalformedException e) {
      LOG.atWarn().addKeyValue("file", keyFile).setCause(e).log("a key is unreadable");
    }
    return Optional.empty();
  }

  private static boolean belongTogether(PrivateKey key, Certificate certificate) {
    byte[] probe = "scep".getBytes(StandardCharsets.UTF_8);
    return key.getAlgorithm().equals("RSA")
        && certificate.subjectPublicKeyInfo().isRsa()
        && SignatureAlgorithm.RSA_WITH_SHA256.verifies(
            certificate.subjectPublicKeyInfo(),
            probe,
            SignatureAlgorithm.RSA_WITH_SHA256.sign(key, probe));
  }
}
