package dev.chancery.est.responder;

import dev.chancery.authority.Authority;
import dev.chancery.authority.EnrollmentRequest;
import dev.chancery.authority.EnrollmentRequest.Operation;
import dev.chancery.authority.Expectation;
import dev.chancery.authority.Outcome;
import dev.chancery.authority.Refusal;
import dev.chancery.authority.RefusedException;
import dev.chancery.authority.ServerKeyOutcome;
import dev.chancery.authority.ServerKeyRequest;
import dev.chancery.authority.ServerKeys;
import dev.chancery.authority.ledger.LedgerUnavailableException;
import dev.chancery.authority.relay.Relayed;
import dev.chancery.authority.relay.Upstream;
import dev.chancery.authority.requester.Requester;
import dev.chancery.est.client.EstClientException;
import dev.chancery.est.responder.ChannelBindingCheck.Link;
import dev.chancery.est.wire.CsrAttributes;
import dev.chancery.pki.MalformedException;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.request.CertificationRequest;
import dev.chancery.pki.request.ProofInvalidException;
import dev.chancery.pki.request.ProofOfPossession;
import dev.chancery.pki.request.WeakKeyException;
import dev.chancery.transport.Peer;
import dev.chancery.transport.RequestId;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What EST does, whatever carries it: the meaning of each operation, between two values. HTTP and
/// CoAP have their codecs and codes in [EstResponder] and [EstCoapResponder]. Immutable and
/// thread-safe.
final class EstOperations {
  private static final Logger LOG = LoggerFactory.getLogger(EstOperations.class);

  /// What became of a request, and what it was linked by.
  record Enrolled(Decision decision, Link link) {}

  /// What is to be answered.
  sealed interface Decision {
    /// The certificate, ours or that of the server behind the endpoint.
    record Issued(Certificate certificate) implements Decision {}

    record Pending(Duration retryAfter) implements Decision {}

    /// This server says no.
    record Refused(Refusal refusal) implements Decision {}

    /// This server says no, because the request is not what csrattrs announces.
    record Deviating(Refusal refusal) implements Decision {}

    /// The server behind the endpoint says no, in its own words.
    record RefusedUpstream(int status, String text) implements Decision {}
  }

  /// What became of a request for a key, and what it was linked by. Whoever gets it closes the key.
  record KeyMade(ServerKeyOutcome outcome, Link link) {}

  private final Authority authority;
  private final ServerKeys serverKeys;
  private final EstUpstreams upstreams;

  EstOperations(Authority authority, ServerKeys serverKeys, EstUpstreams upstreams) {
    this.authority = authority;
    this.serverKeys = serverKeys;
    this.upstreams = upstreams;
  }

  /// The issuer's certificate and those above it, and where it has several generations, those of
  /// the others and the links between their roots (RFC 7030 §4.1.3, EST-063).
  List<Certificate> caCertificates(EstEndpoint endpoint) {
    return upstreams
        .behind(endpoint)
        .map(EstUpstream::caCertificates)
        .orElseGet(() -> authority.publishedCertificatesOf(endpoint.endpoint().issuer()));
  }

  /// How keys are made for clients there: never for another server to certify.
  ServerKeyOffer keysMadeHere(EstEndpoint endpoint) {
    return upstreams.behind(endpoint).isPresent()
        ? new ServerKeyOffer.Off()
        : endpoint.serverKeys();
  }

