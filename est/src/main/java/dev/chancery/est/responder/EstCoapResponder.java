package dev.chancery.est.responder;

import dev.chancery.authority.Attempt;
import dev.chancery.authority.Authority;
import dev.chancery.authority.DeliverableKey;
import dev.chancery.authority.EnrollmentRequest.Operation;
import dev.chancery.authority.Refusal;
import dev.chancery.authority.ServerKeyOutcome;
import dev.chancery.authority.ServerKeys;
import dev.chancery.authority.requester.CertificateAuthentication;
import dev.chancery.authority.requester.Requester;
import dev.chancery.est.responder.EstOperations.Decision;
import dev.chancery.est.wire.CoapContentFormat;
import dev.chancery.est.wire.CoapOperation;
import dev.chancery.est.wire.CsrAttributes;
import dev.chancery.est.wire.MultipartCore;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.cms.CertsOnly;
import dev.chancery.pki.request.CertificationRequest;
import dev.chancery.transport.Method;
import dev.chancery.transport.coap.CoapCode;
import dev.chancery.transport.coap.CoapReply;
import dev.chancery.transport.coap.CoapRequest;
import dev.chancery.transport.coap.CoapResponder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Speaks EST-coaps (RFC 9148): the operations of [EstOperations] with short names, raw DER and
/// CoAP's codes. Every function wants a client certificate that is good at its endpoint, also
/// `crts` and `att` (EST-303). Immutable and thread-safe.
public final class EstCoapResponder implements CoapResponder {
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
      ServerKeys serverKeys,
      EstUpstreams upstreams) {
    this.authority = authority;
    this.certificates = certificates;
    this.operations = new EstOperations(authority, serverKeys, upstreams);
    this.targets = targets(endpoints, operations);
  }

  private static Map<String, Target> targets(
      List<EstEndpoint> endpoints, EstOperations operations) {
    Map<String, Target> targets = new LinkedHashMap<>();
    for (EstEndpoint endpoint : endpoints) {
      if (endpoint.isForCoap()) {
        for (CoapOperation operation : CoapOperation.values()) {
          if (isOffered(operation, endpoint, operations)) {
            targets.put(endpoint.path(operation), new Target(endpoint, operation));
          }
        }
      }
    }
    if (!targets.containsKey(CoapOperation.CRTS.path())) {
      throw new IllegalArgumentException("there is no EST endpoint without label for CoAP");
    }
    return targets;
  }

  /// Whether it is routed and shown in discovery; what is not is 4.04 (RFC 9148 §4.1).
  private static boolean isOffered(
      CoapOperation operation, EstEndpoint endpoint, EstOperations operations) {
    return switch (operation) {
      case CRTS, SEN, SREN, ATT -> true;
      case SKG, SKC -> operations.keysMadeHere(endpoint) instanceof ServerKeyOffer.Offered;
    };
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
          switch (operations.keysMadeHere(target.endpoint())) {
            // Such an operation has no route.
            case ServerKeyOffer.Off() ->
                CoapReply.diagnostic(CoapCode.NOT_FOUND, "no keys are made for clients here");
            case ServerKeyOffer.Offered offered -> serverKey(request, target, offered);
          };
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
      case Decision.Pending pending -> waits(pending.retryAfter());
      case Decision.Refused refused -> EstCoapRefusals.reply(refused.refusal());
      case Decision.Deviating(Refusal explained) ->
          CoapReply.diagnostic(CoapCode.BAD_REQUEST, explained.sentence());
      case Decision.RefusedUpstream(int status, String text) ->
          EstCoapRefusals.passedOn(status, text);
    };
  }

  /// `POST skg` and `POST skc` (RFC 9148 §4.8), which differ in the format of the certificate.
  private CoapReply serverKey(CoapRequest request, Target target, ServerKeyOffer.Offered offered) {
    var requester = authenticate(request, target, Operation.INITIAL);
    if (request.contentFormat().orElse(-1) != CoapContentFormat.PKCS10) {
      return wrongFormat(request, target);
    }
    if (!accepted(request, target)) {
      // Before a key is made that could not be handed over.
      return notAcceptable(target);
    }
    var csr = CertificationRequest.parseIgnoringSignature(request.payload().toByteArray());
    var made =
        operations.serverKey(
            target.endpoint(), offered, requester, csr, request.peer(), request.id());
    return switch (made.outcome()) {
      case ServerKeyOutcome.Issued(var chain, var key) -> {
        try (key) {
          yield keyAndCertificate(target.operation(), key, chain.leaf());
        }
      }
      case ServerKeyOutcome.Pending pending -> waits(pending.retryAfter());
      case ServerKeyOutcome.Refused refused -> EstCoapRefusals.reply(refused.refusal());
    };
  }

  private static CoapReply keyAndCertificate(
      CoapOperation operation, DeliverableKey key, Certificate certificate) {
    int keyFormat =
        switch (key.form()) {
          case CLEAR -> CoapContentFormat.PKCS8;
          case ENVELOPED -> CoapContentFormat.SERVER_GENERATED_KEY;
        };
    boolean bare = operation == CoapOperation.SKC;
    int certificateFormat = bare ? CoapContentFormat.PKIX_CERT : CoapContentFormat.CERTS_ONLY;
    byte[] certificateDer =
        bare ? certificate.der().toByteArray() : CertsOnly.encode(List.of(certificate));
    byte[] keyDer = key.bytes();
    byte[] message = MultipartCore.encode(keyFormat, keyDer, certificateFormat, certificateDer);
    try {
      return CoapReply.of(CoapCode.CHANGED, CoapContentFormat.MULTIPART_CORE, message);
    } finally {
      Arrays.fill(keyDer, (byte) 0);
      Arrays.fill(message, (byte) 0);
    }
  }

  /// There is no 202 (RFC 9148 §4.7): the client sends the same request again after Max-Age.
  private static CoapReply waits(Duration retryAfter) {
    return CoapReply.diagnostic(
            CoapCode.SERVICE_UNAVAILABLE, "the request waits for a decision: send it again")
        .retryAfter(retryAfter);
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
