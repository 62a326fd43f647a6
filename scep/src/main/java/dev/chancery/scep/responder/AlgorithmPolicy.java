package dev.chancery.scep.responder;

import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.cms.ContentCipher;
import dev.chancery.pki.cms.DigestAlgorithm;
import dev.chancery.pki.crypto.SignatureAlgorithm;
import dev.chancery.scep.wire.Capability;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;

/// Which algorithms an endpoint's messages may use. What it announces is computed from this, so the
/// two cannot differ (SCEP-023). Certificates are signed as their issuer signs, whatever stands
/// here (SCEP-134).
public enum AlgorithmPolicy {
  /// SHA-2 and AES.
  MODERN,
  /// Also SHA-1 and triple DES, for devices of the years before 2015.
  COMPAT,
  /// Also MD5 and single DES, which RFC 8894 §2.9 forbids. They are taken but never announced.
  LEGACY;

  /// The name in configuration and audit.
  public String id() {
    return name().toLowerCase(Locale.ROOT);
  }

  boolean allows(DigestAlgorithm digest) {
    return switch (digest) {
      case MD5 -> this == LEGACY;
      case SHA_1 -> this != MODERN;
      case SHA_256, SHA_384, SHA_512 -> true;
    };
  }

  boolean allows(ContentCipher cipher) {
    return switch (cipher) {
      case DES -> this == LEGACY;
      case DES_EDE3 -> this != MODERN;
      case AES_128, AES_192, AES_256 -> true;
    };
  }

  /// False if a self-signed certificate bears the signature of a digest that is not allowed. What
  /// CAs have signed is judged where its path is.
  boolean allowsSignatureOf(Certificate signer) {
    String oid = signer.toAsn1().getSignatureAlgorithm().getAlgorithm().getId();
    return !signer.isSelfIssued()
        || Arrays.stream(DigestAlgorithm.values())
            .filter(digest -> !allows(digest))
            .noneMatch(digest -> digest.isIn(oid));
  }

  /// Those with which the request inside may be signed, beside the sound ones.
  Set<SignatureAlgorithm> weakSignatures() {
    return switch (this) {
      case MODERN -> Set.of();
      case COMPAT -> Set.of(SignatureAlgorithm.RSA_WITH_SHA1, SignatureAlgorithm.ECDSA_WITH_SHA1);
      case LEGACY -> SignatureAlgorithm.WEAK;
    };
  }

  /// What GetCACaps announces. AES, SHA-256 and POST are named although SCEPStandard implies them,
  /// since several clients do not know that (SCEP-022).
  public Set<Capability> capabilities() {
    Set<Capability> capabilities =
        EnumSet.of(
            Capability.AES,
            Capability.POST_PKI_OPERATION,
            Capability.RENEWAL,
            Capability.SHA_256,
            Capability.SHA_512,
            Capability.SCEP_STANDARD);
    if (allows(DigestAlgorithm.SHA_1)) {
      capabilities.add(Capability.SHA_1);
    }
    if (allows(ContentCipher.DES_EDE3)) {
      capabilities.add(Capability.DES3);
    }
    return capabilities;
  }
}
