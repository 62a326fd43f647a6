package dev.chancery.pki.cms;

import dev.chancery.pki.Der;
import dev.chancery.pki.certificate.Certificate;

/// For whom an envelope is sealed (RFC 5652 §6.2).
public sealed interface Recipient {
  /// The holder of an RSA key: RSAES-PKCS1-v1_5, named by issuer and serial number, which is what
  /// every client can read (SCEP-055).
  record KeyTransport(Certificate certificate) implements Recipient {}

  /// The holder of an EC key: ephemeral-static ECDH (RFC 5753 §3.1.1) with
  /// dhSinglePass-stdDH-sha256kdf and AES-128 key wrap.
  record KeyAgreement(Certificate certificate) implements Recipient {}

  /// Whoever knows a password: PBKDF2 with HMAC-SHA-256, 100,000 iterations and a fresh salt, then
  /// id-alg-PWRI-KEK with AES-128-CBC (RFC 3211).
  ///
  /// @param password its octets
  record Password(Der password) implements Recipient {}
}
