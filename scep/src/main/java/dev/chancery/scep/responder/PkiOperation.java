package dev.chancery.scep.responder;

import dev.chancery.authority.Attempt;
import dev.chancery.authority.Authority;
import dev.chancery.authority.EnrollmentRequest;
import dev.chancery.authority.Exchange;
import dev.chancery.authority.Exchanges;
import dev.chancery.authority.Outcome;
import dev.chancery.authority.Refusal;
import dev.chancery.authority.RefusedException;
import dev.chancery.authority.Rehearsal;
import dev.chancery.authority.RevocationLists;
import dev.chancery.authority.ledger.CertificateRecord;
import dev.chancery.authority.ledger.PublishedList;
import dev.chancery.authority.requester.Requester;
import dev.chancery.pki.Der;
import dev.chancery.pki.MalformedException;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.cms.CertsOnly;
import dev.chancery.pki.cms.ContentCipher;
import dev.chancery.pki.cms.Envelope;
import dev.chancery.pki.cms.MessageKey;
import dev.chancery.pki.cms.Recipient;
import dev.chancery.pki.cms.SignatureInvalidException;
import dev.chancery.pki.cms.SignedMessage;
import dev.chancery.pki.key.KeyType;
import dev.chancery.pki.key.KeyWeakness;
import dev.chancery.pki.key.SubjectPublicKeyInfo;
import dev.chancery.pki.request.CertificationRequest;
import dev.chancery.pki.request.ProofInvalidException;
import dev.chancery.pki.request.ProofOfPossession;
import dev.chancery.pki.request.WeakKeyException;
import dev.chancery.scep.responder.ScepAuthentication.Authenticated;
import dev.chancery.scep.responder.ScepAuthentication.Circumstances;
import dev.chancery.scep.responder.ScepEndpoint.Challenges;
import dev.chancery.scep.responder.ScepEndpoint.EcReply;
import dev.chancery.scep.responder.ScepEndpoint.Option;
import dev.chancery.scep.wire.CertRep;
import dev.chancery.scep.wire.CertRep.EmptyContent;
import dev.chancery.scep.wire.CertRep.Result;
import dev.chancery.scep.wire.IssuerAndSerial;
import dev.chancery.scep.wire.IssuerAndSubject;
import dev.chancery.scep.wire.MessageHeader;
import dev.chancery.scep.wire.MessageType;
import dev.chancery.scep.wire.PkiRequest;
import dev.chancery.transport.Body;
import dev.chancery.transport.Reply;
import dev.chancery.transport.Request;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/// Answers messages (`PKIOperation`). One is, in this order: read as far as it must be to be
/// answered at all; of a type that is on the list; within the endpoint's algorithms; soundly
/// signed; opened; authenticated; and only then a request to the authority. Immutable and
/// thread-safe.
final class PkiOperation {
  // Clients compare this to the letter (SCEP-005).
  private static final String PKI_MESSAGE = "application/x-pki-message";

  /// One text for everything that may be wrong with what is inside an envelope: whether it opened
  /// is nobody's business (SCEP-057).
  private static final String UNREADABLE = "the message's content cannot be read";

  private final Authority authority;
  private final Exchanges exchanges;
  private final ScepAuthentication authentication;
  private final RevocationLists revocationLists;
  private final Decisions decisions;
  private final Clock clock;

  PkiOperation(
      Authority authority,
      Exchanges exchanges,
      ScepAuthentication authentication,
      RevocationLists revocationLists,
      Decisions decisions,
      Clock clock) {
    this.authority = authority;
    this.exchanges = exchanges;
    this.authentication = authentication;
    this.revocationLists = revocationLists;
    this.decisions = decisions;
    this.clock = clock;
  }

  /// `PKIOperation` (RFC 8894 §4.3).
  ///
  /// @throws MalformedException if there is nothing that a signed reply could refer to
  Reply answer(Request request, Target target, byte[] octets) {
    SignedMessage signed = SignedMessage.parse(octets);
    MessageHeader header = MessageHeader.of(signed);
    Dialogue dialogue = Dialogue.of(request, target, octets, signed, header);
    try {
      return reply(dialogue, answer(dialogue));
    } catch (RuntimeException e) {
      Refusal refusal = refusalOf(e).orElseThrow(() -> e);
      return say(
          dialogue,
          audit(
              dialogue,
              refusal,
              e instanceof RefusedException refused ? refused.facts() : Map.of()));
    }
  }

