package dev.chancery.server;

import dev.chancery.authority.Authority;
import dev.chancery.authority.EnrollmentRequest;
import dev.chancery.authority.EnrollmentRequest.Operation;
import dev.chancery.authority.Exchanges;
import dev.chancery.authority.Refusal;
import dev.chancery.authority.RefusedException;
import dev.chancery.authority.Rehearsal;
import dev.chancery.authority.RevocationLists;
import dev.chancery.authority.credential.CredentialRecord;
import dev.chancery.authority.credential.SecretBox;
import dev.chancery.authority.endpoint.Endpoint;
import dev.chancery.authority.ledger.Ledger;
import dev.chancery.authority.requester.CertificateAuthentication;
import dev.chancery.authority.requester.CredentialAuthentication;
import dev.chancery.authority.requester.ExternalAuthentication;
import dev.chancery.authority.requester.FailureLimit;
import dev.chancery.authority.requester.Requester;
import dev.chancery.pki.Der;
import dev.chancery.pki.MalformedException;
import dev.chancery.pki.Pem;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.request.CertificationRequest;
import dev.chancery.pki.request.ProofInvalidException;
import dev.chancery.pki.request.ProofOfPossession;
import dev.chancery.pki.request.WeakKeyException;
import dev.chancery.scep.responder.Decisions;
import dev.chancery.scep.responder.RegistrationKeys;
import dev.chancery.scep.responder.ScepEndpoint;
import dev.chancery.scep.responder.ScepEndpoint.Challenges;
import dev.chancery.scep.responder.ScepResponder;
import dev.chancery.transport.Body;
import dev.chancery.transport.Headers;
import dev.chancery.transport.Method;
import dev.chancery.transport.Peer;
import dev.chancery.transport.Request;
import dev.chancery.transport.RequestId;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Tells the operator what would become of a request, without making it (SCEP-213): nothing is
/// issued, used up, written or asked outside. Wrong secrets in messages that are looked at do not
/// count against any device. Thread-safe.
final class Linter {
  /// Of the operator alone.
  private static final int GUESSES_PER_MINUTE = 10_000;

  private final Authority authority;
  private final Ledger ledger;
  private final Exchanges exchanges;
  private final RevocationLists revocationLists;
  private final CertificateAuthentication certificates;
  private final CredentialAuthentication credentials;
  private final FailureLimit failures;
  private final SecretBox secrets;
  private final Clock clock;

  Linter(Services services, Exchanges exchanges, SecretBox secrets) {
    this.authority = services.authority();
    this.ledger = services.ledger();
    this.exchanges = exchanges;
    this.revocationLists = services.revocationLists();
    this.clock = services.clock();
    this.failures = new FailureLimit(GUESSES_PER_MINUTE, clock);
    this.certificates = new CertificateAuthentication(ledger, services.issuers(), clock);
    this.credentials = new CredentialAuthentication(ledger, secrets, clock, failures);
    this.secrets = secrets;
  }

  /// What is looked at.
  ///
  /// @param file a PKCS#10 request, PEM or DER, or a SCEP message
  /// @param credential id of the one that the request would come with
  /// @param signer the certificate that it would be authenticated with
  /// @param address where it would come from
  record Subject(
      Der file, Optional<String> credential, Optional<Certificate> signer, String address) {}

  /// What would become of a SCEP message or a request at a SCEP endpoint.
  Rehearsal rehearse(ScepEndpoint endpoint, RegistrationKeys keys, Subject subject) {
    if (endpoint.challenges() instanceof Challenges.Decided) {
      return new Rehearsal.Refused(
          new Refusal(
              Refusal.Code.AUTHORISER_UNAVAILABLE,
              "somebody outside decides about requests at " + endpoint.endpoint().name(),
              "ask there; a rehearsal asks nobody"));
    }
    byte[] der = der(subject.file().toByteArray());
    if (isRequest(der)) {
      return rehearse(endpoint.endpoint(), subject);
    }
    ScepResponder responder =
        new ScepResponder(
            Map.of(endpoint, keys),
            authority,
            exchanges,
            certificates,
            credentials,
            revocationLists,
            new Decisions(Map.of(), new ExternalAuthentication(secrets, failures), (_, _, _) -> {}),
            clock);
    return responder.rehearse(
        new Request(
            RequestId.fresh(),
            Method.POST,
            endpoint.path(),
            "",
            Headers.NONE,
            Body.of(der),
            new Peer.Cleartext(subject.address())));
  }

  /// What would become of a PKCS#10 request.
  Rehearsal rehearse(Endpoint endpoint, Subject subject) {
    try {
      CertificationRequest csr = CertificationRequest.parse(der(subject.file().toByteArray()));
      ProofOfPossession proof = ProofOfPossession.verify(csr);
      boolean renews = subject.credential().isEmpty();
      return authority.rehearse(
          new EnrollmentRequest(
              endpoint,
              renews ? Operation.RENEWAL : Operation.INITIAL,
              requester(endpoint, subject),
              csr.template(),
              proof,
              RequestId.fresh().value()));
    } catch (RefusedException e) {
      return new Rehearsal.Refused(e.refusal());
    } catch (MalformedException e) {
      return refused(
          Refusal.Code.MALFORMED, e.safeMessage(), "give a PKCS#10 request or a pkiMessage");
    } catch (WeakKeyException e) {
      return refused(Refusal.Code.KEY_WEAK, e.weakness().explanation(), "make a stronger key");
    } catch (ProofInvalidException e) {
      return refused(
          Refusal.Code.PROOF_OF_POSSESSION_INVALID,
          "the request's signature does not verify with the key inside it",
          "sign the request with the private half of its key");
    }
  }

  private static Rehearsal refused(Refusal.Code code, String what, String hint) {
    return new Rehearsal.Refused(new Refusal(code, what, hint));
  }

  /// As the endpoint would find out. The operator has the credential's secret anyway: the server
  /// opens it and walks the way of whoever knows it.
  private Requester requester(Endpoint endpoint, Subject subject) {
    if (subject.credential().isPresent()) {
      String id = subject.credential().get();
      CredentialRecord record =
          ledger
              .credential(id)
              .orElseThrow(() ->
                  new RefusedException(
                      Refusal.Code.CREDENTIAL_UNKNOWN,
                      "there is no credential \"" + id + "\"",
                      "see chancery credential list"));
      byte[] secret = secrets.open(id, record.sealedSecret());
      try {
        Optional<Requester> beside =
            subject
                .signer()
                .map(signer ->
                    certificates.authenticate(endpoint, List.of(signer), Operation.INITIAL));
        return credentials.authenticate(endpoint, id, secret, subject.address(), beside);
      } finally {
        Arrays.fill(secret, (byte) 0);
      }
    }
    if (subject.signer().isPresent()) {
      return certificates.authenticate(
          endpoint, List.of(subject.signer().get()), Operation.RENEWAL);
    }
    throw new RefusedException(
        Refusal.Code.CREDENTIAL_MISSING,
        "nobody has said who asks",
        "give --credential for a first certificate, or --signer for a renewal");
  }

  private static boolean isRequest(byte[] der) {
    try {
      CertificationRequest _ = CertificationRequest.parseIgnoringSignature(der);
      return true;
    } catch (MalformedException other) {
      return false;
    }
  }

  private static byte[] der(byte[] file) {
    if (file.length == 0 || file[0] != '-') {
      return file;
    }
    return Pem.parseAll(new String(file, StandardCharsets.US_ASCII)).stream()
        .findFirst()
        .map(block -> block.der().toByteArray())
        .orElse(file);
  }
}
