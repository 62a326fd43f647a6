package dev.chancery.est.client;

import dev.chancery.est.client.CoapsSession.Answer;
import dev.chancery.est.client.EstClientException.Code;
import dev.chancery.est.wire.CoapContentFormat;
import dev.chancery.est.wire.CoapOperation;
import dev.chancery.est.wire.CsrAttributes;
import dev.chancery.est.wire.EstOperation;
import dev.chancery.pki.MalformedException;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.certificate.TrustAnchors;
import dev.chancery.pki.cms.CertsOnly;
import dev.chancery.pki.request.CertificationRequest;
import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateException;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/// Enrols over CoAP and DTLS (RFC 9148): EST for devices that have no HTTP and no TLS. All calls of
/// one client share a DTLS session. Needs Californium (`californium-core`, `scandium`) beside this
/// module. Not for use by several threads at the same time.
///
/// There is no bootstrap without anchors and no password: both sides show certificates, always (RFC
/// 9148 §3).
public final class EstCoapClient implements AutoCloseable {
  private final ClientAuthentication.Holder holder;
  private final Consumer<EstWarning> warnings;
  private final Clock clock;
  private final ServerTrustFor trustFor;
  private final CoapsSession session;
  private TrustAnchors anchors;

  /// Makes a [ServerTrust] for other anchors and the same server.
  @FunctionalInterface
  private interface ServerTrustFor {
    ServerTrust in(TrustAnchors anchors);
  }

  private EstCoapClient(
      EstServer server,
      TrustAnchors anchors,
      ClientAuthentication.Holder holder,
      Consumer<EstWarning> warnings,
      Clock clock,
      CoapsSession session) {
    this.anchors = anchors;
    this.holder = holder;
    this.warnings = warnings;
    this.clock = clock;
    this.trustFor = other -> ServerTrust.in(other, server.host(), server.host(), clock);
    this.session = session;
  }

  /// Makes ready; the first call opens the session.
  ///
  /// @param server see [EstServer#parseCoaps]
  /// @param anchors what the server and the certificates that it sends chain to; at least one
  /// @param holder the device's certificate, with a key on P-256: the manufacturer's at first
  /// @param timeout for each answer, with all its blocks
  /// @throws EstClientException if there are no anchors (EST-304), or this side cannot do it
  public static EstCoapClient open(
      EstServer server,
      TrustAnchors anchors,
      ClientAuthentication.Holder holder,
      Duration timeout,
      Consumer<EstWarning> warnings,
      Clock clock) {
    if (anchors.anchors().isEmpty()) {
      throw new EstClientException.Untrusted(
          Code.SERVER_UNTRUSTED,
          "there are no trust anchors, and over CoAP there is no way to begin without them",
          null);
    }
    return new EstCoapClient(
        server,
        anchors,
        holder,
        warnings,
        clock,
        CoapsSession.open(server, anchors, holder, timeout, clock));
  }

  /// Gets the CA certificates. Those that do not chain to the anchors are left out.
  ///
  /// @throws EstClientException if there is no usable answer
  public List<Certificate> caCertificates() {
    return fetched().believed(anchors);
  }

  /// Gets the CA certificates and makes them the explicit database from now on, as
  /// [EstClient#refreshedAnchors] does, for the calls that follow too. A server that they do not
  /// vouch for is left (EST-313).
  ///
  /// @throws EstClientException if there is no usable answer; keep the anchors
  public TrustAnchors refreshedAnchors() {
    TrustAnchors adopted = fetched().adopted(anchors);
    try {
      trustFor.in(adopted).check(session.serverChain().orElseThrow());
      anchors = adopted;
      return adopted;
    } catch (CertificateException e) {
      session.close();
      throw new EstClientException.Untrusted(
          Code.SERVER_UNTRUSTED,
          "the CA certificates that the server sent do not vouch for the server itself",
          e);
    }
  }

  private CaCertificates fetched() {
    Answer answer = answered(session.get(CoapOperation.CRTS), 205);
    return new CaCertificates(certificates(answer), clock.instant());
  }

