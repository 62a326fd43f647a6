package dev.chancery.est.client;

import dev.chancery.est.client.EstClientException.Code;
import dev.chancery.est.client.EstExchange.Answer;
import dev.chancery.est.wire.CsrAttributes;
import dev.chancery.est.wire.EstBase64;
import dev.chancery.est.wire.EstOperation;
import dev.chancery.pki.MalformedException;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.certificate.PathInvalidException;
import dev.chancery.pki.certificate.TrustAnchors;
import dev.chancery.pki.cms.CertsOnly;
import dev.chancery.pki.key.SubjectPublicKeyInfo;
import dev.chancery.pki.name.SubjectNames;
import dev.chancery.pki.request.CertificationRequest;
import dev.chancery.transport.Body;
import dev.chancery.transport.MediaType;
import dev.chancery.transport.RetryAfter;
import java.nio.charset.StandardCharsets;
import java.security.Provider;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Enrols at one EST server (RFC 7030). Every call is told which anchors vouch for the server:
/// *explicit* ones, which [#bootstrap], [#refreshedAnchors] or a person provide, or *implicit* ones
/// such as the system's, which vouch for less (EST-262, EST-263). Without either there is only
/// [#bootstrap]. Each connection is a new one and authenticates the server anew.
///
/// Calls block. Immutable and thread-safe. The HTTP library's own loggers,
/// `org.apache.hc.client5.http.headers` and `….wire`, write whatever is sent at their debug level,
/// secrets included: leave them off.
public final class EstClient {
  /// The name of databases whose anchors were chosen for EST (RFC 7030 §1.1).
  public static final String EXPLICIT = "explicit";

  /// The name of databases that were there already, such as the system's.
  public static final String IMPLICIT = "implicit";

  private static final Logger LOG = LoggerFactory.getLogger(EstClient.class);
  private static final String PKCS7 = "application/pkcs7-mime";

  private final EstServer server;
  private final Clock clock;
  private final EstExchange exchange;
  private final ClientTls tls;
  private final Redirects redirects;
  private final HttpScheme scheme;
  private final Consumer<EstWarning> warnings;

  /// A client of `server` with the defaults of [#builder].
  ///
  /// @param timeout for connecting, for the handshake and for each read
  public EstClient(EstServer server, Duration timeout, Clock clock) {
    this(builder(server, clock).timeout(timeout));
  }

  private EstClient(Builder builder) {
    this.server = builder.server;
    this.clock = builder.clock;
    this.exchange = new EstExchange(builder.timeout, builder.proxy);
    this.tls = new ClientTls(builder.tlsProvider);
    this.redirects = builder.redirects;
    this.scheme = builder.scheme;
    this.warnings = builder.warnings;
  }

  public static Builder builder(EstServer server, Clock clock) {
    return new Builder(server, clock);
  }

  /// How a client goes about it. Not thread-safe.
  public static final class Builder {
    private final EstServer server;
    private final Clock clock;
    private Duration timeout = Duration.ofSeconds(20);
    private Optional<Proxy> proxy = Optional.empty();
    private Redirects redirects = Redirects.SAME_ORIGIN;
    private HttpScheme scheme = HttpScheme.BASIC;
    private Optional<Provider> tlsProvider = Optional.empty();
    private Consumer<EstWarning> warnings = warning -> LOG.warn("{}", warning.text());

    private Builder(EstServer server, Clock clock) {
      this.server = server;
      this.clock = clock;
    }

    /// For connecting, for the handshake and for each read; a whole exchange takes at most three
    /// times that. Twenty seconds by default.
    public Builder timeout(Duration value) {
      this.timeout = value;
      return this;
    }

    /// None by default, whatever the environment says.
    public Builder proxy(Proxy value) {
      this.proxy = Optional.of(value);
      return this;
    }

    /// Within the origin by default.
    public Builder redirects(Redirects value) {
      this.redirects = value;
      return this;
    }

    /// Basic by default.
    public Builder httpScheme(HttpScheme value) {
      this.scheme = value;
      return this;
    }

    /// A provider of `SSLContext`, such as Conscrypt's; the platform's by default. Conscrypt can
    /// link requests to TLS 1.2 connections and, before JDK 25, to those of TLS 1.3.
    public Builder tlsProvider(Provider value) {
      this.tlsProvider = Optional.of(value);
      return this;
    }

    /// Who hears about warnings; the log by default.
    public Builder warnings(Consumer<EstWarning> value) {
      this.warnings = value;
      return this;
    }

    public EstClient build() {
      return new EstClient(this);
    }
  }

  /// True if the anchors are explicit. A database of any other name gets no more trust than an
  /// implicit one.
  static boolean areExplicit(TrustAnchors anchors) {
    return anchors.name().equals(EXPLICIT);
  }