  /// What a failure means for whoever sent the message; empty if it is this server's.
  private static Optional<Refusal> refusalOf(RuntimeException e) {
    return switch (e) {
      case RefusedException refused -> Optional.of(refused.refusal());
      case MalformedException malformed ->
          Optional.of(
              new Refusal(
                  Refusal.Code.MALFORMED,
                  malformed.safeMessage(),
                  "send a pkiMessage (RFC 8894 section 3)"));
      case SignatureInvalidException invalid ->
          Optional.of(
              new Refusal(
                  Refusal.Code.MESSAGE_SIGNATURE_INVALID,
                  invalid.safeMessage(),
                  "sign the message, once, and send the certificate of the key"));
      case WeakKeyException weak ->
          Optional.of(
              new Refusal(
                  Refusal.Code.KEY_WEAK, weak.weakness().explanation(), "make a stronger key"));
      case ProofInvalidException _invalid ->
          Optional.of(
              new Refusal(
                  Refusal.Code.PROOF_OF_POSSESSION_INVALID,
                  "the request's signature does not verify with the key inside it",
                  "sign the request with the private half of its key"));
      default -> Optional.empty();
    };
  }

  /// What would become of the message, by the steps of [#answer]. Nothing is used up or remembered,
  /// and nobody outside is asked.
  Rehearsal rehearse(Request request, Target target, byte[] octets) {
    try {
      SignedMessage signed = SignedMessage.parse(octets);
      MessageHeader header = MessageHeader.of(signed);
      return authority.rehearse(rehearsed(Dialogue.of(request, target, octets, signed, header)));
    } catch (RuntimeException e) {
      return new Rehearsal.Refused(refusalOf(e).orElseThrow(() -> e));
    }
  }

  private EnrollmentRequest rehearsed(Dialogue dialogue) {
    ScepEndpoint endpoint = dialogue.endpoint();
    PkiRequest message = PkiRequest.of(dialogue.signed(), dialogue.header());
    allowedAlgorithms(dialogue, message);
    Certificate signer = dialogue.signed().verify();
    refuseOtherTimes(endpoint, message);
    if (message.type() != MessageType.PKCS_REQ && message.type() != MessageType.RENEWAL_REQ) {
      throw new MalformedException("the message asks for no certificate");
    }
    if (endpoint.challenges() instanceof Challenges.Decided) {
      throw new RefusedException(
          Refusal.Code.AUTHORISER_UNAVAILABLE,
          "somebody outside decides about requests at " + endpoint.endpoint().name(),
          "ask there; a rehearsal asks nobody");
    }
    CertificationRequest csr = request(open(dialogue, message), endpoint.algorithms());
    ProofOfPossession proof = ProofOfPossession.verify(csr);
    refuseOwnKey(dialogue, csr);
    recipients(endpoint, signer, ScepAuthentication.challengeIn(csr));
    Authenticated authenticated =
        authentication.authenticate(
            endpoint,
            message.type(),
            signer,
            csr,
            new Circumstances(
                dialogue.header().transactionId().value(),
                dialogue.request().id().value(),
                dialogue.request().peer().address()));
    return new EnrollmentRequest(
        endpoint.endpoint(),
        authenticated.operation(),
        authenticated.requester(),
        csr.template(),
        proof,
        dialogue.request().id().value());
  }

  /// What became of the message, and for whom the reply is sealed.
  private sealed interface Answer {
    record Certificates(
        List<Certificate> certificates, List<Recipient> recipients, ContentCipher cipher)
        implements Answer {}

    record RevocationList(Der list, List<Recipient> recipients, ContentCipher cipher)
        implements Answer {}

    record Pending() implements Answer {}

    record Refused(Refusal refusal) implements Answer {}
  }

