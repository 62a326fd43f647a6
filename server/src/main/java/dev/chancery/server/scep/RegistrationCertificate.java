package dev.chancery.server.scep;

import dev.chancery.authority.Authority;
import dev.chancery.authority.EnrollmentRequest;
import dev.chancery.authority.EnrollmentRequest.Operation;
import dev.chancery.authority.Outcome;
import dev.chancery.authority.endpoint.Endpoint;
import dev.chancery.authority.requester.Requester;
import dev.chancery.authority.rollover.Generation;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.cms.MessageKey;
import dev.chancery.pki.key.KeyPairs;
import dev.chancery.pki.key.KeyType;
import dev.chancery.pki.name.SubjectNames;
import dev.chancery.pki.request.CertificationRequest;
import dev.chancery.pki.request.CertificationRequestBuilder;
import dev.chancery.pki.request.ProofOfPossession;
import dev.chancery.transport.RequestId;
import java.security.KeyPair;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// An RSA key and certificate of one endpoint's registration authority (SCEP-151): issued through
/// the one door, renewed with a new key when a third of its lifetime is left (SCEP-154).
/// Thread-safe.
final class RegistrationCertificate {
  /// What its key is for.
  enum Use {
    BOTH("scep-ra", ""),
    ENCRYPTION("scep-ra-encryption", " encryption"),
    SIGNATURE("scep-ra-signature", " signature");

    private final String profile;
    private final String inName;

    Use(String profile, String inName) {
      this.profile = profile;
      this.inName = inName;
    }
  }

  private static final Logger LOG = LoggerFactory.getLogger(RegistrationCertificate.class);

  private final KeyHome home;
  private final Authority authority;
  private final Clock clock;
  private final ReentrantLock renewing = new ReentrantLock();
  private volatile Endpoint endpoint;
  private volatile Use use;
  private volatile Generation generation;

  /// As the home gives them: the first is the current one.
  private volatile List<MessageKey> held = List.of();

  /// @param generation of the endpoint's issuer that the certificate shall be of
  RegistrationCertificate(
      KeyHome home,
      Endpoint endpoint,
      Use use,
      Generation generation,
      Authority authority,
      Clock clock) {
    this.home = home;
    this.endpoint = endpoint;
    this.use = use;
    this.generation = generation;
    this.authority = authority;
    this.clock = clock;
  }

  /// Asks another issuer, or for another use, from now on; [#renewIfDue] acts on it.
  void demand(Endpoint otherEndpoint, Use otherUse, Generation otherGeneration) {
    endpoint = otherEndpoint;
    use = otherUse;
    generation = otherGeneration;
  }

  /// Takes over what others have renewed, and renews if it is time, or if nothing is there yet.
  ///
  /// @return whether there is a new certificate now
  /// @throws IllegalStateException with the reason if policy refuses the certificate
  boolean renewIfDue() {
    renewing.lock();
    try {
      List<MessageKey> kept = home.keys();
      held = kept;
      if (kept.stream().anyMatch(key -> !isDue(key.certificate())) || !home.mayRenew()) {
        return false;
      }
      renew();
      held = home.keys();
      return true;
    } finally {
      renewing.unlock();
    }
  }

  /// Takes over what is there, and makes nothing.
  void load() {
    renewing.lock();
    try {
      held = home.keys();
    } finally {
      renewing.unlock();
    }
  }

  /// The current key first, then others, as their home gives them. Empty before there is one.
  List<MessageKey> held() {
    return held;
  }

  private boolean isDue(Certificate certificate) {
    Instant now = clock.instant();
    // In seconds: a Duration divides by way of BigDecimal, which takes 20 ms to come up at a start.
    long lifetime = Duration.between(certificate.notBefore(), certificate.notAfter()).toSeconds();
    return !certificate.names().equals(names())
        || !certificate.isSignedBy(generation.certificate())
        || now.isBefore(certificate.notBefore())
        || now.isAfter(certificate.notAfter().minusSeconds(lifetime / 3));
  }

  private SubjectNames names() {
    String label = endpoint.label().isEmpty() ? "" : " " + endpoint.label();
    return SubjectNames.parse("CN=SCEP RA" + label + use.inName, List.of());
  }

  private void renew() {
    KeyPair keyPair = KeyPairs.generate(KeyType.RSA_2048);
    Certificate certificate = enroll(keyPair);
    home.keep(certificate, keyPair.getPrivate());
    LOG.atInfo()
        .addKeyValue("endpoint", endpoint.name())
        .addKeyValue("serial", certificate.serialNumber())
        .addKeyValue("not-after", certificate.notAfter())
        .log("registration authority certificate issued");
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
                    use.profile,
                    Endpoint.Authentication.CERTIFICATE,
                    List.of(),
                    List.of(),
                    Duration.ZERO),
                Operation.INITIAL,
                Requester.ServerItself.of(endpoint.name(), names(), use.profile),
                request.template(),
                ProofOfPossession.verify(request),
                RequestId.fresh().value(),
                Optional.empty(),
                Optional.of(generation.id())));
    return switch (outcome) {
      case Outcome.Issued issued -> issued.chain().leaf();
      case Outcome.Pending _ ->
          throw new IllegalStateException(
              "the profile \""
                  + use.profile
                  + "\" has manual approval, so "
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
}