  /// What requests shall hold (RFC 7030 §4.5, RFC 9908).
  ///
  /// @param requester who asks, if that is known; without it, what holds for everybody
  CsrAttributes csrAttributes(EstEndpoint endpoint, Optional<Requester> requester, Peer.Tls peer) {
    Optional<EstUpstream> upstream = upstreams.behind(endpoint);
    if (upstream.isPresent()) {
      return upstream.get().csrAttributes();
    }
    if (endpoint.csrAttributes() == CsrAttributesForm.NONE) {
      return new CsrAttributes(List.of());
    }
    Expectation expected =
        requester
            .flatMap(known -> expectation(endpoint, Optional.of(known)))
            .orElseGet(() -> authority.expectation(endpoint.endpoint(), Optional.empty()));
    // Announced only where it can be verified, or clients would send what is then refused
    // (EST-244).
    List<String> demanded =
        endpoint.linking() == ChannelBindingDemand.REQUIRED && ChannelBindingCheck.isPossible(peer)
            ? List.of(endpoint.linkingAttribute().oid())
            : List.of();
    return Announcement.of(expected, endpoint.csrAttributes(), demanded);
  }

  private Optional<Expectation> expectation(EstEndpoint endpoint, Optional<Requester> requester) {
    try {
      return Optional.of(authority.expectation(endpoint.endpoint(), requester));
    } catch (RefusedException entitledToNothing) {
      return Optional.empty();
    }
  }

  /// An attribute of RFC 7894 is processed successfully or the request fails (§3).
  ///
  /// @param passwords whether the caller takes one-time passwords as proof of who asks
  void refuseUnprocessed(
      CertificationRequest csr, EstEndpoint endpoint, OneTimePasswordAttribute passwords) {
    if (csr.revocationChallenge().isPresent()) {
      throw new RefusedException(
          Refusal.Code.MALFORMED,
          "the request has a revocationChallenge (RFC 7894), which this server does not process",
          "leave it out; certificates are revoked by the operator");
    }
    if (csr.otpChallenge().isEmpty()) {
      return;
    }
    if (passwords == OneTimePasswordAttribute.REFUSED) {
      throw new RefusedException(
          Refusal.Code.MALFORMED,
          "the request has an otpChallenge (RFC 7894), which is not taken here",
          "send the credential with HTTP Basic, or ask the operator to set one-time-password-attribute");
    }
    if (upstreams.behind(endpoint).isPresent()) {
      throw new RefusedException(
          Refusal.Code.MALFORMED,
          "the request has an otpChallenge (RFC 7894), and would take it to another server",
          "send the credential with HTTP Basic");
    }
  }

  /// Checks proof of possession and its link to the connection, and lets the authority decide.
  ///
  /// @throws RuntimeException of the kinds that [#explained] knows
  Enrolled enroll(
      EstEndpoint endpoint,
      Operation operation,
      Requester requester,
      CertificationRequest csr,
      Peer.Tls peer,
      RequestId id) {
    var proof = ProofOfPossession.verify(csr);
    var link = ChannelBindingCheck.check(csr, requester, peer, endpoint.linking());
    var request =
        new EnrollmentRequest(
            endpoint.endpoint(), operation, requester, csr.template(), proof, id.value());
    Decision decision =
        upstreams
            .behind(endpoint)
            .map(upstream -> relayed(request, csr, upstream))
            .orElseGet(() -> decided(request, csr, endpoint));
    return new Enrolled(decision, link);
  }

  /// Has a key made with its certificate (RFC 7030 §4.4). The request proves nothing with its own
  /// key, so there is no proof of possession to check.
  ///
  /// @param offered how keys are made there
  /// @throws RuntimeException of the kinds that [#explained] knows
  KeyMade serverKey(
      EstEndpoint endpoint,
      ServerKeyOffer.Offered offered,
      Requester requester,
      CertificationRequest csr,
      Peer.Tls peer,
      RequestId id) {
    refuseUnprocessed(csr, endpoint, OneTimePasswordAttribute.REFUSED);
    var link = ChannelBindingCheck.check(csr, requester, peer, endpoint.linking());
    var delivery = KeyDeliveryWish.of(csr, offered);
    var request =
        new ServerKeyRequest(endpoint.endpoint(), requester, csr.template(), delivery, id.value());
    return new KeyMade(serverKeys.enroll(request), link);
  }

