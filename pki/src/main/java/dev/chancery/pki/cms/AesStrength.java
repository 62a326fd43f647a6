package dev.chancery.pki.cms;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.nist.NISTObjectIdentifiers;

/// AES by the length of its key, with the names of its two uses: wrapping keys (RFC 3394) and
/// encrypting content in CBC mode (RFC 3565). Weakest first.
enum AesStrength {
  AES_128(16, NISTObjectIdentifiers.id_aes128_wrap, NISTObjectIdentifiers.id_aes128_CBC),
  AES_192(24, NISTObjectIdentifiers.id_aes192_wrap, NISTObjectIdentifiers.id_aes192_CBC),
  AES_256(32, NISTObjectIdentifiers.id_aes256_wrap, NISTObjectIdentifiers.id_aes256_CBC);

  private final int keyBytes;
  private final String wrap;
  private final String cbc;

  AesStrength(int keyBytes, ASN1ObjectIdentifier wrap, ASN1ObjectIdentifier cbc) {
    this.keyBytes = keyBytes;
    this.wrap = wrap.getId();
    this.cbc = cbc.getId();
  }

  int keyBytes() {
    return keyBytes;
  }

  ASN1ObjectIdentifier wrap() {
    return new ASN1ObjectIdentifier(wrap);
  }

  ASN1ObjectIdentifier cbc() {
    return new ASN1ObjectIdentifier(cbc);
  }

  static Optional<AesStrength> ofKeyBytes(int keyBytes) {
    return Arrays.stream(values()).filter(one -> one.keyBytes == keyBytes).findFirst();
  }

  static Optional<AesStrength> ofWrap(String oid) {
    return Arrays.stream(values()).filter(one -> one.wrap.equals(oid)).findFirst();
  }

  static Optional<AesStrength> ofCbc(String oid) {
    return Arrays.stream(values()).filter(one -> one.cbc.equals(oid)).findFirst();
  }

  static Optional<AesStrength> strongest(List<AesStrength> among) {
    return among.stream().max(Comparator.naturalOrder());
  }
}
