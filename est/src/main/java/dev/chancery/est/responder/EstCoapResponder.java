package dev.chancery.est.responder;

import dev.chancery.authority.Attempt;
import dev.chancery.authority.Authority;
import dev.chancery.authority.EnrollmentRequest.Operation;
import dev.chancery.authority.Refusal;
import dev.chancery.authority.requester.CertificateAuthentication;
import dev.chancery.authority.requester.Requester;
import dev.chancery.est.responder.EstOperations.Decision;
import dev.chancery.est.wire.CoapContentFormat;
import dev.chancery.est.wire.CoapOperation;
import dev.chancery.est.wire.CsrAttributes;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.cms.CertsOnly;
import dev.chancery.pki.request.CertificationRequest;
import dev.chancery.transport.Method;
import dev.chancery.transport.coap.CoapCode;
import dev.chancery.transport.coap.CoapReply;
import dev.chancery.transport.coap.CoapRequest;
import dev.chancery.transport.coap.CoapResponder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Speaks EST-coaps (RFC 9148): the operations of [EstOperations] with short names, raw DER and
/// CoAP's codes. Every function wants a client certificate that is good at its endpoint, also
/// `crts` and `att` (EST-303). Immutable and thread-safe.
public final class EstCoapResponder implements CoapResponder {
  /// What is routed and shown in discovery. `skg` and `skc` join when there is server-side key
  /// generation; until then they are 4.04.
  private static final List<CoapOperation> OFFERED =
      List.of(CoapOperation.CRTS, CoapOperation.SEN, CoapOperation.SREN, CoapOperation.ATT);

  private record Target(EstEndpoint endpoint, CoapOperation operation) {}

  private final Map<String, Target> targets;
  private final Authority authority;
  private final CertificateAuthentication certificates;
  private final EstOperations operations;

  /// Serves those of `endpoints` that [EstEndpoint#isForCoap] lets.
  ///
  /// @throws IllegalArgumentException if the one without label is not among them: it must work (RFC
  ///   9148 §4.1)
  public EstCoapResponder(
      List<EstEndpoint> endpoints,
      Authority authority,
      CertificateAuthentication certificates,
      EstUpstreams upstreams) {
    this.targets = targets(endpoints);
    this.authority = authority;
    this.certificates = certificates;
    this.operations = new EstOperations(authority, upstreams);
  }

