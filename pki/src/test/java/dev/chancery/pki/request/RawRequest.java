package dev.chancery.pki.request;

import dev.chancery.pki.crypto.SignatureAlgorithm;
import dev.chancery.pki.key.KeyPairs;
import dev.chancery.pki.key.KeyType;
import dev.chancery.pki.key.SubjectPublicKeyInfo;
import dev.chancery.pki.name.DistinguishedName;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.security.KeyPair;
import java.util.List;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1EncodableVector;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DERBitString;
import org.bouncycastle.asn1.DLSequence;
import org.bouncycastle.asn1.DLSet;
import org.bouncycastle.asn1.DLTaggedObject;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;

/// Requests as no builder would make them: attributes repeated, unsorted or misshapen. Signed
/// soundly over whatever they hold.
final class RawRequest {
  private static final KeyPair KEY = KeyPairs.generate(KeyType.P_256);
  private static final SignatureAlgorithm ALGORITHM = SignatureAlgorithm.ECDSA_WITH_SHA256;

  private RawRequest() {}

  /// A request of `CN=a` with these attributes in this order.
  static byte[] with(ASN1Encodable... attributes) {
    return with(
        SubjectPublicKeyInfo.of(KEY.getPublic()).toAsn1(), ALGORITHM.identifier(), attributes);
  }

  /// One for any key; the signature fits [#KEY] only.
  static byte[] with(
      ASN1Encodable key, AlgorithmIdentifier algorithm, ASN1Encodable... attributes) {
    ASN1EncodableVector info = new ASN1EncodableVector();
    info.add(new ASN1Integer(0));
    info.add(DistinguishedName.parse("CN=a").toX500Name());
    info.add(key);
    info.add(new DLTaggedObject(false, 0, new DLSet(attributes)));
    try {
      DLSequence content = new DLSequence(info);
      ASN1EncodableVector request = new ASN1EncodableVector();
      request.add(content);
      request.add(algorithm);
      request.add(
          new DERBitString(ALGORITHM.sign(KEY.getPrivate(), content.getEncoded(ASN1Encoding.DL))));
      return new DLSequence(request).getEncoded(ASN1Encoding.DL);
    } catch (IOException e) {
      throw new UncheckedIOException("the request cannot be encoded", e);
    }
  }

  /// An attribute with these values.
  static ASN1Encodable attribute(String oid, ASN1Encodable... values) {
    return sequence(List.of(new ASN1ObjectIdentifier(oid), new DLSet(values)));
  }

  static ASN1Encodable sequence(List<? extends ASN1Encodable> elements) {
    return new DLSequence(elements.toArray(ASN1Encodable[]::new));
  }
}
