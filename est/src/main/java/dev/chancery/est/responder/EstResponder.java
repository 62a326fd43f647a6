package dev.chancery.est.responder;

import dev.chancery.authority.Attempt;
import dev.chancery.authority.Authority;
import dev.chancery.authority.DeliverableKey;
import dev.chancery.authority.EnrollmentRequest.Operation;
import dev.chancery.authority.Refusal;
import dev.chancery.authority.RefusedException;
import dev.chancery.authority.ServerKeyOutcome;
import dev.chancery.authority.ServerKeys;
import dev.chancery.authority.requester.CertificateAuthentication;
import dev.chancery.authority.requester.CredentialAuthentication;
import dev.chancery.authority.requester.Requester;
import dev.chancery.est.responder.ChannelBindingCheck.Link;
import dev.chancery.est.responder.EstOperations.Decision;
import dev.chancery.est.wire.CsrAttributes;
import dev.chancery.est.wire.EstBase64;
import dev.chancery.est.wire.EstOperation;
import dev.chancery.est.wire.MultipartMixed;
import dev.chancery.pki.MalformedException;
import dev.chancery.pki.certificate.CertificateChain;
import dev.chancery.pki.cms.CertsOnly;
import dev.chancery.pki.request.CertificationRequest;
import dev.chancery.transport.MediaType;
import dev.chancery.transport.Method;
import dev.chancery.transport.Peer;
import dev.chancery.transport.Reply;
import dev.chancery.transport.Request;
import dev.chancery.transport.Responder;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Speaks EST (RFC 7030 with RFC 8951 and RFC 9908). Immutable and thread-safe.
public final class EstResponder implements Responder {
  /// Two clients compare these to the letter (EST-050).
  private static final String CA_CERTIFICATES = "application/pkcs7-mime";

  private static final String CERTIFICATE = "application/pkcs7-mime; smime-type=certs-only";
  private static final String PRIVATE_KEY = "application/pkcs8";
  private static final String ENVELOPED_KEY =
      "application/pkcs7-mime; smime-type=server-generated-key";
  private static final String CSR_ATTRIBUTES = "application/csrattrs";

  private record Target(EstEndpoint endpoint, EstOperation operation) {}

  private final Map<String, Target> targets;
  private final Authority authority;
  private final EstAuthentication authentication;
  private final EstOperations operations;

