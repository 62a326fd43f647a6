package dev.chancery.interop.est;

import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.crypto.SignatureAlgorithm;
import dev.chancery.pki.key.SubjectPublicKeyInfo;
import dev.chancery.pki.name.DistinguishedName;
import dev.chancery.pki.name.SubjectNames;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.security.KeyPair;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1EncodableVector;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1Set;
import org.bouncycastle.asn1.DERBitString;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.DERSet;
import org.bouncycastle.asn1.DERUTF8String;
import org.bouncycastle.asn1.pkcs.Attribute;
import org.bouncycastle.asn1.pkcs.CertificationRequestInfo;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.x500.AttributeTypeAndValue;
import org.bouncycastle.asn1.x500.RDN;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.Extensions;
import org.bouncycastle.asn1.x509.KeyUsage;

/// Certification requests that no well-behaved client would send.
final class Requests {
  private Requests() {}

  /// Two extensionRequest attributes.
  static byte[] withRepeatedExtensionRequest(SubjectNames names, KeyPair key) {
    try {
      Extensions extensions =
          new Extensions(
              new Extension(
                  Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature).getEncoded()));
      Extensions others =
          new Extensions(
              new Extension(
                  Extension.keyUsage, true, new KeyUsage(KeyUsage.keyAgreement).getEncoded()));
      ASN1EncodableVector attributes = new ASN1EncodableVector();
      attributes.add(
          new Attribute(PKCSObjectIdentifiers.pkcs_9_at_extensionRequest, new DERSet(extensions)));
      attributes.add(
          new Attribute(PKCSObjectIdentifiers.pkcs_9_at_extensionRequest, new DERSet(others)));
      return signed(names.subject().toX500Name(), key, new DERSet(attributes));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// An attribute that a builder would not make, with these values.
  static byte[] withAttribute(
      SubjectNames names, KeyPair key, String oid, ASN1Encodable... values) {
    return signed(
        names.subject().toX500Name(),
        key,
        new DERSet(new Attribute(new ASN1ObjectIdentifier(oid), new DERSet(values))));
  }

  /// A common name with any characters.
  static byte[] withCommonName(String value, KeyPair key) {
    X500Name name =
        new X500Name(
            new RDN[] {new RDN(new AttributeTypeAndValue(BCStyle.CN, new DERUTF8String(value)))});
    return signed(name, key, new DERSet());
  }

  /// Somebody else's public key, with a signature that cannot be right.
  static byte[] withForeignKey(Certificate owner, String subject) {
    try {
      CertificationRequestInfo info =
          new CertificationRequestInfo(
              DistinguishedName.parse(subject).toX500Name(),
              owner.subjectPublicKeyInfo().toAsn1(),
              new DERSet());
      ASN1EncodableVector request = new ASN1EncodableVector();
      request.add(info);
      request.add(SignatureAlgorithm.ECDSA_WITH_SHA256.identifier());
      request.add(owner.toAsn1().getSignature());
      return new DERSequence(request).getEncoded();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static byte[] signed(X500Name name, KeyPair key, ASN1Set attributes) {
    try {
      CertificationRequestInfo info =
          new CertificationRequestInfo(
              name, SubjectPublicKeyInfo.of(key.getPublic()).toAsn1(), attributes);
      SignatureAlgorithm algorithm = SignatureAlgorithm.ECDSA_WITH_SHA256;
      ASN1EncodableVector request = new ASN1EncodableVector();
      request.add(info);
      request.add(algorithm.identifier());
      request.add(new DERBitString(algorithm.sign(key.getPrivate(), info.getEncoded())));
      return new DERSequence(request).getEncoded();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