  private Answer answer(Dialogue dialogue) {
    // The type comes first: what is not on the list is not looked at any further (SCEP-203).
    PkiRequest message =
        dialogue.known().orElseGet(() -> PkiRequest.of(dialogue.signed(), dialogue.header()));
    ContentCipher cipher = allowedAlgorithms(dialogue, message);
    Certificate signer = dialogue.signed().verify();
    refuseOtherTimes(dialogue.endpoint(), message);
    return switch (message.type()) {
      case PKCS_REQ, RENEWAL_REQ -> enroll(dialogue, message, cipher, signer);
      case CERT_POLL -> poll(dialogue, message, cipher, signer);
      case GET_CERT -> getCert(dialogue, message, cipher, signer);
      case GET_CRL -> getCrl(dialogue, message, cipher, signer);
      case CERT_REP -> throw new IllegalStateException("PkiRequest takes no CertRep");
    };
  }

  /// Off unless the operator knows that the devices have clocks (SCEP-078).
  private void refuseOtherTimes(ScepEndpoint endpoint, PkiRequest message) {
    if (endpoint.signingTimeWindow().isEmpty()) {
      return;
    }
    Instant now = clock.instant();
    Optional<Instant> signed = message.signingTime();
    if (signed
        .filter(at ->
            Duration.between(at, now).abs().compareTo(endpoint.signingTimeWindow().get()) <= 0)
        .isEmpty()) {
      throw new RefusedException(
          Refusal.Code.SIGNING_TIME_WRONG,
          signed
              .map(at -> "the message was signed at " + at + " and here it is " + now)
              .orElse("the message does not say when it was signed"),
          signed.isPresent() ? "set the device's clock" : "add the signed attribute signingTime");
    }
  }

  /// Before anything is verified or opened, so that a weak algorithm cannot be used at all
  /// (SCEP-122).
  private static ContentCipher allowedAlgorithms(Dialogue dialogue, PkiRequest message) {
    AlgorithmPolicy policy = dialogue.endpoint().algorithms();
    if (dialogue.signed().digest().filter(policy::allows).isEmpty()) {
      throw notAllowed("the message's digest is not allowed", policy);
    }
    ContentCipher cipher =
        message
            .envelope()
            .cipher()
            .filter(policy::allows)
            .orElseThrow(() -> notAllowed("the message's cipher is not allowed", policy));
    if (!policy.allowsSignatureOf(dialogue.signed().signer())) {
      throw notAllowed(
          "the signature of the sender's self-signed certificate is not allowed", policy);
    }
    Optional<KeyWeakness> weakness =
        KeyWeakness.of(dialogue.signed().signer().subjectPublicKeyInfo());
    if (weakness.isPresent()) {
      throw new WeakKeyException(weakness.get());
    }
    return cipher;
  }

  private static RefusedException notAllowed(String what, AlgorithmPolicy policy) {
    return new RefusedException(
        Refusal.Code.ALGORITHM_NOT_ALLOWED,
        what + " by the policy " + policy.id(),
        "use SHA-256 and AES");
  }

  /// `PKCSReq` and `RenewalReq` (RFC 8894 §3.3.1).
  private Answer enroll(
      Dialogue dialogue, PkiRequest message, ContentCipher cipher, Certificate signer) {
    // Before the private key is used: guesses are cheap to make (SCEP-208).
    authentication.refuseGuessers(dialogue.endpoint(), signer, dialogue.request().peer().address());
    CertificationRequest csr = request(open(dialogue, message), dialogue.endpoint().algorithms());
    refuseForeignTransaction(dialogue, signer);
    Optional<String> generation =
        openingKey(dialogue, message).map(dialogue.target().keys()::generationOf);
    return enroll(
        dialogue,
        new Transaction(message.type(), signer, csr.der(), generation),
        csr,
        cipher,
        signer);
  }

  /// A transaction ID that waits under another key is somebody else's (SCEP-077 c). One that is
  /// over may come again: many clients derive it from their key.
  private void refuseForeignTransaction(Dialogue dialogue, Certificate signer) {
    if (exchanges.waits(dialogue.name())
        && kept(dialogue).filter(kept -> isSameKey(kept.signer(), signer)).isEmpty()) {
      throw new RefusedException(
          Refusal.Code.MALFORMED,
          "the transactionID belongs to a pending request of another key",
          "choose another transactionID");
    }
  }