  private static Map<String, Target> targets(List<EstEndpoint> endpoints) {
    Map<String, Target> targets = new LinkedHashMap<>();
    for (EstEndpoint endpoint : endpoints) {
      if (endpoint.isForCoap()) {
        OFFERED.forEach(
            operation -> targets.put(endpoint.path(operation), new Target(endpoint, operation)));
      }
    }
    if (!targets.containsKey(CoapOperation.CRTS.path())) {
      throw new IllegalArgumentException("there is no EST endpoint without label for CoAP");
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
                method(target.operation()),
                target.operation().resourceType(),
                target.operation().contentFormats())));
    return routes;
  }

  private static Method method(CoapOperation operation) {
    return switch (operation) {
      case CRTS, ATT -> Method.GET;
      case SEN, SREN, SKG, SKC -> Method.POST;
    };
  }

  @Override
  public CoapReply respond(CoapRequest request) {
    Target target = targets.get(request.path());
    if (target == null) {
      // No listener routes such a request here.
      return CoapReply.diagnostic(CoapCode.NOT_FOUND, "there is no EST operation here");
    }
    try {
      return answer(request, target);
    } catch (RuntimeException e) {
      return EstOperations.explained(e, "the DER of one PKCS#10 request, without Base64")
          .map(refusal -> refused(refusal, request, target))
          .orElseGet(() -> EstCoapRefusals.reply(EstOperations.failed(e, request.id())));
    }
  }

  private CoapReply answer(CoapRequest request, Target target) {
    return switch (target.operation()) {
      case CRTS -> caCertificates(request, target);
      case ATT -> csrAttributes(request, target);
      case SEN -> enroll(request, target, Operation.INITIAL);
      case SREN -> enroll(request, target, Operation.RENEWAL);
      case SKG, SKC ->
          CoapReply.diagnostic(CoapCode.NOT_FOUND, "this server makes no keys for clients");
    };
  }

  /// `GET crts` (RFC 9148 §4.1). Whoever may renew may see them, so an expired certificate within
  /// its grace does.
  private CoapReply caCertificates(CoapRequest request, Target target) {
    authenticate(request, target, Operation.RENEWAL);
    return accepted(request, target)
        ? certificates(request, CoapCode.CONTENT, operations.caCertificates(target.endpoint()))
        : notAcceptable(target);
  }

  /// `GET att`; 4.04 means that nothing is wished for (RFC 9148 §4.5).
  private CoapReply csrAttributes(CoapRequest request, Target target) {
    Requester requester = authenticate(request, target, Operation.RENEWAL);
    CsrAttributes attributes =
        operations.csrAttributes(target.endpoint(), Optional.of(requester), request.peer());
    if (attributes.isEmpty()) {
      return CoapReply.diagnostic(CoapCode.NOT_FOUND, "requests need no particular attributes");
    }
    return accepted(request, target)
        ? CoapReply.of(CoapCode.CONTENT, CoapContentFormat.CSR_ATTRIBUTES, attributes.encode())
        : notAcceptable(target);
  }

  /// `POST sen` and `POST sren` (RFC 9148 §4.3).
  private CoapReply enroll(CoapRequest request, Target target, Operation operation) {
    // First: no stranger reaches the parser.
    var requester = authenticate(request, target, operation);
    if (request.contentFormat().orElse(-1) != CoapContentFormat.PKCS10) {
      return wrongFormat(request, target);
    }
    if (!accepted(request, target)) {
      // Before anything is issued that could not be handed over.
      return notAcceptable(target);
    }
    var csr = CertificationRequest.parse(request.payload().toByteArray());
    operations.refuseUnprocessed(csr, target.endpoint(), OneTimePasswordAttribute.REFUSED);
    var enrolled =
        operations.enroll(
            target.endpoint(), operation, requester, csr, request.peer(), request.id());
    return switch (enrolled.decision()) {
      case Decision.Issued issued ->
          certificates(request, CoapCode.CHANGED, List.of(issued.certificate()));
      // There is no 202 (RFC 9148 §4.7): the client sends the same request again after Max-Age.
      case Decision.Pending pending ->
          CoapReply.diagnostic(
                  CoapCode.SERVICE_UNAVAILABLE, "the request waits for a decision: send it again")
              .retryAfter(pending.retryAfter());
      case Decision.Refused refused -> EstCoapRefusals.reply(refused.refusal());
      case Decision.Deviating(Refusal explained) ->
          CoapReply.diagnostic(CoapCode.BAD_REQUEST, explained.sentence());
      case Decision.RefusedUpstream(int status, String text) ->
          EstCoapRefusals.passedOn(status, text);
    };
  }

  private Requester authenticate(CoapRequest request, Target target, Operation operation) {
    return EstAuthentication.byCertificate(
        certificates, target.endpoint().endpoint(), request.peer(), operation);
  }

  private static boolean accepted(CoapRequest request, Target target) {
    return request.accept().isEmpty()
        || target.operation().contentFormats().contains(request.accept().getAsInt());
  }

  private static CoapReply certificates(
      CoapRequest request, CoapCode code, List<Certificate> certificates) {
    return request.accept().orElse(CoapContentFormat.CERTS_ONLY) == CoapContentFormat.PKIX_CERT
        ? CoapReply.of(
            code, CoapContentFormat.PKIX_CERT, certificates.getFirst().der().toByteArray())
        : CoapReply.of(code, CoapContentFormat.CERTS_ONLY, CertsOnly.encode(certificates));
  }

  private static CoapReply notAcceptable(Target target) {
    return CoapReply.diagnostic(
        CoapCode.NOT_ACCEPTABLE,
        "accept one of the content formats " + target.operation().contentFormats());
  }

  private CoapReply wrongFormat(CoapRequest request, Target target) {
    Refusal audited =
        audit(
            new Refusal(
                Refusal.Code.MALFORMED,
                "the request's Content-Format is not 286",
                "send it with 286, application/pkcs10"),
            request,
            target);
    return audited.code() == Refusal.Code.MALFORMED
        ? CoapReply.diagnostic(CoapCode.UNSUPPORTED_CONTENT_FORMAT, audited.sentence())
        : EstCoapRefusals.reply(audited);
  }

  private CoapReply refused(Refusal refusal, CoapRequest request, Target target) {
    return EstCoapRefusals.reply(audit(refusal, request, target));
  }

  /// What to answer: `refusal`, or that it could not be recorded.
  private Refusal audit(Refusal refusal, CoapRequest request, Target target) {
    Attempt attempt =
        new Attempt(
            target.endpoint().endpoint(),
            target.operation().segment(),
            request.id().value(),
            request.peer().address(),
            EstAuthentication.claimed(request.peer()));
    return authority.refuse(attempt, refusal).refusal();
  }
}
