package dev.chancery.est.responder;

import dev.chancery.authority.EnrollmentRequest.Operation;
import dev.chancery.authority.Refusal;
import dev.chancery.authority.RefusedException;
import dev.chancery.authority.endpoint.Endpoint;
import dev.chancery.authority.requester.CertificateAuthentication;
import dev.chancery.authority.requester.CredentialAuthentication;
import dev.chancery.authority.requester.DigestResponse.Algorithm;
import dev.chancery.authority.requester.ProvenSecret;
import dev.chancery.authority.requester.Requester;
import dev.chancery.pki.MalformedException;
import dev.chancery.pki.request.RequestAttribute.OtpChallenge;
import dev.chancery.transport.Peer;
import dev.chancery.transport.Reply;
import dev.chancery.transport.Request;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Finds out who asks: by TLS client certificate or by credential, by either or by both, as the
/// endpoint demands (RFC 7030 §3.2.3, §3.3.2; EST-223). A credential comes by HTTP Basic, by HTTP
/// Digest where the endpoint offers it, or as a one-time password inside the request (RFC 7894
/// §3.1) where the endpoint takes them, or has keyed the TLS handshake (RFC 7030 §3.3.3).
final class EstAuthentication {
  private static final Logger LOG = LoggerFactory.getLogger(EstAuthentication.class);

  /// About 2 MB.
  private static final int NONCES = 10_000;

  private final CertificateAuthentication certificates;
  private final CredentialAuthentication credentials;
  private final DigestNonces nonces;

  EstAuthentication(
      CertificateAuthentication certificates, CredentialAuthentication credentials, Clock clock) {
    this.certificates = certificates;
    this.credentials = credentials;
    this.nonces = new DigestNonces(clock, NONCES);
  }

  /// The requester of something that has no one-time password inside.
  ///
  /// @throws RefusedException if what was presented is worth nothing, or is not enough
  /// @throws MalformedException if the `Authorization` field is broken
  Requester authenticate(
      EstEndpoint endpoint, Request request, Peer.Tls peer, Operation operation) {
    return authenticate(endpoint, request, peer, operation, Optional.empty());
  }

  /// The requester. A one-time password that is there has to be right, whatever else is (RFC 7894
  /// §3), and is used up with the request.
  ///
  /// @param once the one-time password, at an endpoint that takes them
  /// @throws RefusedException if what was presented is worth nothing, or is not enough
  /// @throws MalformedException if the `Authorization` field or the one-time password is broken
  Requester authenticate(
      EstEndpoint endpoint,
      Request request,
      Peer.Tls peer,
      Operation operation,
      Optional<OtpChallenge> once) {
    return switch (endpoint.endpoint().authentication()) {
      case CERTIFICATE ->
          withOneTimePassword(
              endpoint,
              request,
              byCertificate(certificates, endpoint.endpoint(), peer, operation),
              once);
      case PASSWORD -> byPassword(endpoint, request, peer, Optional.empty(), once);
      case EITHER -> byEither(endpoint, request, peer, operation, once);
      case BOTH ->
          byPassword(
              endpoint,
              request,
              peer,
              Optional.of(byCertificate(certificates, endpoint.endpoint(), peer, operation)),
              once);
    };
  }

  /// The requester, where nobody need be one: by whatever was presented and the endpoint accepts.
  ///
  /// @return empty if nothing was presented
  /// @throws RefusedException if what was presented is worth nothing
  Optional<Requester> authenticateIfOffered(EstEndpoint endpoint, Request request, Peer.Tls peer) {
    boolean certificate = !peer.presented().isEmpty();
    boolean password = peer.key().isPresent() || sendsPassword(endpoint, request);
    boolean offered =
        switch (endpoint.endpoint().authentication()) {
          case CERTIFICATE -> certificate;
          case PASSWORD -> password;
          case EITHER -> certificate || password;
          case BOTH -> certificate && password;
        };
    return offered
        ? Optional.of(authenticate(endpoint, request, peer, Operation.INITIAL))
        : Optional.empty();
  }

