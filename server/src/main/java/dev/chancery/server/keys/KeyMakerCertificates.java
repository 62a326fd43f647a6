package dev.chancery.server.keys;

import dev.chancery.authority.Authority;
import dev.chancery.authority.EnrollmentRequest;
import dev.chancery.authority.EnrollmentRequest.Operation;
import dev.chancery.authority.KeyPackageSigners;
import dev.chancery.authority.Outcome;
import dev.chancery.authority.endpoint.Endpoint;
import dev.chancery.authority.requester.Requester;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.certificate.CertificateChain;
import dev.chancery.pki.cms.KeyPackageSigner;
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
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One signing certificate per issuer, for the names of this server: whoever trusts the server by
/// its name can tell that a key came from it. Got through the one door like every other when the
/// first encrypted key is made, and anew when a third of its lifetime is left, the names change, or
/// the server starts: its key lives in memory only, apart from the TLS key. Thread-safe.
public final class KeyMakerCertificates implements KeyPackageSigners {
  private static final Logger LOG = LoggerFactory.getLogger(KeyMakerCertificates.class);

  /// The profile of the certificates: that of the server's TLS certificate.
  private static final String PROFILE = "server";

  private final Authority authority;
  private final Supplier<SubjectNames> names;
  private final Clock clock;

  /// Guards `signers`.
  private final ReentrantLock renewing = new ReentrantLock();

  private final Map<String, KeyPackageSigner> signers = new HashMap<>();

  /// Signers for a server.
  ///
  /// @param names those of the server, now
  public KeyMakerCertificates(Authority authority, Supplier<SubjectNames> names, Clock clock) {
    this.authority = authority;
    this.names = names;
    this.clock = clock;
  }

  @Override
  public KeyPackageSigner of(String issuer) {
    renewing.lock();
    try {
      KeyPackageSigner held = signers.get(issuer);
      if (held == null || isDue(held.certificate(), issuer)) {
        held = enroll(issuer);
        signers.put(issuer, held);
      }
      return held;
    } finally {
      renewing.unlock();
    }
  }

  private boolean isDue(Certificate certificate, String issuer) {
    Instant now = clock.instant();
    Duration lifetime = Duration.between(certificate.notBefore(), certificate.notAfter());
    return !certificate.names().equals(names.get())
        || !certificate.isSignedBy(authority.certificatesOf(issuer).getFirst())
        || now.isBefore(certificate.notBefore())
        || now.isAfter(certificate.notAfter().minus(lifetime.dividedBy(3)));
  }

  private KeyPackageSigner enroll(String issuer) {
    SubjectNames wanted = names.get();
    KeyPair keyPair = KeyPairs.generate(KeyType.P_256);
    CertificationRequest request = CertificationRequestBuilder.builder(wanted, keyPair).build();
    Outcome outcome =
        authority.enroll(
            new EnrollmentRequest(
                endpoint(issuer),
                Operation.INITIAL,
                Requester.ServerItself.asKeyMaker(wanted, PROFILE),
                request.template(),
                ProofOfPossession.verify(request),
                RequestId.fresh().value()));
    return switch (outcome) {
      case Outcome.Issued issued -> {
        LOG.atInfo()
            .addKeyValue("serial", issued.chain().leaf().serialNumber())
            .addKeyValue("issuer", issuer)
            .log("certificate for signing server-made keys issued");
        yield new KeyPackageSigner(keyPair.getPrivate(), withoutRoot(issued.chain()));
      }
      case Outcome.Pending _ ->
          throw new IllegalStateException(
              "the profile \"server\" has manual approval, so nobody can sign keys that are made"
                  + " here");
      case Outcome.Refused refused ->
          throw new IllegalStateException(
              "the certificate for signing server-made keys was refused: "
                  + refused.refusal().sentence());
    };
  }

  /// Whoever trusts the root has it.
  private static CertificateChain withoutRoot(CertificateChain chain) {
    return new CertificateChain(
        chain.leaf(), chain.authorities().stream().filter(one -> !one.isSelfIssued()).toList());
  }

  private static Endpoint endpoint(String issuer) {
    return new Endpoint(
        "server",
        "keys",
        issuer,
        PROFILE,
        Endpoint.Authentication.CERTIFICATE,
        List.of(),
        List.of(),
        Duration.ZERO);
  }
}
