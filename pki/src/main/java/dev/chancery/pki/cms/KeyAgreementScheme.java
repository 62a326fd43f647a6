package dev.chancery.pki.cms;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Optional;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.cms.ecc.ECCCMSSharedInfo;
import org.bouncycastle.asn1.sec.SECObjectIdentifiers;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.jspecify.annotations.Nullable;

/// Ephemeral-static ECDH with a key derivation by X9.63 (RFC 5753 §3.1, §7.1.4). The scheme with
/// SHA-1 is not among them.
enum KeyAgreementScheme {
  SHA_256("SHA-256", SECObjectIdentifiers.dhSinglePass_stdDH_sha256kdf_scheme),
  SHA_384("SHA-384", SECObjectIdentifiers.dhSinglePass_stdDH_sha384kdf_scheme),
  SHA_512("SHA-512", SECObjectIdentifiers.dhSinglePass_stdDH_sha512kdf_scheme);

  /// A scheme and the key wrap that goes with it.
  record WithWrap(KeyAgreementScheme scheme, AesStrength wrap) {}

  private final String hash;
  private final String oid;

  KeyAgreementScheme(String hash, ASN1ObjectIdentifier oid) {
    this.hash = hash;
    this.oid = oid.getId();
  }

  ASN1ObjectIdentifier oid() {
    return new ASN1ObjectIdentifier(oid);
  }

  static Optional<KeyAgreementScheme> of(String oid) {
    return Arrays.stream(values()).filter(one -> one.oid.equals(oid)).findFirst();
  }

  /// The key wrap that a scheme's parameters name.
  static Optional<AesStrength> wrapIn(@Nullable ASN1Encodable parameters) {
    try {
      AlgorithmIdentifier wrap = AlgorithmIdentifier.getInstance(parameters);
      return wrap == null ? Optional.empty() : AesStrength.ofWrap(wrap.getAlgorithm().getId());
    } catch (IllegalArgumentException | IllegalStateException | ClassCastException notOne) {
      return Optional.empty();
    }
  }

  /// The key-encryption key (X9.63 §5.6.3, over ECC-CMS-SharedInfo of RFC 5753 §7.2), for the
  /// caller to wipe.
  ///
  /// @param wrapIdentifier as it stands in the message
  /// @param userKeyingMaterial from the message, if it has any
  byte[] derive(
      byte[] sharedSecret,
      AlgorithmIdentifier wrapIdentifier,
      AesStrength wrap,
      byte @Nullable [] userKeyingMaterial) {
    try {
      byte[] bits = ByteBuffer.allocate(4).putInt(wrap.keyBytes() * 8).array();
      byte[] info =
          new ECCCMSSharedInfo(wrapIdentifier, userKeyingMaterial, bits)
              .getEncoded(ASN1Encoding.DER);
      MessageDigest digest = MessageDigest.getInstance(hash);
      // Every hash here is at least as long as the longest key, so one round is all.
      digest.update(sharedSecret);
      digest.update(new byte[] {0, 0, 0, 1});
      byte[] block = digest.digest(info);
      byte[] key = Arrays.copyOf(block, wrap.keyBytes());
      Arrays.fill(block, (byte) 0);
      return key;
    } catch (IOException e) {
      throw new UncheckedIOException("the shared info cannot be encoded", e);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this Java platform lacks " + hash, e);
    }
  }
}
