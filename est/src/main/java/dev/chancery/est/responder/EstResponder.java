package dev.chancery.est.responder;

import dev.chancery.authority.Attempt;
import dev.chancery.authority.Authority;
import dev.chancery.authority.EnrollmentRequest;
import dev.chancery.authority.EnrollmentRequest.Operation;
import dev.chancery.authority.Expectation;
import dev.chancery.authority.Outcome;
import dev.chancery.authority.Refusal;
import dev.chancery.authority.RefusedException;
import dev.chancery.authority.ledger.LedgerUnavailableException;
import dev.chancery.authority.requester.CertificateAuthentication;
import dev.chancery.authority.requester.CredentialAuthentication;
import dev.chancery.authority.requester.Requester;
import dev.chancery.est.responder.ChannelBindingCheck.Link;
import dev.chancery.est.wire.CsrAttributes;
import dev.chancery.est.wire.EstBase64;
import dev.chancery.est.wire.EstOperation;
import dev.chancery.pki.MalformedException;
import dev.chancery.pki.cms.CertsOnly;
import dev.chancery.pki.request.CertificationRequest;
import dev.chancery.pki.request.ProofInvalidException;
import dev.chancery.pki.request.ProofOfPossession;
import dev.chancery.pki.request.WeakKeyException;
import dev.chancery.transport.MediaType;
import dev.chancery.transport.Method;
import dev.chancery.transport.Peer;
import dev.chancery.transport.Reply;
import dev.chancery.transport.Request;
import dev.chancery.transport.Responder;
import java.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Speaks EST (RFC 7030 with RFC 8951 and RFC 9908). Immutable and thread-safe.
public final class EstResponder implements Responder {
  private static final Logger LOG = LoggerFactory.getLogger(EstResponder.class);

  /// Two clients compare these to the letter (EST-050).
  private static final String CA_CERTIFICATES = "application/pkcs7-mime";

  private static final String CERTIFICATE = "application/pkcs7-mime; smime-type=certs-only";
  private static final String CSR_ATTRIBUTES = "application/csrattrs";

  private record Target(EstEndpoint endpoint, EstOperation operation) {}

  private final Map<String, Target> targets;
  private final Authority authority;
  private final EstAuthentication authentication;

  /// Serves `endpoints`.
  ///
  /// @throws IllegalArgumentException if two of them share a label, or if there are some but none
  ///   without label: clients that know no label must be served too (EST-023)
  public EstResponder(
      List<EstEndpoint> endpoints,
      Authority authority,
      CertificateAuthentication certificates,
      CredentialAuthentication credentials,
      Clock clock) {
    this.targets = targets(endpoints);
    this.authority = authority;
    this.authentication = new EstAuthentication(certificates, credentials, clock);
  }

  private static Map<String, Target> targets(List<EstEndpoint> endpoints) {
    Map<String, Target> targets = new LinkedHashMap<>();
    for (EstEndpoint endpoint : endpoints) {
      for (EstOperation operation : EstOperation.values()) {
        if (targets.put(endpoint.path(operation), new Target(endpoint, operation)) != null) {
          throw new IllegalArgumentException(
              "there are two endpoints called " + endpoint.endpoint().name());
        }
      }
    }
    if (!endpoints.isEmpty() && !targets.containsKey(EstOperation.CACERTS.path())) {
      throw new IllegalArgumentException("there is no EST endpoint without label");
    }
    return targets;
  }

  @Override
  public List<Route> routes() {
    List<Route> routes = new ArrayList<>();
    targets.forEach((path, target) ->
        routes.add(
            new Route(
                "est",
                target.endpoint().endpoint().name(),
                path,
                methods(target.operation()),
                Channel.TLS_ONLY)));
    return routes;
  }

  private static List<Method> methods(EstOperation operation) {
    return switch (operation) {
      case CACERTS, CSRATTRS -> List.of(Method.GET, Method.HEAD);
      case SIMPLEENROLL, SIMPLEREENROLL, FULLCMC, SERVERKEYGEN -> List.of(Method.POST);
    };
  }

  @Override
  public Reply respond(Request request) {
    Target target = targets.get(request.path());
    if (target == null || !(request.peer() instanceof Peer.Tls peer)) {
      // No listener routes such a request here; EST never answers in the clear (EST-001).
      return Reply.text(404, "there is no EST operation here");
    }
    return authentication.challenged(
        answerOrRefusal(request, target, peer), target.endpoint(), request);
  }

