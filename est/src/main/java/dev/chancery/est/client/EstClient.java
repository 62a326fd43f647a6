package dev.chancery.est.client;

import dev.chancery.est.client.EstExchange.Answer;
import dev.chancery.est.wire.CsrAttributes;
import dev.chancery.est.wire.EstBase64;
import dev.chancery.est.wire.EstOperation;
import dev.chancery.est.wire.RetryAfter;
import dev.chancery.pki.MalformedException;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.certificate.PathInvalidException;
import dev.chancery.pki.certificate.TrustAnchors;
import dev.chancery.pki.certificate.ValidatedPath;
import dev.chancery.pki.cms.CertsOnly;
import dev.chancery.pki.key.SubjectPublicKeyInfo;
import dev.chancery.pki.request.CertificationRequest;
import dev.chancery.transport.MediaType;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Enrols at one EST server (RFC 7030). Trust comes from explicit anchors alone: get them with
/// [#bootstrap] and a fingerprint, or bring them. Each call uses a TLS connection of its own,
/// blocks, and ends within a few times the timeout. Immutable and thread-safe.
public final class EstClient {
  private static final Duration SHORTEST_WAIT = Duration.ofSeconds(1);
  private static final Duration LONGEST_WAIT = Duration.ofDays(1);

  /// anyExtendedKeyUsage (RFC 5280 §4.2.1.12).
  private static final String ANY_PURPOSE = "2.5.29.37.0";

  private final EstServer server;
  private final EstExchange exchange;
  private final Clock clock;

  /// A client of `server`.
  ///
  /// @param timeout for connecting, for the handshake, for each read, and for the whole body
  public EstClient(EstServer server, Duration timeout, Clock clock) {
    this.server = server;
    this.exchange = new EstExchange(server, timeout);
    this.clock = clock;
  }

  /// Gets the CA certificates over a connection that proves nothing, and believes the one that
  /// `pinned` names (RFC 7030 §4.1.1). It becomes the only anchor; the others help to build paths.
  ///
  /// @throws EstClientException.Untrusted if no CA certificate has that fingerprint
  /// @throws EstClientException if there is no usable answer
  public TrustAnchors bootstrap(Fingerprint pinned) {
    List<Certificate> received =
        certificates(exchange.get(EstOperation.CACERTS, ClientTls.unauthenticated()));
    Certificate anchor =
        received.stream()
            .filter(certificate -> Fingerprint.of(certificate).equals(pinned))
            .findFirst()
            .orElseThrow(() ->
                new EstClientException.Untrusted(
                    "none of the "
                        + received.size()
                        + " CA certificates that "
                        + server
                        + " sent has the fingerprint "
                        + pinned,
                    null));
    if (!anchor.isCa()) {
      throw new EstClientException.Untrusted(
          "the certificate with that fingerprint, " + anchor + ", is not a CA's", null);
    }
    if (!anchor.isValidAt(clock.instant())) {
      throw new EstClientException.Untrusted(
          "the CA certificate with that fingerprint is not valid now, but from "
              + anchor.notBefore()
              + " to "
              + anchor.notAfter(),
          null);
    }
    return new TrustAnchors(
        "explicit",
        List.of(anchor),
        received.stream().filter(certificate -> !certificate.equals(anchor)).toList());
  }

  /// Gets the CA certificates from the authenticated server. Those that do not chain to `anchors`
  /// are left out: being in the message proves nothing (RFC 5272 §4.1, EST-065).
  ///
  /// @throws EstClientException if there is no usable answer
  public List<Certificate> caCertificates(TrustAnchors anchors) {
    List<Certificate> received =
        certificates(exchange.get(EstOperation.CACERTS, tls(anchors, Optional.empty())));
    return received.stream()
        .filter(Certificate::isCa)
        .filter(certificate ->
            anchors.anchors().contains(certificate) || chains(certificate, received, anchors))
        .toList();
  }

  /// What the server wants to see in requests; empty attributes if it has nothing to say (200
  /// without content, 204, 404, 501).
  ///
  /// @throws EstClientException if there is no usable answer
  public CsrAttributes csrAttributes(TrustAnchors anchors) {
    Answer answer = exchange.get(EstOperation.CSRATTRS, tls(anchors, Optional.empty()));
    return switch (answer.status()) {
      case 200 -> {
        try {
          yield CsrAttributes.parse(EstBase64.decode(answer.body()));
        } catch (MalformedException e) {
          throw notEst(e.safeMessage());
        }
      }
      case 204, 404, 501 -> new CsrAttributes(List.of());
      default -> throw refused(answer);
    };
  }