  private Answer enroll(
      Dialogue dialogue,
      Transaction transaction,
      CertificationRequest csr,
      ContentCipher cipher,
      Certificate signer) {
    ProofOfPossession proof = ProofOfPossession.verify(csr);
    ScepEndpoint endpoint = dialogue.endpoint();
    refuseOwnKey(dialogue, csr);
    // Before anything is issued that could not be delivered (SCEP-143).
    List<Recipient> recipients = recipients(endpoint, signer, ScepAuthentication.challengeIn(csr));
    Circumstances where =
        new Circumstances(
            dialogue.header().transactionId().value(),
            dialogue.request().id().value(),
            dialogue.request().peer().address());
    Exchange exchange =
        exchanges.open(
            dialogue.name(),
            dialogue.octets().toByteArray(),
            transaction::encode,
            facts(dialogue, transaction, cipher));
    // Nobody is asked about what was overheard, and nobody hears that it failed.
    if (endpoint.challenges() instanceof Challenges.Decided && exchanges.isReplay(exchange)) {
      throw Exchange.replayed();
    }
    Authenticated authenticated = authenticate(endpoint, transaction, csr, where);
    Outcome outcome =
        authority.enroll(
            new EnrollmentRequest(
                endpoint.endpoint(),
                authenticated.operation(),
                authenticated.requester(),
                csr.template(),
                proof,
                dialogue.request().id().value(),
                Optional.of(exchange),
                transaction.generation()));
    if (endpoint.challenges() instanceof Challenges.Decided) {
      decisions.settlement().settle(endpoint.endpoint(), authenticated.requester(), outcome);
    }
    return switch (outcome) {
      case Outcome.Issued issued -> {
        List<Certificate> certificates = new ArrayList<>();
        certificates.add(issued.chain().leaf());
        if (endpoint.does(Option.CA_IN_REPLY)) {
          issued.chain().authorities().stream().findFirst().ifPresent(certificates::add);
        }
        yield new Answer.Certificates(certificates, recipients, cipher);
      }
      case Outcome.Pending pending -> new Answer.Pending();
      case Outcome.Refused refused -> {
        RefusedChallenge.report(
            endpoint.endpoint(), refused.refusal(), credentialOf(authenticated), csr, where);
        yield new Answer.Refused(refused.refusal());
      }
    };
  }

  private Authenticated authenticate(
      ScepEndpoint endpoint,
      Transaction transaction,
      CertificationRequest csr,
      Circumstances where) {
    try {
      return authentication.authenticate(
          endpoint, transaction.type(), transaction.signer(), csr, where);
    } catch (RefusedException e) {
      RefusedChallenge.report(
          endpoint.endpoint(), e.refusal(), e.facts().getOrDefault("credential", ""), csr, where);
      // The device as it names itself, unproven.
      throw e.with(
          Map.of(
              "transaction", where.transactionId(),
              "requested-names", csr.template().names().toString()));
    }
  }

  private static String credentialOf(Authenticated authenticated) {
    return authenticated.requester() instanceof Requester.CredentialHolder holder
        ? holder.credential().id()
        : "";
  }

  /// Nobody else can have it (SCEP-205). The authority looks after the CA's own keys.
  private static void refuseOwnKey(Dialogue dialogue, CertificationRequest csr) {
    RegistrationKeys keys = dialogue.target().keys();
    if (keys.keys().stream()
        .flatMap(own -> Stream.of(own, keys.signing(own)))
        .anyMatch(own ->
            own.certificate().subjectPublicKeyInfo().equals(csr.template().subjectPublicKey()))) {
      throw new RefusedException(
          Refusal.Code.KEY_OF_AUTHORITY,
          "the key in the request is the registration authority's own key",
          "make a key of your own, and tell the operator where this one came from");
    }
  }

  private static Map<String, String> facts(
      Dialogue dialogue, Transaction transaction, ContentCipher cipher) {
    return Map.of(
        "transaction", dialogue.header().transactionId().value(),
        "message", transaction.type().id(),
        "signer-sha256", transaction.signer().sha256Hex(),
        "request-sha256", transaction.request().sha256Hex(),
        "algorithms",
            dialogue.endpoint().algorithms().id() + ": " + dialogue.digest() + ", " + cipher);
  }

