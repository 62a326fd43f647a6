package dev.chancery.agent.enrollment;

import dev.chancery.est.client.ClientAuthentication;
import dev.chancery.est.client.Enrollment;
import dev.chancery.est.client.EstClient;
import dev.chancery.est.client.EstClientException;
import dev.chancery.est.client.EstServer;
import dev.chancery.est.client.Fingerprint;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.certificate.TrustAnchors;
import dev.chancery.pki.name.SubjectNames;
import dev.chancery.pki.request.CertificationRequest;
import dev.chancery.pki.request.CertificationRequestBuilder;
import java.security.KeyPair;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;

/// Enrols over EST (RFC 7030).
public final class EstEnroller implements Enroller {
  private final EstClient client;

  public EstEnroller(EstServer server, Duration timeout, Clock clock) {
    this.client = new EstClient(server, timeout, clock);
  }

  @Override
  public TrustAnchors bootstrap(Fingerprint pinned) {
    return orFailed(() -> client.bootstrap(pinned));
  }

  @Override
  public List<Certificate> caCertificates(TrustAnchors anchors) {
    return orFailed(() -> client.caCertificates(anchors));
  }

  private static <T> T orFailed(Supplier<T> call) {
    try {
      return call.get();
    } catch (EstClientException e) {
      Optional<Duration> retryAfter =
          e instanceof EstClientException.Refused refused ? refused.retryAfter() : Optional.empty();
      throw new FailedException(failure(e), retryAfter, e);
    }
  }

  @Override
  public Answer enroll(TrustAnchors anchors, Proof proof, KeyPair key, SubjectNames names) {
    return answer(() -> client.enroll(anchors, authentication(proof), request(key, names)));
  }

  @Override
  public Answer renew(TrustAnchors anchors, Proof.Holder holder, KeyPair key, SubjectNames names) {
    return answer(() -> client.reenroll(anchors, est(holder), request(key, names)));
  }

  private static CertificationRequest request(KeyPair key, SubjectNames names) {
    return CertificationRequestBuilder.builder(names, key).build();
  }

  private static ClientAuthentication authentication(Proof proof) {
    return switch (proof) {
      case Proof.Credential credential ->
          new ClientAuthentication.Credential(credential.id(), credential.secret());
      case Proof.Holder holder -> est(holder);
    };
  }

  private static ClientAuthentication.Holder est(Proof.Holder holder) {
    return new ClientAuthentication.Holder(holder.key(), holder.chain());
  }

  private static Answer answer(Supplier<Enrollment> call) {
    try {
      return switch (call.get()) {
        case Enrollment.Issued issued -> new Answer.Issued(issued.certificate(), issued.others());
        case Enrollment.Pending pending -> new Answer.Pending(Optional.of(pending.retryAfter()));
      };
    } catch (EstClientException.Refused e) {
      return e.isForNow()
          ? new Answer.Later(words(e), e.retryAfter())
          : new Answer.Refused(words(e), e.retryAfter());
    } catch (EstClientException e) {
      return new Answer.Failed(failure(e));
    }
  }

  private static Failure failure(EstClientException e) {
    Failure.Code code =
        switch (e) {
          case EstClientException.Refused refused ->
              refused.isForNow() ? Failure.Code.UNAVAILABLE : Failure.Code.REFUSED;
          case EstClientException.Untrusted untrusted -> Failure.Code.UNTRUSTED;
          case EstClientException.Transport transport -> Failure.Code.UNREACHABLE;
          // The server demands what the agent cannot give: as good as a no.
          case EstClientException.Unable unable -> Failure.Code.REFUSED;
        };
    return new Failure(code, words(e));
  }

  private static String words(EstClientException e) {
    return Objects.requireNonNullElse(e.getMessage(), e.getClass().getSimpleName());
  }
}
