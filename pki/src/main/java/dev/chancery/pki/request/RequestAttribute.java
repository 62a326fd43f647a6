package dev.chancery.pki.request;

import dev.chancery.pki.Der;
import dev.chancery.pki.certificate.CertificateExtension;
import dev.chancery.pki.cms.SmimeCapabilities;
import dev.chancery.pki.name.SubjectNames;
import java.util.List;

/// An attribute of a certification request (RFC 2986 §4.1, RFC 2985 §5.4). One that is not known is
/// a value of its own, so that whoever handles requests decides about it.
public sealed interface RequestAttribute {
  /// challengePassword (RFC 2985 §5.4.1); EST puts the channel binding here (RFC 7030 §3.5).
  record ChallengePassword(String value) implements RequestAttribute {
    /// Secrets stay out of logs.
    @Override
    public String toString() {
      return "ChallengePassword[" + value.length() + " characters]";
    }
  }

  /// extensionRequest (RFC 2985 §5.4.2), in either of its OIDs.
  record ExtensionRequest(List<CertificateExtension> extensions) implements RequestAttribute {
    public ExtensionRequest {
      extensions = List.copyOf(extensions);
    }
  }

  /// ChangeSubjectName (RFC 6402 §2.8; RFC 10002 §7.1): the names the new certificate shall have.
  record ChangeSubjectName(SubjectNames names) implements RequestAttribute {}

  /// DecryptKeyIdentifier (RFC 7030 §4.4.1.1; RFC 4108 §2.2.5): names the shared secret key by
  /// which a server-generated key shall be encrypted.
  record DecryptKeyIdentifier(Der octets) implements RequestAttribute {}

  /// AsymmetricDecryptKeyIdentifier (RFC 7030 §4.4.1.2): names the asymmetric key for which a
  /// server-generated key shall be encrypted.
  record AsymmetricDecryptKeyIdentifier(Der octets) implements RequestAttribute {}

  /// SMIMECapabilities (RFC 8551 §2.5.2): the algorithms that the requester can decrypt with.
  record Capabilities(SmimeCapabilities list) implements RequestAttribute {}

  /// otpChallenge (RFC 7894 §3.1): a one-time password that authenticates the request.
  record OtpChallenge(String value) implements RequestAttribute {
    /// Secrets stay out of logs.
    @Override
    public String toString() {
      return "OtpChallenge[" + value.length() + " characters]";
    }
  }

  /// revocationChallenge (RFC 7894 §3.2): a password with which the certificate may be revoked.
  record RevocationChallenge(String value) implements RequestAttribute {
    /// Secrets stay out of logs.
    @Override
    public String toString() {
      return "RevocationChallenge[" + value.length() + " characters]";
    }
  }

  /// estIdentityLinking (RFC 7894 §3.3): the channel binding, where challengePassword is wanted for
  /// something else.
  record EstIdentityLinking(String value) implements RequestAttribute {}

  /// Any other, by OID, with the DER of its SET of values.
  record Unrecognized(String oid, Der values) implements RequestAttribute {}
}