  /// `CertPoll` (RFC 8894 §3.3.3). The names in it mean nothing: old clients send wrong ones
  /// (SCEP-101). To ask what became of a request is to make it again; whoever asks all the time is
  /// told to wait, before the expensive part (SCEP-103).
  private Answer poll(
      Dialogue dialogue, PkiRequest message, ContentCipher cipher, Certificate signer) {
    Transaction transaction =
        kept(dialogue)
            .filter(kept -> isSameKey(kept.signer(), signer))
            .orElseThrow(() ->
                new RefusedException(
                    Refusal.Code.NOT_FOUND,
                    "no request of this key and transactionID is pending",
                    "enrol anew"));
    if (exchanges.isAskedTooOften(dialogue.name())) {
      return new Answer.Pending();
    }
    byte[] content = open(dialogue, message);
    readable(() -> IssuerAndSubject.parse(content));
    CertificationRequest csr =
        CertificationRequest.parse(
            transaction.request().toByteArray(), dialogue.endpoint().algorithms().weakSignatures());
    return enroll(dialogue, transaction, csr, cipher, signer);
  }

  private Optional<Transaction> kept(Dialogue dialogue) {
    return exchanges
        .pendingRequest(dialogue.name())
        .map(der -> {
          Transaction transaction = Transaction.parse(der);
          Arrays.fill(der, (byte) 0);
          return transaction;
        });
  }

  private static boolean isSameKey(Certificate one, Certificate other) {
    return one.subjectPublicKeyInfo().equals(other.subjectPublicKeyInfo());
  }

  /// `GetCert` (RFC 8894 §3.3.4): certificates of this endpoint's CA, for anybody who can read the
  /// answer. A serial number has 80 random bits, so nobody can walk through them.
  private Answer getCert(
      Dialogue dialogue, PkiRequest message, ContentCipher cipher, Certificate signer) {
    ScepEndpoint endpoint = dialogue.endpoint();
    if (!endpoint.does(Option.GET_CERT)) {
      throw new RefusedException(
          Refusal.Code.MALFORMED, "GetCert is switched off here", "ask the operator");
    }
    byte[] content = open(dialogue, message);
    IssuerAndSerial wanted = readable(() -> IssuerAndSerial.parse(content));
    List<Recipient> recipients = recipients(endpoint, signer, Optional.empty());
    String issuer = endpoint.endpoint().issuer();
    Certificate found =
        Optional.of(authority.certificatesOf(issuer).getFirst())
            .filter(ca -> ca.subject().equals(wanted.issuer()))
            .flatMap(ca -> authority.certificate(issuer, wanted.serialNumber()))
            .map(CertificateRecord::certificate)
            .orElseThrow(() ->
                new RefusedException(
                    Refusal.Code.NOT_FOUND,
                    "this endpoint's CA has issued no such certificate",
                    "check issuer and serial number"));
    return new Answer.Certificates(List.of(found), recipients, cipher);
  }

  /// The issuer selects the CRL, and any serial number will do (RFC 8894 §3.3.5). Where several
  /// generations bear the issuer's name, that of a certificate of ours selects among them; else it
  /// is the active one's.
  private Answer getCrl(
      Dialogue dialogue, PkiRequest message, ContentCipher cipher, Certificate signer) {
    byte[] content = open(dialogue, message);
    IssuerAndSerial wanted = readable(() -> IssuerAndSerial.parse(content));
    ScepEndpoint endpoint = dialogue.endpoint();
    String issuer = endpoint.endpoint().issuer();
    Der list =
        Optional.of(authority.certificatesOf(issuer).getFirst())
            .filter(ca -> ca.subject().equals(wanted.issuer()))
            .map(_ca ->
                authority
                    .certificate(issuer, wanted.serialNumber())
                    .map(CertificateRecord::issuer)
                    .orElseGet(() -> authority.generationsOf(issuer).getFirst().id()))
            .flatMap(revocationLists::newest)
            .map(PublishedList::list)
            .orElseThrow(() ->
                new RefusedException(
                    Refusal.Code.NOT_FOUND,
                    "this endpoint has no CRL of that issuer",
                    "check the issuer's name"));
    return new Answer.RevocationList(list, recipients(endpoint, signer, Optional.empty()), cipher);
  }

  private static byte[] open(Dialogue dialogue, PkiRequest message) {
    MessageKey key =
        openingKey(dialogue, message).orElseThrow(() -> new MalformedException(UNREADABLE));
    return readable(() -> message.envelope().open(key));
  }

