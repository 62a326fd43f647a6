package dev.chancery.est.responder;

import dev.chancery.authority.EnrollmentRequest.Operation;
import dev.chancery.authority.Refusal;
import dev.chancery.authority.RefusedException;
import dev.chancery.authority.endpoint.Endpoint;
import dev.chancery.authority.requester.CertificateAuthentication;
import dev.chancery.authority.requester.CredentialAuthentication;
import dev.chancery.authority.requester.Requester;
import dev.chancery.pki.MalformedException;
import dev.chancery.transport.Peer;
import dev.chancery.transport.Request;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Finds out who asks, by TLS client certificate, by HTTP Basic, by either or by both, as the
/// endpoint demands (RFC 7030 §3.2.3, §3.3.2; EST-223).
final class EstAuthentication {
  private static final Logger LOG = LoggerFactory.getLogger(EstAuthentication.class);

  private final CertificateAuthentication certificates;
  private final CredentialAuthentication credentials;

  EstAuthentication(CertificateAuthentication certificates, CredentialAuthentication credentials) {
    this.certificates = certificates;
    this.credentials = credentials;
  }

  /// The requester.
  ///
  /// @throws RefusedException if what was presented is worth nothing, or is not enough
  /// @throws MalformedException if the `Authorization` field is broken
  Requester authenticate(Endpoint endpoint, Request request, Peer.Tls peer, Operation operation) {
    return switch (endpoint.authentication()) {
      case CERTIFICATE -> byCertificate(certificates, endpoint, peer, operation);
      case PASSWORD -> byPassword(endpoint, request, Optional.empty());
      case EITHER -> byEither(endpoint, request, peer, operation);
      case BOTH ->
          byPassword(
              endpoint,
              request,
              Optional.of(byCertificate(certificates, endpoint, peer, operation)));
    };
  }

  /// The requester, where nobody need be one: by whatever was presented and the endpoint accepts.
  ///
  /// @return empty if nothing was presented
  /// @throws RefusedException if what was presented is worth nothing
  Optional<Requester> authenticateIfOffered(Endpoint endpoint, Request request, Peer.Tls peer) {
    boolean offered =
        switch (endpoint.authentication()) {
          case CERTIFICATE -> !peer.presented().isEmpty();
          case PASSWORD -> basic(request).isPresent();
          case EITHER -> !peer.presented().isEmpty() || basic(request).isPresent();
          case BOTH -> !peer.presented().isEmpty() && basic(request).isPresent();
        };
    return offered
        ? Optional.of(authenticate(endpoint, request, peer, Operation.INITIAL))
        : Optional.empty();
  }

  /// The holder of the client certificate, whatever else the endpoint takes: over DTLS there is
  /// nothing else (RFC 9148 §3).
  ///
  /// @throws RefusedException if there is none or it is worth nothing here
  static Requester byCertificate(
      CertificateAuthentication certificates,
      Endpoint endpoint,
      Peer.Tls peer,
      Operation operation) {
    if (peer.presented().isEmpty()) {
      throw new RefusedException(
          Refusal.Code.CERTIFICATE_MISSING,
          "no client certificate was presented",
          "present one in the TLS handshake");
    }
    return certificates.authenticate(endpoint, peer.presented(), operation);
  }

  private Requester byEither(
      Endpoint endpoint, Request request, Peer.Tls peer, Operation operation) {
    if (peer.presented().isEmpty()) {
      return byPassword(endpoint, request, Optional.empty());
    }
    try {
      return byCertificate(certificates, endpoint, peer, operation);
    } catch (RefusedException e) {
      if (basic(request).isEmpty()) {
        throw e;
      }
      // Never unnoticed (EST-014): the operator sees that the certificate was worth nothing.
      LOG.atWarn()
          .addKeyValue("request", request.id())
          .addKeyValue("endpoint", endpoint.name())
          .addKeyValue("address", peer.address())
          .addKeyValue("certificate", peer.presented().getFirst().sha256Hex())
          .addKeyValue("code", e.refusal().code().id())
          .addKeyValue("reason", e.refusal().what())
          .log("client certificate refused; going on with the password");
      return byPassword(endpoint, request, Optional.empty());
    }
  }

  private Requester byPassword(
      Endpoint endpoint, Request request, Optional<Requester> certificate) {
    Optional<BasicCredentials> sent = basic(request);
    if (sent.isEmpty()) {
      throw new RefusedException(
          Refusal.Code.CREDENTIAL_MISSING,
          "no credential was sent",
          "send its id and secret with HTTP Basic");
    }
    try (BasicCredentials basic = sent.get()) {
      byte[] secret = basic.password();
      try {
        return credentials.authenticate(
            endpoint, basic.user(), secret, request.peer().address(), certificate);
      } finally {
        Arrays.fill(secret, (byte) 0);
      }
    }
  }

  /// Fields of other schemes may stand beside the one that counts (EST-222).
  private static Optional<BasicCredentials> basic(Request request) {
    List<BasicCredentials> all =
        request.headers().all("Authorization").stream()
            .flatMap(value -> BasicCredentials.parse(value).stream())
            .toList();
    if (all.size() > 1) {
      throw new MalformedException("there is more than one Authorization field for HTTP Basic");
    }
    return all.stream().findFirst();
  }

  /// Who the peer says it is, for the audit of a refusal. Bounded, and nothing in it is proven.
  static String claimed(Request request, Peer.Tls peer) {
    if (!peer.presented().isEmpty()) {
      return claimed(peer);
    }
    try {
      return basic(request)
          .map(BasicCredentials::user)
          .map(EstAuthentication::shortened)
          .orElse("");
    } catch (MalformedException broken) {
      return "";
    }
  }

  /// The same, where only a certificate counts.
  static String claimed(Peer.Tls peer) {
    return peer.presented().isEmpty()
        ? ""
        : shortened("certificate " + peer.presented().getFirst().subject());
  }

  private static String shortened(String text) {
    String clean = text.replaceAll("\\p{Cntrl}", " ");
    return clean.length() > 200 ? clean.substring(0, 200) : clean;
  }
}
