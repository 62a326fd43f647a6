package dev.chancery.server.scep.intune;

import java.util.Arrays;
import java.util.Optional;

/// What Intune says about a request: the names are its own (SCEP-183). All but [#Success] are
/// refusals, and so is every word that is not here.
enum IntuneCode {
  Success("it is valid", ""),
  CertificateRequestDecodingFailed(
      "Intune cannot read the request", "does the device send PKCS#10 that Intune knows?"),
  ChallengePasswordMissing(
      "the request has no challenge", "does the device have Intune's SCEP profile?"),
  ChallengeDeserializationError(
      "the challenge is not one that Intune made", "does the device have Intune's SCEP profile?"),
  ChallengeDecryptionError(
      "the challenge was made for another tenant, or damaged",
      "is this the tenant of the device's profile?"),
  ChallengeDecodingError(
      "the challenge is not one that Intune made", "does the device have Intune's SCEP profile?"),
  ChallengeInvalidTimestamp(
      "the challenge has a time that cannot be", "is the device's profile damaged? sync it again"),
  ChallengeExpired(
      "the challenge is too old", "sync the device in Intune: it gets a new one by itself"),
  SubjectNameMissing(
      "the request has no subject", "does the device follow the subject of the SCEP profile?"),
  SubjectNameMismatch(
      "the request's subject is not the profile's",
      "compare the subject name format of the SCEP profile with the request"),
  SubjectAltNameMissing(
      "the request lacks the profile's alternative names",
      "compare the subject alternative name of the SCEP profile with the request"),
  SubjectAltNameMismatch(
      "the request's alternative names are not the profile's",
      "compare the subject alternative name of the SCEP profile with the request"),
  KeyUsageMismatch(
      "the request's key usage is not the profile's", "compare the key usage of the SCEP profile"),
  KeyLengthMismatch(
      "the request's key is not as long as the profile says",
      "compare the key size of the SCEP profile"),
  EnhancedKeyUsageMissing(
      "the request lacks the profile's extended key usage",
      "compare the extended key usage of the SCEP profile"),
  EnhancedKeyUsageMismatch(
      "the request's extended key usage is not the profile's",
      "compare the extended key usage of the SCEP profile"),
  AadKeyIdentifierListMissing(
      "Intune knows no key of the device", "is the device registered in Entra ID? sync it again"),
  RegisteredKeyMismatch(
      "the key is not the one that the device registered", "enrol the device in Intune anew"),
  SigningCertThumbprintMismatch(
      "the request is signed with another certificate than Intune knows",
      "enrol the device in Intune anew"),
  ScepProfileNoLongerTargetedToTheClient(
      "the SCEP profile is not assigned to the device any more",
      "assign it again, if the device shall have a certificate"),
  SignatureValidationFailed(
      "the challenge's signature is wrong", "is somebody forging challenges?"),
  BadCertificateRequestIdInChallenge(
      "the challenge belongs to another request", "sync the device in Intune"),
  BadDeviceIdInChallenge("the challenge belongs to another device", "sync the device in Intune"),
  BadUserIdInChallenge("the challenge belongs to another user", "sync the device in Intune");

  private final String meaning;
  private final String hint;

  IntuneCode(String meaning, String hint) {
    this.meaning = meaning;
    this.hint = hint;
  }

  static Optional<IntuneCode> of(String text) {
    return Arrays.stream(values()).filter(code -> code.name().equals(text)).findFirst();
  }

  /// One clause for the operator.
  String meaning() {
    return meaning;
  }

  /// What the operator can do.
  String hint() {
    return hint;
  }
}