  /// Asks for a certificate (RFC 7030 §4.2.1) and verifies what comes back.
  ///
  /// @param request signed with the key that shall be certified
  /// @throws EstClientException.Refused if the server says no
  /// @throws EstClientException.Untrusted if the server, or the certificate it sends, is not to be
  ///   trusted; a certificate held so far stays the one to use
  /// @throws EstClientException.Transport if there is no usable answer
  public Enrollment enroll(
      TrustAnchors anchors, ClientAuthentication authentication, CertificationRequest request) {
    return send(EstOperation.SIMPLEENROLL, anchors, authentication, request);
  }

  /// Asks for the successor of the certificate that `holder` has (RFC 7030 §4.2.2), and verifies
  /// that it bears the same names. With the same key in `request` that is a renewal, with another
  /// one a rekey.
  ///
  /// @throws EstClientException as [#enroll] does
  public Enrollment reenroll(
      TrustAnchors anchors, ClientAuthentication.Holder holder, CertificationRequest request) {
    Enrollment enrollment = send(EstOperation.SIMPLEREENROLL, anchors, holder, request);
    if (enrollment instanceof Enrollment.Issued issued
        && request.template().changedNames().isEmpty()
        && !issued.certificate().names().equals(holder.chain().getFirst().names())) {
      throw new EstClientException.Untrusted(
          "the renewed certificate is for "
              + issued.certificate().names()
              + " and no longer for "
              + holder.chain().getFirst().names(),
          null);
    }
    return enrollment;
  }

  /// Lets the server make a key and certify it (RFC 7030 §4.4), and verifies that both belong
  /// together. A key that was asked for encrypted is never taken in the clear, and its maker must
  /// be the server by name, a registration authority or a CA, below `anchors`.
  ///
  /// @throws EstClientException as [#enroll] does; the key is wiped then
  public KeyedEnrollment serverKeygen(
      TrustAnchors anchors, ClientAuthentication authentication, ServerKeyOrder order) {
    Answer answer =
        exchange.post(
            EstOperation.SERVERKEYGEN,
            EstBase64.encode(order.request().der().toByteArray(), EstBase64.Form.WRAPPED),
            credential(authentication),
            tls(anchors, holder(authentication)));
    return switch (answer.status()) {
      case 200 -> verified(keyAndCertificates(answer, anchors, order), anchors);
      case 202 -> new KeyedEnrollment.Pending(retryAfter(answer));
      default -> throw refused(answer);
    };
  }

  private ServerKeyReply keyAndCertificates(
      Answer answer, TrustAnchors anchors, ServerKeyOrder order) {
    try {
      return ServerKeyReply.parse(
          answer.contentType(),
          answer.body(),
          order.protection(),
          (signer, others) -> checkMaker(signer, others, anchors));
    } catch (MalformedException e) {
      throw notEst(e.safeMessage());
    } catch (ServerKeyReply.UnprotectedException e) {
      throw new EstClientException.Untrusted(String.valueOf(e.getMessage()), e);
    }
  }

  /// Any certificate below the anchors could sign; only some may vouch for keys (RFC 7030 §3.6.1).
  private void checkMaker(Certificate signer, List<Certificate> others, TrustAnchors anchors) {
    boolean mayVouch =
        signer.isCa()
            || signer.extendedKeyUsage().contains(ServerIdentity.CMC_RA)
            || (ServerIdentity.speaksFor(server.host(), signer)
                && (signer.extendedKeyUsage().isEmpty()
                    || signer.extendedKeyUsage().contains(ServerIdentity.SERVER_AUTH)));
    if (!mayVouch || !chains(signer, others, anchors)) {
      throw new EstClientException.Untrusted(
          "the key was signed by " + signer + ", which may not vouch for it", null);
    }
  }

  private KeyedEnrollment verified(ServerKeyReply reply, TrustAnchors anchors) {
    try {
      Certificate own =
          reply
              .certificateOfKey()
              .orElseThrow(() ->
                  new EstClientException.Untrusted(
                      "the key and the certificate that the server sent do not belong together",
                      null));
      Enrollment.Issued issued =
          verified(reply.certificates(), anchors, own.subjectPublicKeyInfo());
      return new KeyedEnrollment.Issued(issued.certificate(), issued.others(), reply.key());
    } catch (EstClientException e) {
      reply.key().close();
      throw e;
    } catch (MalformedException e) {
      reply.key().close();
      throw notEst(e.safeMessage());
    }
  }

