package dev.chancery.pki.cms;

import java.security.spec.AlgorithmParameterSpec;
import java.security.spec.MGF1ParameterSpec;
import java.util.Arrays;
import java.util.Optional;
import javax.crypto.spec.OAEPParameterSpec;
import javax.crypto.spec.PSource;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.nist.NISTObjectIdentifiers;
import org.bouncycastle.asn1.oiw.OIWObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.RSAESOAEPparams;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;

/// The hash functions of RSA-OAEP (RFC 4055 §4.1); the mask is made with the same. SHA-1 is what
/// absent parameters mean; OAEP does not rely on its collision resistance, and it is better than
/// PKCS#1 v1.5.
enum OaepHash {
  SHA_256("SHA-256", NISTObjectIdentifiers.id_sha256),
  SHA_384("SHA-384", NISTObjectIdentifiers.id_sha384),
  SHA_512("SHA-512", NISTObjectIdentifiers.id_sha512),
  SHA_1("SHA-1", OIWObjectIdentifiers.idSHA1);

  private final String jcaName;
  private final String oid;

  OaepHash(String jcaName, ASN1ObjectIdentifier oid) {
    this.jcaName = jcaName;
    this.oid = oid.getId();
  }

  /// The one that `parameters` ask for; empty if it is another, the mask's differs, or there is a
  /// label.
  static Optional<OaepHash> of(ASN1Encodable parameters) {
    try {
      RSAESOAEPparams oaep = RSAESOAEPparams.getInstance(parameters);
      AlgorithmIdentifier mask = oaep.getMaskGenAlgorithm();
      ASN1ObjectIdentifier hash = oaep.getHashAlgorithm().getAlgorithm();
      boolean usual =
          mask.getAlgorithm().equals(PKCSObjectIdentifiers.id_mgf1)
              && AlgorithmIdentifier.getInstance(mask.getParameters()).getAlgorithm().equals(hash)
              && oaep.getPSourceAlgorithm().equals(RSAESOAEPparams.DEFAULT_P_SOURCE_ALGORITHM);
      return Arrays.stream(values())
          .filter(one -> usual && one.oid.equals(hash.getId()))
          .findFirst();
    } catch (IllegalArgumentException
        | IllegalStateException
        | ClassCastException
        | NullPointerException
        | IndexOutOfBoundsException notOaep) {
      return Optional.empty();
    }
  }

  RSAESOAEPparams parameters() {
    AlgorithmIdentifier hash =
        new AlgorithmIdentifier(new ASN1ObjectIdentifier(oid), DERNull.INSTANCE);
    return new RSAESOAEPparams(
        hash,
        new AlgorithmIdentifier(PKCSObjectIdentifiers.id_mgf1, hash),
        RSAESOAEPparams.DEFAULT_P_SOURCE_ALGORITHM);
  }

  AlgorithmParameterSpec spec() {
    return new OAEPParameterSpec(
        jcaName, "MGF1", new MGF1ParameterSpec(jcaName), PSource.PSpecified.DEFAULT);
  }
}
