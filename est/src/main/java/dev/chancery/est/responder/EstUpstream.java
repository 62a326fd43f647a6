package dev.chancery.est.responder;

import dev.chancery.authority.EnrollmentRequest.Operation;
import dev.chancery.authority.relay.Upstream;
import dev.chancery.est.client.ClientAuthentication;
import dev.chancery.est.client.Enrollment;
import dev.chancery.est.client.EstClient;
import dev.chancery.est.client.EstClientException;
import dev.chancery.est.wire.CsrAttributes;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.certificate.TrustAnchors;
import dev.chancery.pki.request.CertificationRequest;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Another EST server behind an endpoint. This one speaks to it as a registration authority, with a
/// certificate that has id-kp-cmcRA (RFC 7030 §3.7). Thread-safe.
public final class EstUpstream {
  /// Anybody may ask for CA certificates and attributes, so not every question is passed on.
  private static final Duration REMEMBERED = Duration.ofMinutes(5);

  private final String name;
  private final EstClient client;
  private final TrustAnchors anchors;
  private final ClientAuthentication.Holder authority;
  private final Remembered<List<Certificate>> caCertificates;
  private final Remembered<CsrAttributes> csrAttributes;

  /// A server.
  ///
  /// @param name of the server for audit and log, such as its URL
  /// @param anchors what it and the certificates that it issues chain to
  /// @param authority our certificate there
  public EstUpstream(
      String name,
      EstClient client,
      TrustAnchors anchors,
      ClientAuthentication.Holder authority,
      Clock clock) {
    this.name = name;
    this.client = client;
    this.anchors = anchors;
    this.authority = authority;
    this.caCertificates = new Remembered<>(() -> client.caCertificates(anchors), clock);
    this.csrAttributes = new Remembered<>(() -> client.csrAttributes(anchors), clock);
  }

  String name() {
    return name;
  }

  /// Those of its CA, at most five minutes old.
  ///
  /// @throws EstClientException if it does not say
  List<Certificate> caCertificates() {
    return caCertificates.get();
  }

  /// What it wants to see in requests, at most five minutes old.
  ///
  /// @throws EstClientException if it does not say
  CsrAttributes csrAttributes() {
    return csrAttributes.get();
  }

  /// Sends `request` on as it is. No password of the client goes along: the server trusts us.
  Upstream.Answer send(Operation operation, CertificationRequest request) {
    try {
      Enrollment answer =
          switch (operation) {
            case INITIAL -> client.enroll(withIntermediates(), authority, request);
            case RENEWAL -> client.reenroll(withIntermediates(), authority, request);
          };
      return switch (answer) {
        case Enrollment.Issued issued -> new Upstream.Answer.Issued(issued.certificate());
        case Enrollment.Pending pending -> new Upstream.Answer.Pending(pending.retryAfter());
      };
    } catch (EstClientException.Refused e) {
      return new Upstream.Answer.Refused(e.status(), e.explanation());
    } catch (EstClientException e) {
      String message = e.getMessage();
      return new Upstream.Answer.Unavailable(message == null ? e.toString() : message);
    }
  }

  /// An answer holds one certificate; what is between it and the roots, the CA certificates tell.
  private TrustAnchors withIntermediates() {
    List<Certificate> intermediates = new ArrayList<>(anchors.intermediates());
    intermediates.addAll(caCertificates());
    intermediates.removeAll(anchors.anchors());
    return new TrustAnchors(anchors.name(), anchors.anchors(), intermediates);
  }

  /// A value that is fetched again when it is too old.
  private static final class Remembered<T> {
    private record Fetched<T>(T value, Instant at) {}

    private final Supplier<T> source;
    private final Clock clock;
    private final ReentrantLock fetching = new ReentrantLock();
    private @Nullable Fetched<T> last;

    Remembered(Supplier<T> source, Clock clock) {
      this.source = source;
      this.clock = clock;
    }

    T get() {
      fetching.lock();
      try {
        Fetched<T> known = last;
        if (known == null || clock.instant().isAfter(known.at().plus(REMEMBERED))) {
          known = new Fetched<>(source.get(), clock.instant());
          last = known;
        }
        return known.value();
      } finally {
        fetching.unlock();
      }
    }
  }
}