  private static Optional<MessageKey> openingKey(Dialogue dialogue, PkiRequest message) {
    return dialogue.target().keys().keys().stream().filter(message.envelope()::isFor).findFirst();
  }

  private static CertificationRequest request(byte[] content, AlgorithmPolicy policy) {
    return readable(() -> CertificationRequest.parse(content, policy.weakSignatures()));
  }

  private static <T> T readable(java.util.function.Supplier<T> reader) {
    try {
      return reader.get();
    } catch (MalformedException e) {
      throw new MalformedException(UNREADABLE, e);
    }
  }

  /// For whom a reply is sealed: the signer's key if it can be encrypted to (SCEP-096).
  ///
  /// @throws RefusedException if there is no way to reach the requester
  private static List<Recipient> recipients(
      ScepEndpoint endpoint, Certificate signer, Optional<String> challenge) {
    SubjectPublicKeyInfo key = signer.subjectPublicKeyInfo();
    if (key.isRsa()) {
      return List.of(new Recipient.KeyTransport(signer));
    }
    List<Recipient> recipients = new ArrayList<>();
    EcReply way = endpoint.ecReply();
    if (way.usesPassword()) {
      // What a party outside has made up may be weak; ours and the shared ones are not (SCEP-147).
      Optional<String> strong =
          challenge.filter(password ->
              endpoint.challenges() instanceof Challenges.Credentials
                  || ChallengeStrength.isEnough(password));
      strong.ifPresent(password ->
          recipients.add(
              new Recipient.Password(Der.of(password.getBytes(StandardCharsets.UTF_8)))));
    }
    if ((way == EcReply.KEY_AGREEMENT || way == EcReply.PASSWORD_AND_KEY_AGREEMENT)
        && key.type().filter(KeyType::isEc).isPresent()) {
      recipients.add(new Recipient.KeyAgreement(signer));
    }
    if (recipients.isEmpty()) {
      throw new RefusedException(
          Refusal.Code.ALGORITHM_NOT_ALLOWED,
          "a reply cannot be encrypted for a key of this type here",
          "sign with an RSA key, or ask the operator about ec-reply");
    }
    return recipients;
  }

  private Reply reply(Dialogue dialogue, Answer answer) {
    return switch (answer) {
      case Answer.Certificates(var certificates, var recipients, var cipher) ->
          signed(
              dialogue,
              new Result.Success(
                  Der.of(
                      Envelope.seal(CertsOnly.encodeInOrder(certificates), cipher, recipients))));
      case Answer.RevocationList(var list, var recipients, var cipher) ->
          signed(
              dialogue,
              new Result.Success(
                  Der.of(Envelope.seal(CertsOnly.encodeList(list), cipher, recipients))));
      case Answer.Pending() -> signed(dialogue, new Result.Pending());
      case Answer.Refused(Refusal refusal) -> say(dialogue, refusal);
    };
  }

  private static Reply say(Dialogue dialogue, Refusal refusal) {
    return switch (ScepRefusals.answer(refusal)) {
      case ScepRefusals.Answer.Signed(Result.Failure failure) -> signed(dialogue, failure);
      case ScepRefusals.Answer.Later(String text) ->
          Reply.text(503, text).retryAfter(ScepRefusals.RETRY_AFTER);
      case ScepRefusals.Answer.Broken(String text) -> Reply.text(500, text);
    };
  }

  private static Reply signed(Dialogue dialogue, Result result) {
    EmptyContent emptyContent =
        dialogue.endpoint().does(Option.ABSENT_CONTENT) ? EmptyContent.ABSENT : EmptyContent.EMPTY;
    byte[] encoded =
        CertRep.to(dialogue.header(), result)
            .encode(dialogue.signingKey(), dialogue.digest(), emptyContent);
    return Reply.of(200, PKI_MESSAGE, Body.of(encoded)).with("Cache-Control", "no-store");
  }

  /// What to answer: `refusal`, or that it could not be recorded.
  private Refusal audit(Dialogue dialogue, Refusal refusal, Map<String, String> facts) {
    return authority
        .refuse(
            new Attempt(
                dialogue.endpoint().endpoint(),
                "PKIOperation",
                dialogue.request().id().value(),
                dialogue.request().peer().address(),
                dialogue.claimed(),
                facts),
            refusal)
        .refusal();
  }
}