  /// The 401 with what the endpoint offers beside Basic, the better algorithm first (RFC 7616
  /// §3.7). Basic stays the first of all: BouncyCastle's client looks at nothing else, and cannot
  /// read a Digest challenge that names its algorithm as the RFC demands. A nonce that is not
  /// usable any more is said to be stale, so that the client tries again without asking anybody for
  /// the password.
  Reply challenged(Reply reply, EstEndpoint endpoint, Request request) {
    if (reply.status() != 401) {
      return reply;
    }
    String realm = endpoint.endpoint().name();
    Reply challenged = reply;
    for (Algorithm algorithm : endpoint.digest().algorithms()) {
      challenged =
          challenged.with(
              "WWW-Authenticate",
              "Digest realm=\"%s\", qop=\"auth\", algorithm=%s, nonce=\"%s\"%s"
                  .formatted(
                      realm,
                      algorithm.id(),
                      nonces.fresh(realm),
                      isStale(realm, request) ? ", stale=true" : ""));
    }
    return challenged;
  }

  private boolean isStale(String realm, Request request) {
    try {
      return digest(request)
          .filter(sent -> !nonces.isUsable(realm, sent.nonce(), sent.count()))
          .isPresent();
    } catch (MalformedException broken) {
      return false;
    }
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
      EstEndpoint endpoint,
      Request request,
      Peer.Tls peer,
      Operation operation,
      Optional<OtpChallenge> once) {
    if (peer.presented().isEmpty()) {
      return byPassword(endpoint, request, peer, Optional.empty(), once);
    }
    Requester holder;
    try {
      holder = byCertificate(certificates, endpoint.endpoint(), peer, operation);
    } catch (RefusedException e) {
      if (!sendsPassword(endpoint, request) && once.isEmpty()) {
        throw e;
      }
      // Never unnoticed (EST-014): the operator sees that the certificate was worth nothing.
      LOG.atWarn()
          .addKeyValue("request", request.id())
          .addKeyValue("endpoint", endpoint.endpoint().name())
          .addKeyValue("address", peer.address())
          .addKeyValue("certificate", peer.presented().getFirst().sha256Hex())
          .addKeyValue("code", e.refusal().code().id())
          .addKeyValue("reason", e.refusal().what())
          .log("client certificate refused; going on with the password");
      return byPassword(endpoint, request, peer, Optional.empty(), once);
    }
    return withOneTimePassword(endpoint, request, holder, once);
  }

  private Requester withOneTimePassword(
      EstEndpoint endpoint, Request request, Requester holder, Optional<OtpChallenge> once) {
    return once.isEmpty()
        ? holder
        : byOneTimePassword(endpoint, request, Optional.of(holder), once.get());
  }

  /// Whatever comes has to be right, and all of one credential.
  private Requester byPassword(
      EstEndpoint endpoint,
      Request request,
      Peer.Tls peer,
      Optional<Requester> certificate,
      Optional<OtpChallenge> once) {
    Optional<Requester.CredentialHolder> keyed = byHandshake(endpoint, peer, certificate);
    Optional<Requester.CredentialHolder> sent = byHttp(endpoint, request, certificate);
    Optional<Requester.CredentialHolder> inside =
        once.map(password -> byOneTimePassword(endpoint, request, certificate, password));
    List<Requester.CredentialHolder> holders =
        Stream.of(keyed, sent, inside).flatMap(Optional::stream).toList();
    if (holders.stream().map(Requester::id).distinct().count() > 1) {
      throw new MalformedException(
          "the handshake, the Authorization field and the one-time password are not of one"
              + " credential");
    }
    if (holders.isEmpty()) {
      throw new RefusedException(
          Refusal.Code.CREDENTIAL_MISSING,
          "no credential was sent",
          "send its id and secret with HTTP Basic");
    }
    return holders.getLast();
  }