  /// Serves `endpoints`.
  ///
  /// @throws IllegalArgumentException if two of them share a label, or if there are some but none
  ///   without label: clients that know no label must be served too (EST-023)
  public EstResponder(
      List<EstEndpoint> endpoints,
      Authority authority,
      CertificateAuthentication certificates,
      CredentialAuthentication credentials,
      ServerKeys serverKeys,
      EstUpstreams upstreams,
      Clock clock) {
    this.targets = targets(endpoints);
    this.authority = authority;
    this.authentication = new EstAuthentication(certificates, credentials, clock);
    this.operations = new EstOperations(authority, serverKeys, upstreams);
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
    } catch (RuntimeException e) {
      return EstOperations.explained(e, "the Base64 of one PKCS#10 request in DER (RFC 8951 §3)")
          .map(refusal -> refused(refusal, request, target, peer))
          .orElseGet(() -> EstRefusals.reply(EstOperations.failed(e, request.id()), realm(target)));
    }
  }

  private Reply answer(Request request, Target target, Peer.Tls peer) {
    return switch (target.operation()) {
      case CACERTS -> caCertificates(target.endpoint());
      case CSRATTRS -> csrAttributes(request, target, peer);
      case SIMPLEENROLL -> enroll(request, target, peer, Operation.INITIAL);
      case SIMPLEREENROLL -> enroll(request, target, peer, Operation.RENEWAL);
      case SERVERKEYGEN ->
          switch (operations.keysMadeHere(target.endpoint())) {
            case ServerKeyOffer.Off() -> notOffered(target);
            case ServerKeyOffer.Offered offered -> serverKey(request, target, peer, offered);
          };
      case FULLCMC -> notOffered(target);
    };
  }

  private static Reply notOffered(Target target) {
    return Reply.text(501, target.operation().segment() + " is not offered by this server");
  }

  /// `GET /cacerts` (RFC 7030 §4.1.2), for anybody.
  private Reply caCertificates(EstEndpoint endpoint) {
    return encoded(
        endpoint, CA_CERTIFICATES, CertsOnly.encode(operations.caCertificates(endpoint)));
  }

  /// `GET /csrattrs` (RFC 7030 §4.5), for anybody. Whoever authenticates is told what it may ask
  /// for itself; whoever does not, or fails to, what the endpoint wants of everybody (EST-190).
  private Reply csrAttributes(Request request, Target target, Peer.Tls peer) {
    Optional<Requester> requester = whoever(request, target, peer);
    CsrAttributes attributes = operations.csrAttributes(target.endpoint(), requester, peer);
    if (attributes.isEmpty()) {
      return Reply.of(204);
    }
    Reply reply = encoded(target.endpoint(), CSR_ATTRIBUTES, attributes.encode());
    return requester.isPresent() ? reply.with("Cache-Control", "no-store") : reply;
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

  /// `POST /simpleenroll` and `POST /simplereenroll` (RFC 7030 §4.2).
  private Reply enroll(Request request, Target target, Peer.Tls peer, Operation operation) {
    var endpoint = target.endpoint();
    // A one-time password is inside the request, so that has to be read before it is known who
    // asks.
    Optional<CertificationRequest> early =
        endpoint.oneTimePassword() == OneTimePasswordAttribute.ACCEPTED && isPkcs10(request)
            ? Optional.of(csr(request))
            : Optional.empty();
    // Otherwise first: no stranger reaches the parser.
    var requester =
        authentication.authenticate(
            endpoint, request, peer, operation, early.flatMap(CertificationRequest::otpChallenge));
    if (!isPkcs10(request)) {
      return wrongMediaType(request, target, peer);
    }
    var csr = early.orElseGet(() -> csr(request));
    operations.refuseUnprocessed(csr, endpoint, endpoint.oneTimePassword());
    var enrolled = operations.enroll(endpoint, operation, requester, csr, peer, request.id());
    Reply reply =
        switch (enrolled.decision()) {
          case Decision.Issued issued ->
              encoded(endpoint, CERTIFICATE, CertsOnly.encode(List.of(issued.certificate())))
                  .with("Cache-Control", "no-store");
          case Decision.Pending pending ->
              Reply.of(202).retryAfter(pending.retryAfter()).with("Cache-Control", "no-store");
          case Decision.Refused refused -> EstRefusals.reply(refused.refusal(), realm(target));
          case Decision.Deviating(Refusal explained) -> Reply.text(400, explained.sentence());
          case Decision.RefusedUpstream(int status, String text) ->
              EstRefusals.passedOn(status, text);
        };
    return enrolled.link() == Link.TLS_EXPORTER ? reply.with("Connection", "close") : reply;
  }

  private static CertificationRequest csr(Request request) {
    return CertificationRequest.parse(EstBase64.decode(request.body()));
  }

  /// `POST /serverkeygen` (RFC 7030 §4.4, RFC 8951 §3.2.4).
  private Reply serverKey(
      Request request, Target target, Peer.Tls peer, ServerKeyOffer.Offered offered) {
    var requester =
        authentication.authenticate(target.endpoint(), request, peer, Operation.INITIAL);
    if (!isPkcs10(request)) {
      return wrongMediaType(request, target, peer);
    }
    var csr = CertificationRequest.parseIgnoringSignature(EstBase64.decode(request.body()));
    var made = operations.serverKey(target.endpoint(), offered, requester, csr, peer, request.id());
    Reply reply =
        switch (made.outcome()) {
          case ServerKeyOutcome.Issued(var chain, var key) -> {
            try (key) {
              yield keyAndCertificate(target.endpoint(), key, chain);
            }
          }
          case ServerKeyOutcome.Pending pending ->
              Reply.of(202).retryAfter(pending.retryAfter()).with("Cache-Control", "no-store");
          case ServerKeyOutcome.Refused refused ->
              EstRefusals.reply(refused.refusal(), realm(target));
        };
    return made.link() == Link.TLS_EXPORTER ? reply.with("Connection", "close") : reply;
  }

  /// Two parts: the key, and the certificate as `/simpleenroll` would send it.
  private static Reply keyAndCertificate(
      EstEndpoint endpoint, DeliverableKey key, CertificateChain chain) {
    byte[] der = key.bytes();
    try {
      MultipartMixed.Encoded message =
          MultipartMixed.encode(
              List.of(
                  part(
                      endpoint,
                      switch (key.form()) {
                        case CLEAR -> PRIVATE_KEY;
                        case ENVELOPED -> ENVELOPED_KEY;
                      },
                      der),
                  part(endpoint, CERTIFICATE, CertsOnly.encode(List.of(chain.leaf())))));
      return Reply.of(200, message.contentType(), message.body()).with("Cache-Control", "no-store");
    } finally {
      Arrays.fill(der, (byte) 0);
    }
  }

  private static MultipartMixed.Laid part(EstEndpoint endpoint, String contentType, byte[] der) {
    String type = "Content-Type: " + contentType;
    return new MultipartMixed.Laid(
        switch (endpoint.transferEncoding()) {
          case SENT -> List.of(type, "Content-Transfer-Encoding: base64");
          case OMITTED -> List.of(type);
        },
        EstBase64.encode(der, endpoint.base64()));
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
