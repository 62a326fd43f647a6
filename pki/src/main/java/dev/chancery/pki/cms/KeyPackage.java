package dev.chancery.pki.cms;

import dev.chancery.pki.DerLimits;
import dev.chancery.pki.MalformedException;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1Sequence;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;

/// AsymmetricKeyPackage with one private key (RFC 5958 §2).
final class KeyPackage {
  /// id-ct-KP-aKeyPackage.
  static final ASN1ObjectIdentifier TYPE = new ASN1ObjectIdentifier("2.16.840.1.101.2.1.2.78.5");

  private static final int MAX_BYTES = 64 * 1024;

  private KeyPackage() {}

  /// DER of the package.
  ///
  /// @param pkcs8 PrivateKeyInfo, which is OneAsymmetricKey
  static byte[] encode(byte[] pkcs8) {
    try {
      return new DERSequence(PrivateKeyInfo.getInstance(pkcs8)).getEncoded(ASN1Encoding.DER);
    } catch (IOException e) {
      throw new UncheckedIOException("a key package cannot be encoded", e);
    }
  }

  /// The private key inside, as PrivateKeyInfo of version 1 in DER: without the public key that
  /// OneAsymmetricKey may add, which not every platform reads.
  ///
  /// @throws MalformedException if it is no such package or holds another number of keys than one
  static byte[] parse(byte[] ber) {
    var primitive = DerLimits.parseBer(ber, MAX_BYTES, "asymmetric key package");
    try {
      ASN1Sequence keys = ASN1Sequence.getInstance(primitive);
      if (keys.size() != 1) {
        throw new MalformedException("the key package does not hold exactly one key");
      }
      return version1(PrivateKeyInfo.getInstance(keys.getObjectAt(0)));
    } catch (IOException
        | IllegalArgumentException
        | IllegalStateException
        | ClassCastException
        | NullPointerException
        | IndexOutOfBoundsException e) {
      throw new MalformedException("the key package is not RFC 5958's", e);
    }
  }

  /// One private key, see [#parse].
  static byte[] readKey(byte[] ber) {
    var primitive = DerLimits.parseBer(ber, MAX_BYTES, "private key");
    try {
      return version1(PrivateKeyInfo.getInstance(primitive));
    } catch (IOException
        | IllegalArgumentException
        | IllegalStateException
        | ClassCastException
        | NullPointerException
        | IndexOutOfBoundsException e) {
      throw new MalformedException("the private key is not PKCS#8", e);
    }
  }

  private static byte[] version1(PrivateKeyInfo key) throws IOException {
    return new PrivateKeyInfo(key.getPrivateKeyAlgorithm(), key.parsePrivateKey())
        .getEncoded(ASN1Encoding.DER);
  }
}