  private Enrollment send(
      EstOperation operation,
      TrustAnchors anchors,
      ClientAuthentication authentication,
      CertificationRequest request) {
    Answer answer =
        exchange.post(
            operation,
            EstBase64.encode(request.der().toByteArray(), EstBase64.Form.WRAPPED),
            credential(authentication),
            tls(anchors, holder(authentication)));
    return switch (answer.status()) {
      case 200 -> verified(certificates(answer), anchors, request.template().subjectPublicKey());
      case 202 -> new Enrollment.Pending(retryAfter(answer));
      default -> throw refused(answer);
    };
  }

  private static Optional<ClientAuthentication.Holder> holder(ClientAuthentication by) {
    return switch (by) {
      case ClientAuthentication.Holder holder -> Optional.of(holder);
      case ClientAuthentication.Both both -> Optional.of(both.holder());
      case ClientAuthentication.Credential credential -> Optional.empty();
    };
  }

  private static Optional<ClientAuthentication.Credential> credential(ClientAuthentication by) {
    return switch (by) {
      case ClientAuthentication.Credential credential -> Optional.of(credential);
      case ClientAuthentication.Both both -> Optional.of(both.credential());
      case ClientAuthentication.Holder holder -> Optional.empty();
    };
  }

  private javax.net.ssl.SSLContext tls(
      TrustAnchors anchors, Optional<ClientAuthentication.Holder> holder) {
    return ClientTls.authenticated(anchors, server.host(), clock, holder);
  }

  private List<Certificate> certificates(Answer answer) {
    if (answer.status() != 200) {
      throw refused(answer);
    }
    boolean expectedType =
        answer
            .contentType()
            .flatMap(MediaType::parse)
            .map(type -> type.is("application/pkcs7-mime"))
            .orElse(false);
    if (!expectedType) {
      throw notEst("its Content-Type is not application/pkcs7-mime");
    }
    try {
      List<Certificate> certificates = CertsOnly.parse(EstBase64.decode(answer.body()));
      if (certificates.isEmpty()) {
        throw notEst("it holds no certificate");
      }
      return certificates;
    } catch (MalformedException e) {
      throw notEst(e.safeMessage());
    }
  }

  private Duration retryAfter(Answer answer) {
    Instant now = clock.instant();
    Duration wait =
        answer
            .retryAfter()
            .flatMap(RetryAfter::parse)
            .map(retryAfter -> retryAfter.from(now))
            .orElseThrow(() -> notEst("it is a 202 without a Retry-After"));
    if (wait.compareTo(SHORTEST_WAIT) < 0) {
      return SHORTEST_WAIT;
    }
    return wait.compareTo(LONGEST_WAIT) > 0 ? LONGEST_WAIT : wait;
  }

  private Enrollment.Issued verified(
      List<Certificate> received, TrustAnchors anchors, SubjectPublicKeyInfo key) {
    Certificate certificate =
        received.stream()
            .filter(candidate -> candidate.subjectPublicKeyInfo().equals(key))
            .findFirst()
            .orElseThrow(() ->
                new EstClientException.Untrusted(
                    "the server sent a certificate for another key", null));
    if (certificate.isCa() || certificate.names().isEmpty()) {
      throw new EstClientException.Untrusted(
          certificate.isCa()
              ? "the server sent a CA certificate"
              : "the server sent a certificate without a name",
          null);
    }
    List<Certificate> others =
        received.stream().filter(candidate -> !candidate.equals(certificate)).toList();
    try {
      validate(certificate, others, anchors);
    } catch (PathInvalidException e) {
      throw new EstClientException.Untrusted(
          "the server sent a certificate that cannot be relied upon: " + e.getMessage(), e);
    }
    return new Enrollment.Issued(certificate, others);
  }

  private boolean chains(Certificate certificate, List<Certificate> others, TrustAnchors anchors) {
    try {
      validate(certificate, others, anchors);
      return true;
    } catch (PathInvalidException e) {
      return false;
    }
  }

  /// Any purpose will do, since the profile decides what the certificate is for.
  private void validate(Certificate leaf, List<Certificate> others, TrustAnchors anchors) {
    List<Certificate> presented = new ArrayList<>();
    presented.add(leaf);
    presented.addAll(others);
    String purpose = leaf.extendedKeyUsage().stream().findFirst().orElse(ANY_PURPOSE);
    ValidatedPath.validate(presented, anchors, clock.instant(), purpose);
  }

  private static EstClientException.Refused refused(Answer answer) {
    return new EstClientException.Refused(answer.status(), Explanation.of(answer));
  }

  private EstClientException.Transport notEst(String what) {
    return new EstClientException.Transport(
        "the answer of " + server + " is not EST: " + what, null);
  }
}
