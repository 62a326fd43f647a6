package dev.chancery.scep.responder;

import dev.chancery.authority.EnrollmentRequest.Operation;
import dev.chancery.authority.Refusal;
import dev.chancery.authority.RefusedException;
import dev.chancery.authority.endpoint.Endpoint;
import dev.chancery.authority.ledger.CertificateRecord;
import dev.chancery.authority.requester.CertificateAuthentication;
import dev.chancery.authority.requester.CredentialAuthentication;
import dev.chancery.authority.requester.ExternalAuthoriser;
import dev.chancery.authority.requester.ExternalAuthoriser.Question;
import dev.chancery.authority.requester.Requester;
import dev.chancery.authority.requester.SharedSecret;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.request.CertificationRequest;
import dev.chancery.pki.request.RequestAttribute;
import dev.chancery.scep.responder.ScepEndpoint.Challenges;
import dev.chancery.scep.wire.MessageType;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// Finds out who asks (RFC 8894 §2.3, §2.4): the holder of the certificate being renewed, which has
/// signed the message, somebody who knows a challenge password, or somebody whom a party outside
/// allows.
final class ScepAuthentication {
  private final CertificateAuthentication certificates;
  private final CredentialAuthentication credentials;
  private final Decisions decisions;

  ScepAuthentication(
      CertificateAuthentication certificates,
      CredentialAuthentication credentials,
      Decisions decisions) {
    this.certificates = certificates;
    this.credentials = credentials;
    this.decisions = decisions;
  }

  /// What a message is known by.
  record Circumstances(String transactionId, String requestId, String address) {}

  /// Who asks, and for what.
  record Authenticated(Requester requester, Operation operation) {}

  /// Whoever brings no certificate of ours brings a challenge: none is looked at while too many
  /// wrong ones have come from the same address.
  ///
  /// @throws RefusedException then
  void refuseGuessers(ScepEndpoint endpoint, Certificate signer, String address) {
    if (signer.isSelfIssued() && endpoint.challenges() instanceof Challenges.Credentials) {
      credentials.refuseIfTooManyFailed(address);
    }
  }

  /// The requester.
  ///
  /// @param type PKCSReq or RenewalReq
  /// @param signer of the message, whose signature has been verified
  /// @throws RefusedException if nothing proves who it is
  Authenticated authenticate(
      ScepEndpoint endpoint,
      MessageType type,
      Certificate signer,
      CertificationRequest csr,
      Circumstances where) {
    if (type == MessageType.RENEWAL_REQ) {
      return renewal(endpoint, byCertificate(endpoint.endpoint(), signer), csr, where);
    }
    if (signer.isSelfIssued()) {
      // Or a stranger could wrap a message that it overheard with a key of its own, and would get
      // the reply (SCEP-081).
      if (!signer.subjectPublicKeyInfo().equals(csr.template().subjectPublicKey())) {
        throw new RefusedException(
            Refusal.Code.PROOF_OF_POSSESSION_INVALID,
            "the message is signed with another key than the one in the request",
            "sign it with a self-signed certificate of that key");
      }
      return new Authenticated(
          byChallenge(endpoint, csr, Optional.empty(), where), Operation.INITIAL);
    }
    Requester.CertificateHolder holder = byCertificate(endpoint.endpoint(), signer);
    // A device manager gives a device a new challenge for a renewal, perhaps with new names.
    boolean decidedAnew =
        endpoint.challenges() instanceof Challenges.Decided && challengeIn(csr).isPresent();
    return endpoint.does(ScepEndpoint.Option.RENEWAL_BY_PKCS_REQ) && !decidedAnew
        ? renewal(endpoint, holder, csr, where)
        : new Authenticated(
            byChallenge(endpoint, csr, Optional.of(holder), where), Operation.INITIAL);
  }

  /// By the certificate alone, unless a party outside decides about everything here.
  private Authenticated renewal(
      ScepEndpoint endpoint,
      Requester.CertificateHolder holder,
      CertificationRequest csr,
      Circumstances where) {
    return switch (endpoint.challenges()) {
      case Challenges.Credentials _credentials -> new Authenticated(holder, Operation.RENEWAL);
      case Challenges.Decided decided ->
          new Authenticated(
              byDecision(endpoint, decided, Operation.RENEWAL, csr, Optional.of(holder), where),
              Operation.RENEWAL);
    };
  }