  private Reply answerOrRefusal(Request request, Target target, Peer.Tls peer) {
    try {
      return answer(request, target, peer);
    } catch (RefusedException e) {
      return refused(e.refusal(), request, target, peer);
    } catch (MalformedException e) {
      return refused(
          new Refusal(
              Refusal.Code.MALFORMED,
              e.safeMessage(),
              "send the Base64 of one PKCS#10 request in DER (RFC 8951 §3)"),
          request,
          target,
          peer);
    } catch (WeakKeyException e) {
      return refused(
          new Refusal(Refusal.Code.KEY_WEAK, e.weakness().explanation(), "make a stronger key"),
          request,
          target,
          peer);
    } catch (ProofInvalidException e) {
      return refused(
          new Refusal(
              Refusal.Code.PROOF_OF_POSSESSION_INVALID,
              "the request's signature does not verify with the key inside it",
              "sign the request with the private half of its key"),
          request,
          target,
          peer);
    } catch (LedgerUnavailableException e) {
      LOG.atError()
          .addKeyValue("request", request.id())
          .setCause(e)
          .log("ledger unavailable; the request was not answered");
      return EstRefusals.reply(
          new Refusal(
              Refusal.Code.LEDGER_UNAVAILABLE,
              "the server cannot look anything up now",
              "try again later"),
          realm(target));
    } catch (RuntimeException e) {
      LOG.atError().addKeyValue("request", request.id()).setCause(e).log("EST request failed");
      return EstRefusals.reply(
          new Refusal(
              Refusal.Code.INTERNAL,
              "the server failed on this request",
              "tell the operator the request id " + request.id()),
          realm(target));
    }
  }

  private Reply answer(Request request, Target target, Peer.Tls peer) {
    return switch (target.operation()) {
      case CACERTS -> caCertificates(target.endpoint());
      case CSRATTRS -> csrAttributes(request, target, peer);
      case SIMPLEENROLL -> enroll(request, target, peer, Operation.INITIAL);
      case SIMPLEREENROLL -> enroll(request, target, peer, Operation.RENEWAL);
      case FULLCMC, SERVERKEYGEN ->
          Reply.text(501, target.operation().segment() + " is not offered by this server");
    };
  }

  /// `GET /cacerts` (RFC 7030 §4.1.2), for anybody.
  private Reply caCertificates(EstEndpoint endpoint) {
    byte[] certificates = CertsOnly.encode(authority.certificatesOf(endpoint.endpoint().issuer()));
    return encoded(endpoint, CA_CERTIFICATES, certificates);
  }

  /// `GET /csrattrs` (RFC 7030 §4.5), for anybody. Whoever authenticates is told what it may ask
  /// for itself; whoever does not, or fails to, what the endpoint wants of everybody (EST-190).
  private Reply csrAttributes(Request request, Target target, Peer.Tls peer) {
    EstEndpoint endpoint = target.endpoint();
    if (endpoint.csrAttributes() == CsrAttributesForm.NONE) {
      return Reply.of(204);
    }
    Optional<Expectation> own =
        whoever(request, target, peer)
            .flatMap(requester -> expectation(endpoint, Optional.of(requester)));
    Expectation expected =
        own.orElseGet(() -> authority.expectation(endpoint.endpoint(), Optional.empty()));
    // Announced only where it can be verified, or clients would send what is then refused
    // (EST-244).
    List<String> demanded =
        endpoint.linking() == ChannelBindingDemand.REQUIRED && ChannelBindingCheck.isPossible(peer)
            ? List.of(endpoint.linkingAttribute().oid())
            : List.of();
    CsrAttributes attributes = Announcement.of(expected, endpoint.csrAttributes(), demanded);
    if (attributes.isEmpty()) {
      return Reply.of(204);
    }
    Reply reply = encoded(endpoint, CSR_ATTRIBUTES, attributes.encode());
    return own.isPresent() ? reply.with("Cache-Control", "no-store") : reply;
  }

  /// The requester, if it cares to say who it is and can prove it.
  private Optional<Requester> whoever(Request request, Target target, Peer.Tls peer) {
    try {
      return authentication.authenticateIfOffered(target.endpoint(), request, peer);
    } catch (RefusedException e) {
      if (e.refusal().code() == Refusal.Code.CREDENTIAL_UNKNOWN) {
        // A guess, here as elsewhere; how many there can be, the limit on wrong secrets says.
        audit(e.refusal(), request, target, peer);
      }
      return Optional.empty();
    } catch (MalformedException e) {
      return Optional.empty();
    }
  }

  private Optional<Expectation> expectation(EstEndpoint endpoint, Optional<Requester> requester) {
    try {
      return Optional.of(authority.expectation(endpoint.endpoint(), requester));
    } catch (RefusedException entitledToNothing) {
      return Optional.empty();
    }
  }