  private Optional<Requester.CredentialHolder> byHandshake(
      EstEndpoint endpoint, Peer.Tls peer, Optional<Requester> certificate) {
    return peer.key()
        .map(key ->
            switch (key) {
              case CredentialKey(ProvenSecret proof) ->
                  credentials.authenticate(endpoint.endpoint(), proof, peer.address(), certificate);
              default ->
                  throw new RefusedException(
                      Refusal.Code.CREDENTIAL_UNKNOWN,
                      "the handshake was keyed with something else than a credential",
                      "use a credential of this server");
            });
  }

  private Requester.CredentialHolder byOneTimePassword(
      EstEndpoint endpoint,
      Request request,
      Optional<Requester> certificate,
      OtpChallenge password) {
    int colon = password.value().indexOf(':');
    if (colon < 0) {
      throw new MalformedException(
          "the otpChallenge is not a credential's id, a colon and its secret");
    }
    byte[] secret = password.value().substring(colon + 1).getBytes(StandardCharsets.UTF_8);
    try {
      return credentials.authenticate(
          endpoint.endpoint(),
          password.value().substring(0, colon),
          secret,
          request.peer().address(),
          certificate);
    } finally {
      Arrays.fill(secret, (byte) 0);
    }
  }

  private Optional<Requester.CredentialHolder> byHttp(
      EstEndpoint endpoint, Request request, Optional<Requester> certificate) {
    Optional<DigestAuthorization> digest =
        endpoint.digest() == HttpDigest.OFF ? Optional.empty() : digest(request);
    return digest.isPresent()
        ? Optional.of(byDigest(endpoint, request, digest.get(), certificate))
        : byBasic(endpoint, request, certificate);
  }

  private Requester.CredentialHolder byDigest(
      EstEndpoint endpoint,
      Request request,
      DigestAuthorization sent,
      Optional<Requester> certificate) {
    String realm = endpoint.endpoint().name();
    if (!sent.isFor(request.path(), request.query())) {
      throw new MalformedException("the uri of HTTP Digest is not the one asked for");
    }
    if (!endpoint.digest().algorithms().contains(sent.algorithm())
        || !sent.realm().equals(realm)
        || !nonces.isUsable(realm, sent.nonce(), sent.count())) {
      throw challengedAnew();
    }
    Requester.CredentialHolder holder =
        credentials.authenticate(
            endpoint.endpoint(),
            sent.responseTo(request.method().name()),
            request.peer().address(),
            certificate);
    // Only now, so that nobody uses up somebody else's nonce.
    if (!nonces.use(realm, sent.nonce(), sent.count())) {
      throw challengedAnew();
    }
    return holder;
  }

  private static RefusedException challengedAnew() {
    return new RefusedException(
        Refusal.Code.CREDENTIAL_MISSING,
        "the answer is to another challenge of HTTP Digest than a current one",
        "answer the challenge in this reply");
  }

  private Optional<Requester.CredentialHolder> byBasic(
      EstEndpoint endpoint, Request request, Optional<Requester> certificate) {
    Optional<BasicCredentials> sent = basic(request);
    if (sent.isEmpty()) {
      return Optional.empty();
    }
    try (BasicCredentials basic = sent.get()) {
      byte[] secret = basic.password();
      try {
        return Optional.of(
            credentials.authenticate(
                endpoint.endpoint(), basic.user(), secret, request.peer().address(), certificate));
      } finally {
        Arrays.fill(secret, (byte) 0);
      }
    }
  }

  private static boolean sendsPassword(EstEndpoint endpoint, Request request) {
    return basic(request).isPresent()
        || (endpoint.digest() != HttpDigest.OFF && digest(request).isPresent());
  }

  private static Optional<DigestAuthorization> digest(Request request) {
    List<DigestAuthorization> all =
        request.headers().all("Authorization").stream()
            .flatMap(value -> DigestAuthorization.parse(value).stream())
            .toList();
    if (all.size() > 1) {
      throw new MalformedException("there is more than one Authorization field for HTTP Digest");
    }
    return all.stream().findFirst();
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
    if (peer.key().isPresent()) {
      return peer.key().get().identity();
    }
    try {
      return basic(request)
          .map(BasicCredentials::user)
          .or(() -> digest(request).map(DigestAuthorization::user))
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
