package dev.chancery.pki.cms;

import dev.chancery.pki.Der;
import dev.chancery.pki.MalformedException;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.crypto.Digests;
import dev.chancery.pki.crypto.Providers;
import dev.chancery.pki.crypto.Randomness;
import dev.chancery.pki.key.KeyPairs;
import dev.chancery.pki.key.KeyType;
import dev.chancery.pki.key.SubjectPublicKeyInfo;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.util.Arrays;
import java.util.Optional;
import javax.crypto.Cipher;
import javax.crypto.KeyAgreement;
import javax.crypto.spec.SecretKeySpec;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.cms.KeyAgreeRecipientIdentifier;
import org.bouncycastle.asn1.cms.KeyAgreeRecipientInfo;
import org.bouncycastle.asn1.cms.OriginatorIdentifierOrKey;
import org.bouncycastle.asn1.cms.OriginatorPublicKey;
import org.bouncycastle.asn1.cms.RecipientEncryptedKey;
import org.bouncycastle.asn1.cms.ecc.ECCCMSSharedInfo;
import org.bouncycastle.asn1.nist.NISTObjectIdentifiers;
import org.bouncycastle.asn1.sec.SECObjectIdentifiers;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers;

/// Ephemeral-static ECDH with the key derivation of X9.63 over SHA-256 and AES-128 key wrap (RFC
/// 5753 §3.1.1, §7.2).
final class KeyAgreementWrap {
  private static final ASN1ObjectIdentifier SCHEME =
      SECObjectIdentifiers.dhSinglePass_stdDH_sha256kdf_scheme;
  private static final ASN1ObjectIdentifier WRAP = NISTObjectIdentifiers.id_aes128_wrap;
  private static final int KEK_BYTES = 16;

  private KeyAgreementWrap() {}

  static KeyAgreeRecipientInfo wrap(byte[] key, Certificate recipient) {
    SubjectPublicKeyInfo publicKey = recipient.subjectPublicKeyInfo();
    KeyType type =
        publicKey
            .type()
            .filter(KeyType::isEc)
            .orElseThrow(() -> new IllegalArgumentException("the recipient has no EC key"));
    KeyPair ephemeral = KeyPairs.generate(type);
    byte[] kek = agree(ephemeral.getPrivate(), publicKey.toPublicKey(), Optional.empty());
    try {
      Cipher wrap = Providers.cipher("AESWrap");
      wrap.init(Cipher.WRAP_MODE, new SecretKeySpec(kek, "AES"), Randomness.secureRandom());
      return new KeyAgreeRecipientInfo(
          new OriginatorIdentifierOrKey(
              new OriginatorPublicKey(
                  new AlgorithmIdentifier(X9ObjectIdentifiers.id_ecPublicKey),
                  SubjectPublicKeyInfo.of(ephemeral.getPublic())
                      .toAsn1()
                      .getPublicKeyData()
                      .getBytes())),
          null,
          new AlgorithmIdentifier(SCHEME, new AlgorithmIdentifier(WRAP)),
          new DERSequence(
              new RecipientEncryptedKey(
                  new KeyAgreeRecipientIdentifier(Recipients.issuerAndSerialNumber(recipient)),
                  new DEROctetString(wrap.wrap(new SecretKeySpec(key, "AES"))))));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("encrypting for an EC key failed", e);
    }
  }

  /// What is meant for `recipient` in `info`.
  static Optional<Der> encryptedKeyFor(KeyAgreeRecipientInfo info, Certificate recipient) {
    for (ASN1Encodable element : info.getRecipientEncryptedKeys()) {
      RecipientEncryptedKey one = RecipientEncryptedKey.getInstance(element);
      KeyAgreeRecipientIdentifier id = one.getIdentifier();
      boolean mine =
          id.getIssuerAndSerialNumber() != null
              ? Recipients.isNamedBy(recipient, id.getIssuerAndSerialNumber())
              : Recipients.hasKeyIdentifier(
                  recipient, id.getRKeyID().getSubjectKeyIdentifier().getOctets());
      if (mine) {
        return Optional.of(Der.of(one.getEncryptedKey().getOctets()));
      }
    }
    return Optional.empty();
  }

  /// The key inside, or a random one if it does not come out whole.
  static byte[] unwrap(KeyAgreeRecipientInfo info, byte[] wrapped, PrivateKey key, int bytes) {
    AlgorithmIdentifier scheme = info.getKeyEncryptionAlgorithm();
    OriginatorPublicKey originator = info.getOriginator().getOriginatorKey();
    if (!scheme.getAlgorithm().equals(SCHEME)
        || originator == null
        || !AlgorithmIdentifier.getInstance(scheme.getParameters()).getAlgorithm().equals(WRAP)) {
      throw new MalformedException("the envelope's key agreement is not known");
    }
    byte[] instead = Randomness.bytes(bytes);
    try {
      PublicKey ephemeral = onCurveOf(key, originator);
      byte[] kek =
          agree(
              key,
              ephemeral,
              Optional.ofNullable(info.getUserKeyingMaterial())
                  .map(material -> Der.of(material.getOctets())));
      Cipher unwrap = Providers.cipher("AESWrap");
      unwrap.init(Cipher.UNWRAP_MODE, new SecretKeySpec(kek, "AES"));
      byte[] opened = unwrap.unwrap(wrapped, "AES", Cipher.SECRET_KEY).getEncoded();
      return opened.length == bytes ? opened : instead;
    } catch (GeneralSecurityException | IllegalArgumentException notWhole) {
      return instead;
    }
  }

  /// The ephemeral key is sent without its curve: it is the recipient's.
  private static PublicKey onCurveOf(PrivateKey key, OriginatorPublicKey originator) {
    AlgorithmIdentifier curve =
        org.bouncycastle.asn1.pkcs.PrivateKeyInfo.getInstance(key.getEncoded())
            .getPrivateKeyAlgorithm();
    return SubjectPublicKeyInfo.of(
            new org.bouncycastle.asn1.x509.SubjectPublicKeyInfo(
                curve, originator.getPublicKeyData().getBytes()))
        .toPublicKey();
  }

  private static byte[] agree(PrivateKey own, PublicKey other, Optional<Der> userKeyingMaterial) {
    try {
      KeyAgreement agreement = Providers.keyAgreement("ECDH");
      agreement.init(own);
      agreement.doPhase(other, true);
      AlgorithmIdentifier wrap = new AlgorithmIdentifier(WRAP);
      byte[] keyBits = {0, 0, 0, (byte) (8 * KEK_BYTES)};
      ECCCMSSharedInfo shared =
          userKeyingMaterial.isPresent()
              ? new ECCCMSSharedInfo(wrap, userKeyingMaterial.get().toByteArray(), keyBits)
              : new ECCCMSSharedInfo(wrap, keyBits);
      byte[] counter = {0, 0, 0, 1};
      return Arrays.copyOf(
          Digests.sha256(agreement.generateSecret(), counter, shared.getEncoded(ASN1Encoding.DER)),
          KEK_BYTES);
    } catch (GeneralSecurityException e) {
      throw new IllegalArgumentException("the keys do not agree", e);
    } catch (IOException e) {
      throw new UncheckedIOException("the shared information could not be encoded", e);
    }
  }
}