  private Decision decided(
      EnrollmentRequest request, CertificationRequest csr, EstEndpoint endpoint) {
    return switch (authority.enroll(request)) {
      case Outcome.Issued issued -> new Decision.Issued(issued.chain().leaf());
      case Outcome.Pending pending -> new Decision.Pending(pending.retryAfter());
      case Outcome.Refused refused ->
          deviation(refused.refusal(), csr, request.requester(), endpoint)
              .orElseGet(() -> new Decision.Refused(refused.refusal()));
    };
  }

  /// The first deviation from what csrattrs announces, if that is what stands behind the refusal
  /// (EST-198).
  private Optional<Decision> deviation(
      Refusal refusal, CertificationRequest csr, Requester requester, EstEndpoint endpoint) {
    if (endpoint.csrAttributes() == CsrAttributesForm.NONE) {
      return Optional.empty();
    }
    return expectation(endpoint, Optional.of(requester))
        .flatMap(own ->
            expectation(endpoint, Optional.empty())
                .flatMap(
                    everybody -> Deviation.behind(refusal.code(), csr.template(), own, everybody)))
        .map(deviation ->
            new Decision.Deviating(
                new Refusal(
                    refusal.code(),
                    refusal.what() + "; the first deviation from csrattrs is that " + deviation,
                    refusal.hint())));
  }

  private Decision relayed(
      EnrollmentRequest request, CertificationRequest csr, EstUpstream upstream) {
    return switch (upstreams
        .relay()
        .forward(request, () -> upstream.send(request.operation(), csr), upstream.name())) {
      case Relayed.Refused refused -> new Decision.Refused(refused.refusal());
      case Relayed.Answered(Upstream.Answer answer) ->
          switch (answer) {
            case Upstream.Answer.Issued issued -> new Decision.Issued(issued.certificate());
            case Upstream.Answer.Pending pending -> new Decision.Pending(pending.retryAfter());
            case Upstream.Answer.Refused(int status, String text) ->
                new Decision.RefusedUpstream(status, text);
            case Upstream.Answer.Unavailable _gone ->
                throw new IllegalStateException("the relay answers this with a refusal");
          };
    };
  }

  /// The refusal to audit and answer, if what was thrown is the request's own fault.
  ///
  /// @param expected what a body should be, for the hint about one that is not
  static Optional<Refusal> explained(RuntimeException thrown, String expected) {
    return switch (thrown) {
      case RefusedException e -> Optional.of(e.refusal());
      case MalformedException e ->
          Optional.of(new Refusal(Refusal.Code.MALFORMED, e.safeMessage(), "send " + expected));
      case WeakKeyException e ->
          Optional.of(
              new Refusal(
                  Refusal.Code.KEY_WEAK, e.weakness().explanation(), "make a stronger key"));
      case ProofInvalidException _proof ->
          Optional.of(
              new Refusal(
                  Refusal.Code.PROOF_OF_POSSESSION_INVALID,
                  "the request's signature does not verify with the key inside it",
                  "sign the request with the private half of its key"));
      default -> Optional.empty();
    };
  }

  /// What to answer where this server failed; the cause goes into the log.
  static Refusal failed(RuntimeException thrown, RequestId id) {
    if (thrown instanceof LedgerUnavailableException) {
      LOG.atError()
          .addKeyValue("request", id)
          .setCause(thrown)
          .log("ledger unavailable; the request was not answered");
      return new Refusal(
          Refusal.Code.LEDGER_UNAVAILABLE,
          "the server cannot look anything up now",
          "try again later");
    }
    if (thrown instanceof EstClientException) {
      LOG.atWarn()
          .addKeyValue("request", id)
          .setCause(thrown)
          .log("the server behind this endpoint gave no answer");
      return new Refusal(
          Refusal.Code.UPSTREAM_UNAVAILABLE,
          "the server behind this one cannot be reached now",
          "try again later");
    }
    LOG.atError().addKeyValue("request", id).setCause(thrown).log("EST request failed");
    return new Refusal(
        Refusal.Code.INTERNAL,
        "the server failed on this request",
        "tell the operator the request id " + id);
  }
}