  /// The holder of a certificate that was issued here (SCEP-092, SCEP-207).
  private Requester.CertificateHolder byCertificate(Endpoint endpoint, Certificate signer) {
    if (signer.isSelfIssued()) {
      throw new RefusedException(
          Refusal.Code.CERTIFICATE_UNTRUSTED,
          "a renewal is signed with the certificate being renewed, not with a self-signed one",
          "enrol anew with PKCSReq and a challenge password");
    }
    Requester requester = certificates.authenticate(endpoint, List.of(signer), Operation.RENEWAL);
    if (requester instanceof Requester.CertificateHolder holder) {
      CertificateRecord record = holder.record();
      if (record.endpoint().equals(endpoint.name())
          || record.profile().equals(endpoint.profile())) {
        return holder;
      }
    }
    throw new RefusedException(
        Refusal.Code.CERTIFICATE_NOT_ENTITLED,
        "the certificate " + signer.serialNumber() + " is not renewed at " + endpoint.name(),
        "renew it where it was issued");
  }

  private Requester byChallenge(
      ScepEndpoint endpoint,
      CertificationRequest csr,
      Optional<Requester.CertificateHolder> holder,
      Circumstances where) {
    String challenge = challengeIn(csr).orElse("");
    if (challenge.isEmpty()) {
      throw new RefusedException(
          Refusal.Code.CREDENTIAL_MISSING,
          "the request has no challenge password",
          "put the credential's challenge (ID:SECRET) into the request");
    }
    return switch (endpoint.challenges()) {
      case Challenges.Credentials(Optional<SharedSecret> shared) ->
          byKnownChallenge(endpoint, shared, challenge, where.address());
      case Challenges.Decided decided ->
          byDecision(endpoint, decided, Operation.INITIAL, csr, holder, where);
    };
  }

  private Requester byDecision(
      ScepEndpoint endpoint,
      Challenges.Decided decided,
      Operation operation,
      CertificationRequest csr,
      Optional<Requester.CertificateHolder> holder,
      Circumstances where) {
    ExternalAuthoriser authoriser = decisions.authoriserOf(endpoint.endpoint().name());
    return decisions
        .authentication()
        .authenticate(
            authoriser,
            decided.names(),
            new Question(
                endpoint.endpoint(),
                operation,
                where.transactionId(),
                where.requestId(),
                csr,
                challengeIn(csr),
                holder.map(Requester.CertificateHolder::record),
                where.address()),
            holder);
  }

  private Requester byKnownChallenge(
      ScepEndpoint endpoint,
      Optional<SharedSecret> sharedSecret,
      String challenge,
      String address) {
    byte[] whole = challenge.getBytes(StandardCharsets.UTF_8);
    try {
      Optional<Requester> shared =
          sharedSecret.flatMap(secret ->
              credentials.authenticateShared(endpoint.endpoint(), secret, whole, address));
      return shared.isPresent() ? shared.get() : byCredential(endpoint, challenge, address);
    } finally {
      Arrays.fill(whole, (byte) 0);
    }
  }

  private Requester byCredential(ScepEndpoint endpoint, String challenge, String address) {
    Optional<MscepPassword> password =
        endpoint.does(ScepEndpoint.Option.NDES) ? MscepPassword.parse(challenge) : Optional.empty();
    if (password.isPresent()) {
      return byCredential(
          endpoint.endpoint(), password.get().id(), password.get().secret(), address);
    }
    // Without a colon there is no id, and nobody is called "": the same steps as for a wrong
    // secret.
    int colon = challenge.indexOf(':');
    String id = colon < 0 ? "" : challenge.substring(0, colon);
    return byCredential(endpoint.endpoint(), id, challenge.substring(colon + 1), address);
  }

  private Requester byCredential(Endpoint endpoint, String id, String secretText, String address) {
    byte[] secret = secretText.getBytes(StandardCharsets.UTF_8);
    try {
      return credentials.authenticate(endpoint, id, secret, address, Optional.empty());
    } finally {
      Arrays.fill(secret, (byte) 0);
    }
  }

  static Optional<String> challengeIn(CertificationRequest csr) {
    return csr.challengePassword()
        .map(RequestAttribute.ChallengePassword::value)
        .filter(value -> !value.isEmpty());
  }
}
