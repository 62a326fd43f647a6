package dev.chancery.scep.client;

import dev.chancery.pki.Der;
import dev.chancery.pki.MalformedException;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.certificate.SelfSigned;
import dev.chancery.pki.cms.CertsOnly;
import dev.chancery.pki.cms.Envelope;
import dev.chancery.pki.cms.MessageKey;
import dev.chancery.pki.cms.SignatureInvalidException;
import dev.chancery.pki.cms.SignedMessage;
import dev.chancery.pki.key.SubjectPublicKeyInfo;
import dev.chancery.pki.name.DistinguishedName;
import dev.chancery.pki.name.SubjectNames;
import dev.chancery.pki.request.CertificationRequest;
import dev.chancery.pki.request.RequestAttribute;
import dev.chancery.scep.wire.Capability;
import dev.chancery.scep.wire.CertRep;
import dev.chancery.scep.wire.CertRep.Result;
import dev.chancery.scep.wire.IssuerAndSerial;
import dev.chancery.scep.wire.IssuerAndSubject;
import dev.chancery.scep.wire.MessageHeader;
import dev.chancery.scep.wire.MessageType;
import dev.chancery.scep.wire.Nonce;
import dev.chancery.scep.wire.PkiRequest;
import dev.chancery.scep.wire.ScepOperation;
import dev.chancery.scep.wire.TransactionId;
import dev.chancery.transport.RetryAfter;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Asks a SCEP server (RFC 8894). Nothing it says is believed until the CA is known by a [Trust]
/// and the reply is signed by one of that CA's certificates, for this very request. Thread-safe.
public final class ScepClient {
  private static final int MAX_REPLY_BYTES = 2 * 1024 * 1024;
  private static final int MAX_EXPLANATION = 200;
  private static final String WRONG_URL =
      "a SCEP server's URL looks like http://ca.example:8080/scep, without query";

  /// A self-signed certificate lives as long as an operator may take to decide.
  private static final Duration SELF_SIGNED_LIFETIME = Duration.ofDays(30);

  private final URI url;
  private final AcceptedAlgorithms algorithms;
  private final Duration timeout;
  private final Clock clock;
  private final HttpClient http;
  private final Consumer<ScepWarning> warnings;

  /// What the server announced when it was last asked.
  private final AtomicReference<Set<Capability>> announced = new AtomicReference<>(Set.of());

  /// A client of one server.
  ///
  /// @param url `http` or `https`, without query, such as `http://ca.example:8080/scep`
  /// @param timeout of each exchange
  /// @throws MalformedException if it is no such URL
  public ScepClient(URI url, AcceptedAlgorithms algorithms, Duration timeout, Clock clock) {
    this(url, algorithms, timeout, clock, warning -> {});
  }