  /// Gets the CA certificates over a connection that proves nothing, and believes the one that
  /// `pinned` names (RFC 7030 §4.1.1). It becomes an anchor; so does a newer root that it vouches
  /// for. Demands for authentication are not answered.
  ///
  /// @throws EstClientException.Untrusted if no CA certificate has that fingerprint
  /// @throws EstClientException if there is no usable answer
  public TrustAnchors bootstrap(Fingerprint pinned) {
    EstDialogue dialogue =
        new EstDialogue(
            server,
            EstOperation.CACERTS,
            exchange,
            tls,
            redirects,
            scheme,
            host -> ServerTrust.unauthenticated(),
            Optional.empty());
    List<Certificate> received = certificates(dialogue.get());
    Certificate anchor =
        received.stream()
            .filter(certificate -> Fingerprint.of(certificate).equals(pinned))
            .findFirst()
            .orElseThrow(() ->
                new EstClientException.Untrusted(
                    Code.FINGERPRINT_MISMATCH,
                    "none of the "
                        + received.size()
                        + " CA certificates that "
                        + server
                        + " sent has the fingerprint "
                        + pinned,
                    null));
    if (!anchor.isCa()) {
      throw untrusted(
          Code.ANCHORS_UNTRUSTED,
          "the certificate with that fingerprint, " + anchor + ", is not a CA's");
    }
    Instant now = clock.instant();
    if (!anchor.isValidAt(now)) {
      throw untrusted(
          Code.ANCHORS_UNTRUSTED,
          "the CA certificate with that fingerprint is not valid now, but from "
              + anchor.notBefore()
              + " to "
              + anchor.notAfter());
    }
    return new CaCertificates(received, now)
        .adopted(new TrustAnchors(EXPLICIT, List.of(anchor), List.of()));
  }

  /// Gets the CA certificates from the authenticated server. Those for which `anchors` do not vouch
  /// are left out; a new root that an anchor has certified (NewWithOld) is among the others.
  ///
  /// @throws EstClientException if there is no usable answer
  public List<Certificate> caCertificates(TrustAnchors anchors) {
    return fetch(anchors).believed(anchors);
  }

  /// Gets the CA certificates and makes them the explicit database from now on (RFC 7030 §4.1.3):
  /// follows the CA to a new root if an anchor vouches for it, and leaves implicit anchors behind.
  /// Do this with every renewal, and before the anchors expire.
  ///
  /// @throws EstClientException.Untrusted if nothing that came can be believed; keep the anchors
  /// @throws EstClientException if there is no usable answer; keep the anchors
  public TrustAnchors refreshedAnchors(TrustAnchors anchors) {
    return fetch(anchors).adopted(anchors);
  }

  private CaCertificates fetch(TrustAnchors anchors) {
    Answer answer = dialogue(EstOperation.CACERTS, anchors, Optional.empty()).get();
    return new CaCertificates(certificates(answer), clock.instant());
  }

  /// What the server wants to see in requests; empty attributes if it has nothing to say (200
  /// without content, 204, 404, 501).
  ///
  /// @throws EstClientException if there is no usable answer
  public CsrAttributes csrAttributes(TrustAnchors anchors) {
    return csrAttributes(anchors, Optional.empty());
  }

  /// The same for somebody, since a server may want different things of each.
  ///
  /// @throws EstClientException if there is no usable answer
  public CsrAttributes csrAttributes(TrustAnchors anchors, ClientAuthentication authentication) {
    return csrAttributes(anchors, Optional.of(authentication));
  }