  /// `POST /simpleenroll` and `POST /simplereenroll` (RFC 7030 §4.2).
  private Reply enroll(Request request, Target target, Peer.Tls peer, Operation operation) {
    var endpoint = target.endpoint().endpoint();
    // A one-time password is inside the request, so that has to be read before it is known who
    // asks.
    Optional<CertificationRequest> early =
        target.endpoint().oneTimePassword() == OneTimePasswordAttribute.ACCEPTED
                && isPkcs10(request)
            ? Optional.of(csr(request))
            : Optional.empty();
    // Otherwise first: no stranger reaches the parser.
    var requester =
        authentication.authenticate(
            target.endpoint(),
            request,
            peer,
            operation,
            early.flatMap(CertificationRequest::otpChallenge));
    if (!isPkcs10(request)) {
      return wrongMediaType(request, target, peer);
    }
    var csr = early.orElseGet(() -> csr(request));
    refuseWhatCannotBeProcessed(csr, target.endpoint());
    var proof = ProofOfPossession.verify(csr);
    var link = ChannelBindingCheck.check(csr, requester, peer, target.endpoint().linking());

    Reply reply =
        switch (authority.enroll(
            new EnrollmentRequest(
                endpoint, operation, requester, csr.template(), proof, request.id().value()))) {
          case Outcome.Issued issued ->
              encoded(
                      target.endpoint(),
                      CERTIFICATE,
                      CertsOnly.encode(List.of(issued.chain().leaf())))
                  .with("Cache-Control", "no-store");
          case Outcome.Pending pending ->
              Reply.of(202).retryAfter(pending.retryAfter()).with("Cache-Control", "no-store");
          case Outcome.Refused refused ->
              explained(refused.refusal(), csr, requester, target)
                  .orElseGet(() -> EstRefusals.reply(refused.refusal(), realm(target)));
        };
    return link == Link.TLS_EXPORTER ? reply.with("Connection", "close") : reply;
  }

  private static CertificationRequest csr(Request request) {
    return CertificationRequest.parse(EstBase64.decode(request.body()));
  }

  /// An attribute of RFC 7894 is processed successfully or the request fails (§3).
  private static void refuseWhatCannotBeProcessed(CertificationRequest csr, EstEndpoint endpoint) {
    if (csr.revocationChallenge().isPresent()) {
      throw new RefusedException(
          Refusal.Code.MALFORMED,
          "the request has a revocationChallenge (RFC 7894), which this server does not process",
          "leave it out; certificates are revoked by the operator");
    }
    if (csr.otpChallenge().isPresent()
        && endpoint.oneTimePassword() == OneTimePasswordAttribute.REFUSED) {
      throw new RefusedException(
          Refusal.Code.MALFORMED,
          "the request has an otpChallenge (RFC 7894), which this endpoint does not take",
          "send the credential with HTTP Basic, or ask the operator to set one-time-password-attribute");
    }
  }

  /// 400 with the first deviation from what csrattrs announces, if that is what stands behind the
  /// refusal (EST-198).
  private Optional<Reply> explained(
      Refusal refusal, CertificationRequest csr, Requester requester, Target target) {
    EstEndpoint endpoint = target.endpoint();
    if (endpoint.csrAttributes() == CsrAttributesForm.NONE) {
      return Optional.empty();
    }
    return expectation(endpoint, Optional.of(requester))
        .flatMap(own ->
            expectation(endpoint, Optional.empty())
                .flatMap(
                    everybody -> Deviation.behind(refusal.code(), csr.template(), own, everybody)))
        .map(deviation ->
            new Refusal(
                refusal.code(),
                refusal.what() + "; the first deviation from csrattrs is that " + deviation,
                refusal.hint()))
        .map(explained -> Reply.text(400, explained.sentence()));
  }

  private static boolean isPkcs10(Request request) {
    return request
        .headers()
        .first("Content-Type")
        .flatMap(MediaType::parse)
        .map(type -> type.is("application/pkcs10"))
        .orElse(false);
  }

  private Reply wrongMediaType(Request request, Target target, Peer.Tls peer) {
    Refusal audited =
        audit(
            new Refusal(
                Refusal.Code.MALFORMED,
                "the request's Content-Type is not application/pkcs10",
                "send it with Content-Type: application/pkcs10"),
            request,
            target,
            peer);
    return audited.code() == Refusal.Code.MALFORMED
        ? Reply.text(415, audited.sentence())
        : EstRefusals.reply(audited, realm(target));
  }

  private Reply refused(Refusal refusal, Request request, Target target, Peer.Tls peer) {
    return EstRefusals.reply(audit(refusal, request, target, peer), realm(target));
  }

  /// What to answer: `refusal`, or that it could not be recorded.
  private Refusal audit(Refusal refusal, Request request, Target target, Peer.Tls peer) {
    Attempt attempt =
        new Attempt(
            target.endpoint().endpoint(),
            target.operation().segment(),
            request.id().value(),
            peer.address(),
            EstAuthentication.claimed(request, peer));
    return authority.refuse(attempt, refusal).refusal();
  }

  private static Reply encoded(EstEndpoint endpoint, String contentType, byte[] der) {
    Reply reply = Reply.of(200, contentType, EstBase64.encode(der, endpoint.base64()));
    return switch (endpoint.transferEncoding()) {
      case SENT -> reply.with("Content-Transfer-Encoding", "base64");
      case OMITTED -> reply;
    };
  }

  private static String realm(Target target) {
    return target.endpoint().endpoint().name();
  }
}