  /// The same, telling `warnings` what somebody should know.
  public ScepClient(
      URI url,
      AcceptedAlgorithms algorithms,
      Duration timeout,
      Clock clock,
      Consumer<ScepWarning> warnings) {
    this.warnings = warnings;
    this.url = parseUrl(url.toString());
    this.algorithms = algorithms;
    this.timeout = timeout;
    this.clock = clock;
    this.http =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NEVER)
            .connectTimeout(timeout)
            .build();
  }

  /// Reads a server's URL.
  ///
  /// @throws MalformedException if it is not `http` or `https`, or has a query
  public static URI parseUrl(String text) {
    URI url;
    try {
      url = new URI(text);
    } catch (URISyntaxException e) {
      throw new MalformedException(WRONG_URL, e);
    }
    String scheme = url.getScheme();
    if (scheme == null
        || !(scheme.equalsIgnoreCase("http") || scheme.equalsIgnoreCase("https"))
        || url.getHost() == null
        || url.getRawQuery() != null
        || url.getRawUserInfo() != null
        || url.getRawFragment() != null) {
      throw new MalformedException(WRONG_URL);
    }
    return url;
  }

  /// What the server says it can (RFC 8894 §3.5); empty if it says nothing. Not authenticated.
  public Set<Capability> capabilities() {
    Set<Capability> now = Capability.parse(capabilitiesText());
    Set<Capability> lost = new HashSet<>(announced.getAndSet(now));
    lost.removeAll(now);
    if (!lost.isEmpty()) {
      warnings.accept(new ScepWarning.CapabilitiesLost(lost));
    }
    return now;
  }

  /// The same as the server sent it; empty where it answered with an error.
  public String capabilitiesText() {
    try {
      return new String(get(ScepOperation.GET_CA_CAPS), StandardCharsets.UTF_8);
    } catch (AnsweredException none) {
      return "";
    }
  }

  /// The server's certificates, verified (RFC 8894 §4.2).
  ///
  /// @throws ScepClientException.Untrusted if they have nothing to do with `trust`
  public Authorities authorities(Trust trust) {
    return Authorities.verify(caCertificates(), trust);
  }

  /// The server's certificates as sent, believed by nobody.
  public List<Certificate> caCertificates() {
    return certificates(get(ScepOperation.GET_CA_CERT), "GetCACert");
  }

  /// The next CA's certificates, signed by the current one (RFC 8894 §4.7). To be kept as the next,
  /// not used as the current.
  ///
  /// @return empty if the server has none
  /// @throws ScepClientException.Untrusted if the current CA has not signed them
  public Optional<List<Certificate>> nextCaCertificates(Authorities current) {
    byte[] body;
    try {
      body = get(ScepOperation.GET_NEXT_CA_CERT);
    } catch (AnsweredException e) {
      if (e.status == 404 || e.status == 400 || e.status == 501) {
        return Optional.empty();
      }
      throw e.explained();
    }
    try {
      SignedMessage message = SignedMessage.parse(body);
      Certificate signer = message.verify();
      if (!current.issuers().contains(signer) && !current.maySign(signer)) {
        throw new ScepClientException.Untrusted(
            "the next CA's certificates are not signed by the current CA", null);
      }
      Der content =
          message
              .content()
              .orElseThrow(() -> new MalformedException("there is no next CA certificate"));
      return Optional.of(certificates(content.toByteArray(), "GetNextCACert"));
    } catch (SignatureInvalidException e) {
      throw new ScepClientException.Untrusted(
          "the next CA's certificates are not soundly signed: " + e.safeMessage(), e);
    } catch (MalformedException e) {
      throw notScep("GetNextCACert", e);
    }
  }

  private static List<Certificate> certificates(byte[] body, String operation) {
    try {
      return CertsOnly.parse(body);
    } catch (MalformedException noBundle) {
      try {
        return List.of(Certificate.parse(body));
      } catch (MalformedException e) {
        throw notScep(operation, e);
      }
    }
  }

  /// A certificate to sign with, for a key that has none (RFC 8894 §2.3).
  public MessageKey selfSigned(DistinguishedName subject, KeyPair keyPair) {
    Instant now = clock.instant();
    return new MessageKey(
        SelfSigned.of(
            subject, keyPair, now.minus(Duration.ofHours(1)), now.plus(SELF_SIGNED_LIFETIME)),
        keyPair.getPrivate());
  }

  /// Asks for a first certificate, with the challenge password that the request holds.
  ///
  /// @param signer [#selfSigned], for the key of `request`
  public Enrollment enroll(
      Authorities authorities,
      MessageKey signer,
      TransactionId transactionId,
      CertificationRequest request) {
    return certificate(
        MessageType.PKCS_REQ,
        authorities,
        signer,
        transactionId,
        request.der().toByteArray(),
        request);
  }

  /// Renews the certificate that `signer` holds.
  ///
  /// By RenewalReq where the server says that it knows it, else by PKCSReq, as old servers want it.
  public Enrollment renew(
      Authorities authorities,
      MessageKey signer,
      TransactionId transactionId,
      CertificationRequest request) {
    Set<Capability> capabilities = capabilities();
    boolean knows =
        capabilities.isEmpty()
            || capabilities.contains(Capability.RENEWAL)
            || capabilities.contains(Capability.SCEP_STANDARD);
    return certificate(
        knows ? MessageType.RENEWAL_REQ : MessageType.PKCS_REQ,
        authorities,
        signer,
        transactionId,
        request.der().toByteArray(),
        request);
  }

  /// Asks what became of a request that was pending (RFC 8894 §3.3.3).
  ///
  /// @param signer the same key as the request's
  public Enrollment poll(
      Authorities authorities,
      MessageKey signer,
      TransactionId transactionId,
      CertificationRequest request) {
    byte[] content =
        new IssuerAndSubject(
                authorities.issuers().getFirst().subject(), request.template().names().subject())
            .encode();
    return certificate(MessageType.CERT_POLL, authorities, signer, transactionId, content, request);
  }

  private static Optional<String> challenge(CertificationRequest request) {
    return request.challengePassword().map(RequestAttribute.ChallengePassword::value);
  }

  private Enrollment certificate(
      MessageType type,
      Authorities authorities,
      MessageKey signer,
      TransactionId transactionId,
      byte[] content,
      CertificationRequest request) {
    SubjectPublicKeyInfo key = request.template().subjectPublicKey();
    Optional<Envelope> envelope = exchange(type, authorities, signer, transactionId, content);
    if (envelope.isEmpty()) {
      return new Enrollment.Pending(transactionId);
    }
    List<Certificate> certificates = opened(envelope.get(), signer, challenge(request));
    Certificate own =
        certificates.stream()
            .filter(certificate -> certificate.subjectPublicKeyInfo().equals(key))
            .findFirst()
            .orElseThrow(() ->
                new ScepClientException.Untrusted(
                    "the server sent no certificate for the key that was asked for", null));
    if (!authorities.issued(own)) {
      throw new ScepClientException.Untrusted(
          "the certificate was not issued by the CA that is trusted", null);
    }
    SubjectNames asked = request.template().names();
    if (!asked.isEmpty() && !own.names().equals(asked)) {
      warnings.accept(new ScepWarning.NamesChanged(asked, own.names()));
    }
    return new Enrollment.Issued(
        own, certificates.stream().filter(certificate -> !certificate.equals(own)).toList());
  }

  /// Fetches a certificate by its serial number (RFC 8894 §3.3.4).
  public Certificate getCert(Authorities authorities, MessageKey signer, IssuerAndSerial wanted) {
    Envelope envelope =
        exchange(MessageType.GET_CERT, authorities, signer, TransactionId.fresh(), wanted.encode())
            .orElseThrow(() ->
                new ScepClientException.Transport(
                    "the server answered \"pending\" to a question", null));
    return opened(envelope, signer, Optional.empty()).stream()
        .filter(certificate -> certificate.serialNumber().equals(wanted.serialNumber()))
        .findFirst()
        .orElseThrow(
            () -> new ScepClientException.Untrusted("the server sent another certificate", null));
  }

  /// Asks for a CRL (RFC 8894 §3.3.5).
  ///
  /// @return the content that came: SignedData with the CRL
  public Der getCrl(Authorities authorities, MessageKey signer, IssuerAndSerial wanted) {
    Envelope envelope =
        exchange(MessageType.GET_CRL, authorities, signer, TransactionId.fresh(), wanted.encode())
            .orElseThrow(() ->
                new ScepClientException.Transport(
                    "the server answered \"pending\" to a question", null));
    return Der.of(content(envelope, signer, Optional.empty()));
  }

  /// One message and its reply, verified.
  ///
  /// @return empty if the server says to wait
  private Optional<Envelope> exchange(
      MessageType type,
      Authorities authorities,
      MessageKey signer,
      TransactionId transactionId,
      byte[] content) {
    Set<Capability> capabilities = capabilities();
    MessageHeader header = new MessageHeader(transactionId, Nonce.fresh());
    byte[] message =
        PkiRequest.encode(
            type,
            header,
            content,
            authorities.recipient(),
            algorithms.cipher(capabilities),
            signer,
            algorithms.digest(capabilities),
            List.of(),
            clock.instant());
    byte[] body = send(post(message));
    CertRep.Signed signed;
    try {
      signed = CertRep.parse(body);
    } catch (MalformedException e) {
      throw notScep("PKIOperation", e);
    } catch (SignatureInvalidException e) {
      throw new ScepClientException.Untrusted(
          "the reply is not soundly signed: " + e.safeMessage(), e);
    }
    believe(signed, authorities, header);
    return switch (signed.reply().result()) {
      case Result.Success success -> Optional.of(readable(success));
      case Result.Pending pending -> Optional.empty();
      case Result.Failure failure ->
          throw new ScepClientException.Refused(failure.failInfo(), failure.text());
    };
  }

  /// Before anything in the reply is looked at (SCEP-072, SCEP-135).
  private void believe(CertRep.Signed signed, Authorities authorities, MessageHeader header) {
    if (!authorities.maySign(signed.signer())) {
      throw new ScepClientException.Untrusted(
          "the reply is signed by somebody else than the CA and its registration authority", null);
    }
    if (!algorithms.allows(signed.digest())) {
      throw new ScepClientException.Untrusted(
          "the reply is signed with a weak digest (" + signed.digest() + ")", null);
    }
    if (!signed.reply().recipientNonce().equals(header.senderNonce())
        || !signed.reply().transactionId().equals(header.transactionId())) {
      throw new ScepClientException.Untrusted("the reply answers another message", null);
    }
  }

  private static Envelope readable(Result.Success success) {
    try {
      return success.open();
    } catch (MalformedException e) {
      throw notScep("PKIOperation", e);
    }
  }

  private List<Certificate> opened(
      Envelope envelope, MessageKey signer, Optional<String> challenge) {
    try {
      return CertsOnly.parse(content(envelope, signer, challenge));
    } catch (MalformedException e) {
      throw notScep("PKIOperation", e);
    }
  }

  private byte[] content(Envelope envelope, MessageKey signer, Optional<String> challenge) {
    if (envelope.cipher().filter(algorithms::allows).isEmpty()) {
      throw new ScepClientException.Untrusted("the reply is encrypted with a weak cipher", null);
    }
    try {
      return envelope.isFor(signer) || challenge.isEmpty()
          ? envelope.open(signer)
          : envelope.openWithPassword(challenge.get().getBytes(StandardCharsets.UTF_8));
    } catch (MalformedException e) {
      throw notScep("PKIOperation", e);
    }
  }

  private static ScepClientException notScep(String operation, MalformedException e) {
    return new ScepClientException.Transport(
        "the server's answer to " + operation + " is not SCEP: " + e.safeMessage(), e);
  }

  private byte[] get(ScepOperation operation) {
    return send(HttpRequest.newBuilder(withQuery(operation)).timeout(timeout).GET().build());
  }

  private HttpRequest post(byte[] message) {
    return HttpRequest.newBuilder(withQuery(ScepOperation.PKI_OPERATION))
        .timeout(timeout)
        .header("Content-Type", "application/x-pki-message")
        .POST(HttpRequest.BodyPublishers.ofByteArray(message))
        .build();
  }

  private URI withQuery(ScepOperation operation) {
    return URI.create(url + "?operation=" + operation.id());
  }

  /// The server answered, but not with 200.
  private static final class AnsweredException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int status;
    private final @Nullable Duration retryAfter;

    AnsweredException(int status, String explanation, Optional<Duration> retryAfter) {
      super(
          "the server answered "
              + status
              + (explanation.isEmpty() ? " without explanation" : ": " + explanation));
      this.status = status;
      this.retryAfter = retryAfter.orElse(null);
    }

    ScepClientException explained() {
      String message = String.valueOf(getMessage());
      return status == 429 || status == 503
          ? new ScepClientException.Unavailable(message, Optional.ofNullable(retryAfter), this)
          : new ScepClientException.Transport(message, this);
    }
  }

  private byte[] send(HttpRequest request) {
    try {
      HttpResponse<InputStream> response =
          http.send(request, HttpResponse.BodyHandlers.ofInputStream());
      try (InputStream stream = response.body()) {
        byte[] body = stream.readNBytes(MAX_REPLY_BYTES + 1);
        if (body.length > MAX_REPLY_BYTES) {
          throw new ScepClientException.Transport("the server's answer is too long", null);
        }
        if (response.statusCode() != 200) {
          AnsweredException answered =
              new AnsweredException(response.statusCode(), explanation(body), retryAfter(response));
          String query = request.uri().getQuery();
          boolean mayBeMissing =
              query.endsWith(ScepOperation.GET_CA_CAPS.id())
                  || query.endsWith(ScepOperation.GET_NEXT_CA_CERT.id());
          throw mayBeMissing ? answered : answered.explained();
        }
        return body;
      }
    } catch (IOException e) {
      throw new ScepClientException.Transport(
          "cannot reach " + url + " (" + e.getClass().getSimpleName() + ")", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ScepClientException.Transport("interrupted while waiting for " + url, e);
    }
  }

  private Optional<Duration> retryAfter(HttpResponse<?> response) {
    return response
        .headers()
        .firstValue("Retry-After")
        .flatMap(RetryAfter::parse)
        .map(when -> when.from(clock.instant()));
  }

  /// The server's words, safe to print: one line, bounded, without control characters.
  private static String explanation(byte[] body) {
    String text =
        new String(body, 0, Math.min(body.length, MAX_EXPLANATION), StandardCharsets.UTF_8);
    return text.replaceAll("[\\p{Cntrl}\\u0080-\\u009f]+", " ").strip();
  }
}