  /// What the server wants to see in requests; empty if it has nothing to say.
  ///
  /// @throws EstClientException if there is no usable answer
  public CsrAttributes csrAttributes() {
    Answer answer = session.get(CoapOperation.ATT);
    if (answer.status() == 404 || answer.status() == 501) {
      return new CsrAttributes(List.of());
    }
    answered(answer, 205);
    expect(answer, CoapContentFormat.CSR_ATTRIBUTES);
    try {
      return CsrAttributes.parse(answer.payload().toByteArray());
    } catch (MalformedException e) {
      throw notEst(e.safeMessage());
    }
  }

  /// Asks for a certificate (`sen`) and verifies what comes back.
  ///
  /// @return [Enrollment.Pending] for 5.03: send the same request again after that time (EST-309)
  /// @throws EstClientException as [EstClient#enroll] does
  public Enrollment enroll(CertificationRequest request) {
    return send(CoapOperation.SEN, EstOperation.SIMPLEENROLL, request);
  }

  /// Asks for the successor of the certificate that this client shows (`sren`), and verifies that
  /// it bears the same names.
  ///
  /// @throws EstClientException as [EstClient#reenroll] does
  public Enrollment reenroll(CertificationRequest request) {
    return send(CoapOperation.SREN, EstOperation.SIMPLEREENROLL, request);
  }

  private Enrollment send(
      CoapOperation operation, EstOperation meaning, CertificationRequest request) {
    Answer answer = session.post(operation, request.der().toByteArray());
    noticeWhoVouches();
    if (answer.status() == 503) {
      return new Enrollment.Pending(Patience.DEFAULT.bounded(answer.maxAge()));
    }
    List<Certificate> received = certificates(answered(answer, 204));
    Certificate certificate =
        EstClient.verified(
            received, anchors, request.template().subjectPublicKey(), clock.instant());
    EstClient.checkNames(meaning, holder, request, certificate);
    return EstClient.issued(certificate, received);
  }

  /// RFC 9148 §9.2 (EST-316).
  private void noticeWhoVouches() {
    boolean authority =
        session
            .serverChain()
            .map(List::getFirst)
            .filter(ServerIdentity::isRegistrationAuthority)
            .isPresent();
    if (!EstClient.areExplicit(anchors) && !authority) {
      warnings.accept(EstWarning.NO_REGISTRATION_AUTHORITY);
    }
  }

  private static List<Certificate> certificates(Answer answer) {
    try {
      if (answer.format() == CoapContentFormat.PKIX_CERT) {
        return List.of(Certificate.parse(answer.payload().toByteArray()));
      }
      expect(answer, CoapContentFormat.CERTS_ONLY);
      List<Certificate> certificates = CertsOnly.parse(answer.payload().toByteArray());
      if (certificates.isEmpty()) {
        throw notEst("it holds no certificate");
      }
      return certificates;
    } catch (MalformedException e) {
      throw notEst(e.safeMessage());
    }
  }

  private static Answer answered(Answer answer, int success) {
    if (answer.status() == success) {
      return answer;
    }
    if (answer.status() < 400) {
      throw notEst("its code is " + answer.status() / 100 + ".0" + answer.status() % 100);
    }
    throw new EstClientException.Refused(
        answer.status(),
        Explanation.sanitized(new String(answer.payload().toByteArray(), StandardCharsets.UTF_8)),
        answer.status() == 503 ? Optional.of(answer.maxAge()) : Optional.empty());
  }

  private static void expect(Answer answer, int format) {
    if (answer.format() != format) {
      throw notEst("its Content-Format is " + answer.format() + " instead of " + format);
    }
  }

  private static EstClientException notEst(String why) {
    return new EstClientException.Transport(
        Code.NOT_EST, "the server's answer is not one of EST-coaps: " + why, null);
  }

  /// Ends the session.
  @Override
  public void close() {
    session.close();
  }
}
