package dev.chancery.pki.certificate;

import dev.chancery.pki.MalformedException;
import java.util.Arrays;
import java.util.Collection;
import org.bouncycastle.asn1.x509.KeyUsage;

/// The bits of the key usage extension, named and ordered as in RFC 5280 §4.2.1.3.
public enum KeyUsageBit {
  DIGITAL_SIGNATURE("digitalSignature", KeyUsage.digitalSignature),
  NON_REPUDIATION("nonRepudiation", KeyUsage.nonRepudiation),
  KEY_ENCIPHERMENT("keyEncipherment", KeyUsage.keyEncipherment),
  DATA_ENCIPHERMENT("dataEncipherment", KeyUsage.dataEncipherment),
  KEY_AGREEMENT("keyAgreement", KeyUsage.keyAgreement),
  KEY_CERT_SIGN("keyCertSign", KeyUsage.keyCertSign),
  CRL_SIGN("cRLSign", KeyUsage.cRLSign),
  ENCIPHER_ONLY("encipherOnly", KeyUsage.encipherOnly),
  DECIPHER_ONLY("decipherOnly", KeyUsage.decipherOnly);

  private final String id;
  private final int mask;

  KeyUsageBit(String id, int mask) {
    this.id = id;
    this.mask = mask;
  }

  /// The RFC's name.
  public String id() {
    return id;
  }

  /// Reads the encoding or text.
  ///
  /// @throws MalformedException listing the names
  public static KeyUsageBit parse(String id) {
    return Arrays.stream(values())
        .filter(bit -> bit.id.equalsIgnoreCase(id))
        .findFirst()
        .orElseThrow(() ->
            new MalformedException(
                "key usages are " + Arrays.stream(values()).map(KeyUsageBit::id).toList()));
  }

  /// True if the extension's value sets this bit.
  public boolean isSetIn(KeyUsage keyUsage) {
    return keyUsage.hasUsages(mask);
  }

  /// The extension's value with these bits.
  public static KeyUsage toAsn1(Collection<KeyUsageBit> bits) {
    return new KeyUsage(bits.stream().mapToInt(bit -> bit.mask).reduce(0, (a, b) -> a | b));
  }

  @Override
  public String toString() {
    return id;
  }
}
