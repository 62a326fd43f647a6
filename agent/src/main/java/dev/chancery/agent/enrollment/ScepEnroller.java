package dev.chancery.agent.enrollment;

import dev.chancery.est.client.Fingerprint;
import dev.chancery.pki.Der;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.certificate.TrustAnchors;
import dev.chancery.pki.cms.MessageKey;
import dev.chancery.pki.key.SubjectPublicKeyInfo;
import dev.chancery.pki.name.DistinguishedName;
import dev.chancery.pki.name.SubjectNames;
import dev.chancery.pki.request.CertificationRequest;
import dev.chancery.pki.request.CertificationRequestBuilder;
import dev.chancery.scep.client.AcceptedAlgorithms;
import dev.chancery.scep.client.Authorities;
import dev.chancery.scep.client.Enrollment;
import dev.chancery.scep.client.ScepClient;
import dev.chancery.scep.client.ScepClientException;
import dev.chancery.scep.client.Trust;
import dev.chancery.scep.wire.TransactionId;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Enrols over SCEP (RFC 8894). The server's certificates are asked for before each message, since
/// its registration authority changes more often than its CA.
///
/// A transaction is named by the key to be certified and by what is shown for it, so that a request
/// which was sent before a crash, or whose answer was lost, is the same transaction when it is sent
/// again. A renewal has another certificate to show than the one before, hence another name.
public final class ScepEnroller implements Enroller {
  /// What the certificates of an endpoint are called in a [TrustAnchors].
  private static final String EXPLICIT = "explicit";

  private static final Logger LOG = LoggerFactory.getLogger(ScepEnroller.class);

  private final ScepClient client;

  public ScepEnroller(URI url, Duration timeout, Clock clock) {
    this.client =
        new ScepClient(
            url,
            AcceptedAlgorithms.MODERN,
            timeout,
            clock,
            warning -> LOG.atWarn().addKeyValue("url", url).log(warning.text()));
  }

  @Override
  public TrustAnchors bootstrap(Fingerprint pinned) {
    return orFailed(() -> {
      Authorities authorities = client.authorities(new Trust.Fingerprint(pinned.hex()));
      List<Certificate> others = new ArrayList<>(authorities.issuers());
      others.removeAll(authorities.anchors());
      return new TrustAnchors(EXPLICIT, authorities.anchors(), others);
    });
  }

  @Override
  public List<Certificate> caCertificates(TrustAnchors anchors) {
    return orFailed(() -> {
      Authorities authorities = authorities(anchors);
      return authorities.issuers().stream().filter(authorities.all()::contains).toList();
    });
  }

  private Authorities authorities(TrustAnchors anchors) {
    return client.authorities(new Trust.Anchors(anchors.anchors()));
  }

  private static <T> T orFailed(Supplier<T> call) {
    try {
      return call.get();
    } catch (ScepClientException e) {
      Optional<Duration> retryAfter =
          e instanceof ScepClientException.Unavailable unavailable
              ? unavailable.retryAfter()
              : Optional.empty();
      throw new FailedException(failure(e), retryAfter, e);
    }
  }

  @Override
  public Answer enroll(TrustAnchors anchors, Proof proof, KeyPair key, SubjectNames names) {
    return answer(anchors, Question.of(proof, key, names, client), client::enroll);
  }

  @Override
  public Answer renew(TrustAnchors anchors, Proof.Holder holder, KeyPair key, SubjectNames names) {
    return answer(anchors, Question.of(holder, key, names, client), client::renew);
  }

  @Override
  public Answer pollEnrollment(TrustAnchors anchors, Proof proof, KeyPair key, SubjectNames names) {
    return answer(anchors, Question.of(proof, key, names, client), client::poll);
  }

  @Override
  public Answer pollRenewal(
      TrustAnchors anchors, Proof.Holder holder, KeyPair key, SubjectNames names) {
    return answer(anchors, Question.of(holder, key, names, client), client::poll);
  }

  /// What is put to the server, again and again until there is an answer.
  private record Question(
      MessageKey signer, TransactionId transactionId, CertificationRequest request) {
    static Question of(Proof proof, KeyPair key, SubjectNames names, ScepClient client) {
      CertificationRequestBuilder builder = CertificationRequestBuilder.builder(names, key);
      TransactionId transactionId = transaction(key, proof);
      return switch (proof) {
        case Proof.Credential credential ->
            new Question(
                client.selfSigned(carrier(names.subject(), transactionId), key),
                transactionId,
                builder.challengePassword(challenge(credential)).build());
        case Proof.Holder holder ->
            new Question(
                new MessageKey(holder.chain().getFirst(), holder.key()),
                transactionId,
                builder.build());
      };
    }

    /// A credential of ours is `ID:SECRET`; what other servers hand out has no id.
    private static String challenge(Proof.Credential credential) {
      return credential.id().isEmpty()
          ? credential.secret()
          : credential.id() + ":" + credential.secret();
    }

    private static TransactionId transaction(KeyPair key, Proof proof) {
      String shown =
          switch (proof) {
            case Proof.Credential credential -> "credential " + credential.id();
            case Proof.Holder holder -> "certificate " + holder.chain().getFirst().sha256Hex();
          };
      String all = SubjectPublicKeyInfo.of(key.getPublic()).der().sha256Hex() + " for " + shown;
      return new TransactionId(Der.of(all.getBytes(StandardCharsets.UTF_8)).sha256Hex());
    }

    /// A certificate has to have an issuer (RFC 5280 §4.1.2.4), also where the CA decides about the
    /// name.
    private static DistinguishedName carrier(
        DistinguishedName subject, TransactionId transactionId) {
      return subject.isEmpty()
          ? DistinguishedName.parse("CN=" + transactionId.value().substring(0, 32))
          : subject;
    }
  }

  /// One of the client's messages.
  @FunctionalInterface
  private interface Message {
    Enrollment send(
        Authorities authorities,
        MessageKey signer,
        TransactionId transactionId,
        CertificationRequest request);
  }

  private Answer answer(TrustAnchors anchors, Question question, Message message) {
    try {
      Authorities authorities = authorities(anchors);
      return switch (message.send(
          authorities, question.signer(), question.transactionId(), question.request())) {
        case Enrollment.Issued issued -> {
          // The reply holds the certificate alone.
          List<Certificate> others = new ArrayList<>(issued.others());
          others.addAll(authorities.issuers());
          yield new Answer.Issued(issued.certificate(), others);
        }
        case Enrollment.Pending pending -> new Answer.Pending(Optional.empty());
      };
    } catch (ScepClientException.Refused e) {
      return new Answer.Refused(words(e), Optional.empty());
    } catch (ScepClientException.Unavailable e) {
      return new Answer.Later(words(e), e.retryAfter());
    } catch (ScepClientException e) {
      return new Answer.Failed(failure(e));
    }
  }

  private static Failure failure(ScepClientException e) {
    Failure.Code code =
        switch (e) {
          case ScepClientException.Refused refused -> Failure.Code.REFUSED;
          case ScepClientException.Untrusted untrusted -> Failure.Code.UNTRUSTED;
          case ScepClientException.Unavailable unavailable -> Failure.Code.UNAVAILABLE;
          case ScepClientException.Transport transport -> Failure.Code.UNREACHABLE;
        };
    return new Failure(code, words(e));
  }

  private static String words(ScepClientException e) {
    return Objects.requireNonNullElse(e.getMessage(), e.getClass().getSimpleName());
  }
}