  private CsrAttributes csrAttributes(
      TrustAnchors anchors, Optional<ClientAuthentication> authentication) {
    Answer answer = dialogue(EstOperation.CSRATTRS, anchors, authentication).get();
    return switch (answer.status()) {
      case 200 -> {
        if (answer.body().length() == 0) {
          yield new CsrAttributes(List.of());
        }
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
  /// @param request signed with the key that shall be certified; sent as it is on every connection
  /// @throws EstClientException.Refused if the server says no
  /// @throws EstClientException.Untrusted if the server, or the certificate it sends, is not to be
  ///   trusted; a certificate held so far stays the one to use
  /// @throws EstClientException.Transport if there is no usable answer
  /// @throws EstClientException.Unable if this side cannot do what the server wants
  public Enrollment enroll(
      TrustAnchors anchors, ClientAuthentication authentication, CertificationRequest request) {
    return enroll(anchors, authentication, link -> request);
  }

  /// Asks for a certificate by a request that is made for each connection.
  ///
  /// @throws EstClientException as the other form does
  public Enrollment enroll(
      TrustAnchors anchors, ClientAuthentication authentication, RequestSource request) {
    return send(EstOperation.SIMPLEENROLL, anchors, authentication, request);
  }

  /// Asks for the successor of the certificate that `holder` has (RFC 7030 §4.2.2), and verifies
  /// that it bears the same names. With the same key in `request` that is a renewal, with another
  /// one a rekey.
  ///
  /// @throws EstClientException as [#enroll] does
  public Enrollment reenroll(
      TrustAnchors anchors, ClientAuthentication.Holder holder, CertificationRequest request) {
    return reenroll(anchors, holder, link -> request);
  }

  /// Asks for the successor by a request that is made for each connection.
  ///
  /// @throws EstClientException as [#enroll] does
  public Enrollment reenroll(
      TrustAnchors anchors, ClientAuthentication.Holder holder, RequestSource request) {
    return send(EstOperation.SIMPLEREENROLL, anchors, holder, request);
  }

  /// Asks until there is a decision, waiting in between as the server says, within the bounds of
  /// `patience` (RFC 7030 §4.2.3).
  ///
  /// @param ask one of the calls above, with the same key each time
  /// @return [Enrollment.Pending] if there was no decision in all that time
  /// @throws EstClientException whatever `ask` throws
  /// @throws InterruptedException if the thread is told to stop
  public Enrollment untilDecided(Supplier<Enrollment> ask, Patience patience, Waiting waiting)
      throws InterruptedException {
    Enrollment enrollment = ask.get();
    Instant end = clock.instant().plus(patience.total());
    while (enrollment instanceof Enrollment.Pending pending) {
      Instant next = clock.instant().plus(patience.bounded(pending.retryAfter()));
      if (next.isAfter(end)) {
        return enrollment;
      }
      waiting.until(next);
      enrollment = ask.get();
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
    EstDialogue dialogue =
        dialogue(EstOperation.SERVERKEYGEN, anchors, Optional.of(authentication));
    if (!areExplicit(anchors)) {
      throw new EstClientException.Unable(
          Code.KEY_UNDER_IMPLICIT_ANCHORS,
          "a private key is not taken from a server that only implicit anchors vouch for");
    }
    Answer answer =
        dialogue.post(
            link -> EstBase64.encode(order.request().der().toByteArray(), EstBase64.Form.WRAPPED));
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
      throw new EstClientException.Untrusted(
          Code.KEY_UNPROTECTED, String.valueOf(e.getMessage()), e);
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
    if (!mayVouch || !CaCertificates.chains(signer, others, anchors, clock.instant())) {
      throw untrusted(
          Code.KEY_MAKER_UNTRUSTED,
          "the key was signed by " + signer + ", which may not vouch for it");
    }
  }

  private KeyedEnrollment verified(ServerKeyReply reply, TrustAnchors anchors) {
    try {
      Certificate own =
          reply
              .certificateOfKey()
              .orElseThrow(() ->
                  untrusted(
                      Code.CERTIFICATE_FOR_ANOTHER_KEY,
                      "the key and the certificate that the server sent do not belong together"));
      Enrollment.Issued issued =
          issued(
              verified(reply.certificates(), anchors, own.subjectPublicKeyInfo(), clock.instant()),
              reply.certificates());
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
      RequestSource source) {
    EstDialogue dialogue = dialogue(operation, anchors, Optional.of(authentication));
    if (dialogue.showsSecret() && !areExplicit(anchors)) {
      warnings.accept(EstWarning.SECRET_UNDER_IMPLICIT_ANCHORS);
    }
    AtomicReference<CertificationRequest> sent = new AtomicReference<>();
    Answer answer =
        dialogue.post(link -> {
          CertificationRequest request = source.on(link);
          sent.set(request);
          return EstBase64.encode(request.der().toByteArray(), EstBase64.Form.WRAPPED);
        });
    return switch (answer.status()) {
      case 200 -> {
        List<Certificate> received = certificates(answer);
        Certificate certificate =
            verified(received, anchors, sent.get().template().subjectPublicKey(), clock.instant());
        checkNames(operation, authentication, sent.get(), certificate);
        yield issued(certificate, received);
      }
      case 202 -> new Enrollment.Pending(retryAfter(answer));
      default -> throw refused(answer);
    };
  }

  private EstDialogue dialogue(
      EstOperation operation, TrustAnchors anchors, Optional<ClientAuthentication> authentication) {
    return new EstDialogue(
        server,
        operation,
        exchange,
        tls,
        redirects,
        scheme,
        host -> ServerTrust.in(anchors, server.host(), host, clock),
        authentication);
  }

  private List<Certificate> certificates(Answer answer) {
    if (answer.status() != 200) {
      throw refused(answer);
    }
    boolean expectedType =
        answer.contentType().flatMap(MediaType::parse).map(type -> type.is(PKCS7)).orElse(false);
    if (!expectedType) {
      throw notEst(
          answer
              .contentType()
              .map(type -> "its type is " + Explanation.sanitized(type) + " instead of " + PKCS7)
              .orElse("it has no Content-Type"));
    }
    try {
      List<Certificate> certificates = parsed(answer.body());
      if (certificates.isEmpty()) {
        throw notEst("it holds no certificate");
      }
      return certificates;
    } catch (MalformedException e) {
      throw notEst(e.safeMessage());
    }
  }

  private List<Certificate> parsed(Body body) {
    String text = new String(body.toByteArray(), StandardCharsets.ISO_8859_1);
    if (text.contains("-----BEGIN ")) {
      warnings.accept(EstWarning.PEM_BODY);
    }
    return text.contains("-----BEGIN CERTIFICATE-----")
        ? Certificate.parsePem(text)
        : CertsOnly.parse(EstBase64.decode(body));
  }

  private Duration retryAfter(Answer answer) {
    Instant now = clock.instant();
    Duration wait =
        answer
            .retryAfter()
            .flatMap(RetryAfter::parse)
            .map(retryAfter -> retryAfter.from(now))
            .orElseThrow(() -> notEst("it is a 202 without a Retry-After that can be read"));
    return Patience.DEFAULT.bounded(wait);
  }

  static Enrollment.Issued issued(Certificate certificate, List<Certificate> received) {
    return new Enrollment.Issued(
        certificate, received.stream().filter(one -> !one.equals(certificate)).toList());
  }

  /// The certificate for our key among those that came, valid and chaining to an anchor (EST-121).
  static Certificate verified(
      List<Certificate> received, TrustAnchors anchors, SubjectPublicKeyInfo key, Instant now) {
    Certificate certificate =
        received.stream()
            .filter(candidate -> candidate.subjectPublicKeyInfo().equals(key))
            .findFirst()
            .orElseThrow(() ->
                untrusted(
                    Code.CERTIFICATE_FOR_ANOTHER_KEY,
                    "the server sent a certificate for another key"));
    if (certificate.isCa()) {
      throw untrusted(Code.CERTIFICATE_UNTRUSTED, "the server sent a CA certificate");
    }
    try {
      CaCertificates.validate(certificate, received, anchors, now);
    } catch (PathInvalidException e) {
      throw new EstClientException.Untrusted(
          Code.CERTIFICATE_UNTRUSTED,
          "the server sent a certificate that cannot be relied upon: " + e.getMessage(),
          e);
    }
    return certificate;
  }

  /// A server may name a newcomer as it likes. A renewal keeps its names, which a registration
  /// authority tells for another, and whoever asks for a change gets that change or nothing.
  static void checkNames(
      EstOperation operation,
      ClientAuthentication authentication,
      CertificationRequest request,
      Certificate certificate) {
    Optional<SubjectNames> changed = request.template().changedNames();
    Optional<SubjectNames> expected =
        changed.isPresent()
            ? changed
            : operation == EstOperation.SIMPLEREENROLL
                    && authentication instanceof ClientAuthentication.Holder holder
                ? Optional.of(renewed(holder.chain().getFirst(), request))
                : Optional.empty();
    if (expected.isPresent() && !certificate.names().equals(expected.get())) {
      throw untrusted(
          Code.CERTIFICATE_NAMES,
          "the certificate that came is for "
              + certificate.names()
              + " and not for "
              + expected.get());
    }
    if (certificate.names().isEmpty()) {
      throw untrusted(Code.CERTIFICATE_NAMES, "the server sent a certificate without a name");
    }
  }

  private static SubjectNames renewed(Certificate own, CertificationRequest request) {
    return own.extendedKeyUsage().contains(ServerIdentity.CMC_RA)
        ? request.template().names()
        : own.names();
  }

  private static EstClientException.Untrusted untrusted(Code code, String what) {
    return new EstClientException.Untrusted(code, what, null);
  }

  private EstClientException.Refused refused(Answer answer) {
    Optional<Duration> retryAfter =
        answer
            .retryAfter()
            .flatMap(RetryAfter::parse)
            .map(when -> Patience.DEFAULT.bounded(when.from(clock.instant())));
    boolean page =
        answer
            .contentType()
            .flatMap(MediaType::parse)
            .map(type -> type.is("text/html") || type.is("application/xhtml+xml"))
            .orElse(false);
    return page
        ? EstClientException.Refused.byWebPage(answer.status(), retryAfter)
        : new EstClientException.Refused(answer.status(), Explanation.of(answer), retryAfter);
  }

  private EstClientException.Transport notEst(String what) {
    return new EstClientException.Transport(
        Code.NOT_EST, "the answer of " + server + " is not EST: " + what, null);
  }
}
