package dev.chancery.scep.responder;

import dev.chancery.authority.EnrollmentRequest.Operation;
import dev.chancery.authority.Refusal;
import dev.chancery.authority.RefusedException;
import dev.chancery.authority.endpoint.Endpoint;
import dev.chancery.authority.ledger.CertificateRecord;
import dev.chancery.authority.requester.CertificateAuthentication;
import dev.chancery.authority.requester.CredentialAuthentication;
import dev.chancery.authority.requester.Requester;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.request.CertificationRequest;
import dev.chancery.pki.request.RequestAttribute;
import dev.chancery.scep.wire.MessageType;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// Finds out who asks (RFC 8894 §2.3, §2.4): the holder of the certificate being renewed, which has
/// signed the message, or somebody who knows a challenge password.
final class ScepAuthentication {
  private final CertificateAuthentication certificates;
  private final CredentialAuthentication credentials;

  ScepAuthentication(CertificateAuthentication certificates, CredentialAuthentication credentials) {
    this.certificates = certificates;
    this.credentials = credentials;
  }

  /// Who asks, and for what.
  record Authenticated(Requester requester, Operation operation) {}

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
      String address) {
    if (type == MessageType.RENEWAL_REQ) {
      return new Authenticated(byCertificate(endpoint.endpoint(), signer), Operation.RENEWAL);
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
      return new Authenticated(byChallenge(endpoint, csr, address), Operation.INITIAL);
    }
    Requester holder = byCertificate(endpoint.endpoint(), signer);
    return endpoint.does(ScepEndpoint.Option.RENEWAL_BY_PKCS_REQ)
        ? new Authenticated(holder, Operation.RENEWAL)
        : new Authenticated(byChallenge(endpoint, csr, address), Operation.INITIAL);
  }

  /// The holder of a certificate that was issued here (SCEP-092, SCEP-207).
  private Requester byCertificate(Endpoint endpoint, Certificate signer) {
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

  private Requester byChallenge(ScepEndpoint endpoint, CertificationRequest csr, String address) {
    String challenge = challengeIn(csr).orElse("");
    if (challenge.isEmpty()) {
      throw new RefusedException(
          Refusal.Code.CREDENTIAL_MISSING,
          "the request has no challenge password",
          "put the credential's challenge (ID:SECRET) into the request");
    }
    byte[] whole = challenge.getBytes(StandardCharsets.UTF_8);
    try {
      Optional<Requester> shared =
          endpoint
              .sharedSecret()
              .flatMap(secret ->
                  credentials.authenticateShared(endpoint.endpoint(), secret, whole, address));
      return shared.isPresent()
          ? shared.get()
          : byCredential(endpoint.endpoint(), challenge, address);
    } finally {
      Arrays.fill(whole, (byte) 0);
    }
  }

  private Requester byCredential(Endpoint endpoint, String challenge, String address) {
    // Without a colon there is no id, and nobody is called "": the same steps as for a wrong
    // secret.
    int colon = challenge.indexOf(':');
    String id = colon < 0 ? "" : challenge.substring(0, colon);
    byte[] secret = challenge.substring(colon + 1).getBytes(StandardCharsets.UTF_8);
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
