package dev.chancery.pki.cms;

import dev.chancery.pki.Der;
import dev.chancery.pki.DerLimits;
import dev.chancery.pki.MalformedException;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.crypto.Providers;
import dev.chancery.pki.crypto.Randomness;
import java.io.IOException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.util.Arrays;
import java.util.Optional;
import javax.crypto.Cipher;
import javax.crypto.KeyAgreement;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.cms.CMSObjectIdentifiers;
import org.bouncycastle.asn1.cms.ContentInfo;
import org.bouncycastle.asn1.cms.EncryptedContentInfo;
import org.bouncycastle.asn1.cms.EnvelopedData;
import org.bouncycastle.asn1.cms.IssuerAndSerialNumber;
import org.bouncycastle.asn1.cms.KEKRecipientInfo;
import org.bouncycastle.asn1.cms.KeyAgreeRecipientIdentifier;
import org.bouncycastle.asn1.cms.KeyAgreeRecipientInfo;
import org.bouncycastle.asn1.cms.KeyTransRecipientInfo;
import org.bouncycastle.asn1.cms.OriginatorPublicKey;
import org.bouncycastle.asn1.cms.RecipientEncryptedKey;
import org.bouncycastle.asn1.cms.RecipientIdentifier;
import org.bouncycastle.asn1.cms.RecipientInfo;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;

/// What a recipient decrypts with, and the opening of EnvelopedData (RFC 5652 §6) by it.
public sealed interface KeyDecryption {
  /// A symmetric key that is shared with the sender.
  record BySharedKey(KeyEncryptionKey key) implements KeyDecryption {}

  /// The private key of a certificate.
  record ByCertificate(PrivateKey key, Certificate certificate) implements KeyDecryption {
    /// The subject key identifier by which a request names the certificate.
    ///
    /// @throws MalformedException if the certificate has none
    public Der keyIdentifier() {
      return certificate
          .subjectKeyIdentifier()
          .map(Der::of)
          .orElseThrow(
              () -> new MalformedException("the certificate has no subject key identifier"));
    }

    @Override
    public String toString() {
      return "ByCertificate[" + certificate + "]";
    }
  }

  /// Decrypts.
  ///
  /// @param ber ContentInfo with EnvelopedData
  /// @return the content, which must be of `contentType`, for the caller to wipe
  /// @throws MalformedException if it is no such message, is for somebody else, uses an unknown
  ///   algorithm, or does not decrypt
  default byte[] open(byte[] ber, int maxBytes, ASN1ObjectIdentifier contentType) {
    var primitive = DerLimits.parseBer(ber, maxBytes, "enveloped message");
    try {
      ContentInfo info = ContentInfo.getInstance(primitive);
      if (!info.getContentType().equals(CMSObjectIdentifiers.envelopedData)) {
        throw new MalformedException("the message is not EnvelopedData");
      }
      EnvelopedData enveloped = EnvelopedData.getInstance(info.getContent());
      EncryptedContentInfo encrypted = enveloped.getEncryptedContentInfo();
      if (!encrypted.getContentType().equals(contentType)) {
        throw new MalformedException("the enveloped content is of another type than expected");
      }
      AlgorithmIdentifier algorithm = encrypted.getContentEncryptionAlgorithm();
      AesStrength strength =
          AesStrength.ofCbc(algorithm.getAlgorithm().getId())
              .orElseThrow(
                  () -> new MalformedException("the content is not encrypted with AES-CBC"));
      byte[] iv = ASN1OctetString.getInstance(algorithm.getParameters()).getOctets();
      byte[] key = Recipients.contentKey(this, enveloped, strength);
      try {
        Cipher cipher = Providers.cipher("AES/CBC/PKCS5Padding");
        cipher.init(Cipher.DECRYPT_MODE, new SecretKeySpec(key, "AES"), new IvParameterSpec(iv));
        return cipher.doFinal(encrypted.getEncryptedContent().getOctets());
      } finally {
        Arrays.fill(key, (byte) 0);
      }
    } catch (GeneralSecurityException e) {
      throw new MalformedException("the enveloped message does not decrypt", e);
    } catch (IllegalArgumentException
        | IllegalStateException
        | ClassCastException
        | NullPointerException
        | IndexOutOfBoundsException e) {
      throw new MalformedException("the enveloped message is not CMS EnvelopedData", e);
    }
  }

  /// Finds the recipient's part of a message and takes the content's key out of it.
  final class Recipients {
    private Recipients() {}

    private static byte[] contentKey(
        KeyDecryption by, EnvelopedData enveloped, AesStrength strength)
        throws GeneralSecurityException {
      for (ASN1Encodable element : enveloped.getRecipientInfos()) {
        RecipientInfo info = RecipientInfo.getInstance(element);
        Optional<byte[]> key =
            switch (by) {
              case BySharedKey(KeyEncryptionKey shared) -> wrapped(shared, info);
              case ByCertificate holder ->
                  holder.key().getAlgorithm().equals("RSA")
                      ? transported(holder, info, strength)
                      : agreed(holder, info);
            };
        if (key.isPresent()) {
          if (key.get().length != strength.keyBytes()) {
            throw new MalformedException(
                "the content's key does not have the length of its cipher");
          }
          return key.get();
        }
      }
      throw new MalformedException("the enveloped message is for somebody else");
    }

    private static Optional<byte[]> wrapped(KeyEncryptionKey shared, RecipientInfo info)
        throws GeneralSecurityException {
      if (!(info.getInfo() instanceof KEKRecipientInfo kek)
          || !Arrays.equals(
              kek.getKekid().getKeyIdentifier().getOctets(), shared.identifier().toByteArray())) {
        return Optional.empty();
      }
      if (!kek.getKeyEncryptionAlgorithm().getAlgorithm().equals(shared.strength().wrap())) {
        throw new MalformedException("the key wrap is not AES's for the length of the shared key");
      }
      byte[] bytes = shared.bytes();
      try {
        return Optional.of(unwrap(bytes, kek.getEncryptedKey().getOctets()));
      } finally {
        Arrays.fill(bytes, (byte) 0);
      }
    }

    private static Optional<byte[]> transported(
        ByCertificate holder, RecipientInfo info, AesStrength strength)
        throws GeneralSecurityException {
      if (!(info.getInfo() instanceof KeyTransRecipientInfo transport)
          || !names(transport.getRecipientIdentifier(), holder)) {
        return Optional.empty();
      }
      AlgorithmIdentifier algorithm = transport.getKeyEncryptionAlgorithm();
      byte[] encrypted = transport.getEncryptedKey().getOctets();
      if (algorithm.getAlgorithm().equals(PKCSObjectIdentifiers.id_RSAES_OAEP)) {
        OaepHash hash =
            OaepHash.of(algorithm.getParameters())
                .orElseThrow(() -> new MalformedException("the RSA-OAEP parameters are unknown"));
        Cipher cipher = Providers.cipher("RSA/ECB/OAEPPadding");
        cipher.init(Cipher.DECRYPT_MODE, holder.key(), hash.spec());
        return Optional.of(cipher.doFinal(encrypted));
      }
      if (algorithm.getAlgorithm().equals(PKCSObjectIdentifiers.rsaEncryption)) {
        return Optional.of(pkcs1(holder, encrypted, strength));
      }
      throw new MalformedException("the key transport algorithm is unknown");
    }

    /// A wrong padding ends like a wrong key, in content that does not decrypt: whoever sends
    /// cannot tell them apart.
    private static byte[] pkcs1(ByCertificate holder, byte[] encrypted, AesStrength strength)
        throws GeneralSecurityException {
      Cipher cipher = Providers.cipher("RSA/ECB/PKCS1Padding");
      cipher.init(Cipher.DECRYPT_MODE, holder.key());
      try {
        byte[] key = cipher.doFinal(encrypted);
        return key.length == strength.keyBytes() ? key : Randomness.bytes(strength.keyBytes());
      } catch (GeneralSecurityException | IllegalStateException wrongPadding) {
        return Randomness.bytes(strength.keyBytes());
      }
    }

    private static Optional<byte[]> agreed(ByCertificate holder, RecipientInfo info)
        throws GeneralSecurityException {
      if (!(info.getInfo() instanceof KeyAgreeRecipientInfo agreement)) {
        return Optional.empty();
      }
      for (ASN1Encodable element : agreement.getRecipientEncryptedKeys()) {
        RecipientEncryptedKey one = RecipientEncryptedKey.getInstance(element);
        if (names(one.getIdentifier(), holder)) {
          byte[] key = agreedKey(holder, agreement);
          try {
            return Optional.of(unwrap(key, one.getEncryptedKey().getOctets()));
          } finally {
            Arrays.fill(key, (byte) 0);
          }
        }
      }
      return Optional.empty();
    }

    private static byte[] agreedKey(ByCertificate holder, KeyAgreeRecipientInfo agreement)
        throws GeneralSecurityException {
      AlgorithmIdentifier algorithm = agreement.getKeyEncryptionAlgorithm();
      Optional<KeyAgreementScheme> scheme = KeyAgreementScheme.of(algorithm.getAlgorithm().getId());
      Optional<AesStrength> wrap = KeyAgreementScheme.wrapIn(algorithm.getParameters());
      if (scheme.isEmpty() || wrap.isEmpty()) {
        throw new MalformedException("the key agreement algorithm is unknown");
      }
      KeyAgreement ecdh = Providers.keyAgreement("ECDH");
      ecdh.init(holder.key());
      ecdh.doPhase(sender(holder, agreement.getOriginator().getOriginatorKey()), true);
      byte[] secret = ecdh.generateSecret();
      try {
        return scheme
            .get()
            .derive(
                secret,
                AlgorithmIdentifier.getInstance(algorithm.getParameters()),
                wrap.get(),
                agreement.getUserKeyingMaterial() == null
                    ? null
                    : agreement.getUserKeyingMaterial().getOctets());
      } finally {
        Arrays.fill(secret, (byte) 0);
      }
    }

    /// The sender's point lies on the recipient's curve, whatever its parameters say or leave out
    /// (RFC 5753 §3.1.1); the platform checks that it does.
    private static PublicKey sender(ByCertificate holder, OriginatorPublicKey originator)
        throws GeneralSecurityException {
      try {
        AlgorithmIdentifier own =
            holder.certificate().subjectPublicKeyInfo().toAsn1().getAlgorithm();
        return Providers.keyFactory("EC")
            .generatePublic(
                new java.security.spec.X509EncodedKeySpec(
                    new SubjectPublicKeyInfo(own, originator.getPublicKeyData().getBytes())
                        .getEncoded()));
      } catch (IOException e) {
        throw new MalformedException("the sender's key cannot be encoded", e);
      }
    }

    private static boolean names(RecipientIdentifier recipient, ByCertificate holder) {
      return recipient.isTagged()
          ? isKeyIdentifier(ASN1OctetString.getInstance(recipient.getId()), holder)
          : isSerial(IssuerAndSerialNumber.getInstance(recipient.getId()), holder);
    }

    private static boolean names(KeyAgreeRecipientIdentifier recipient, ByCertificate holder) {
      return recipient.getIssuerAndSerialNumber() == null
          ? isKeyIdentifier(recipient.getRKeyID().getSubjectKeyIdentifier(), holder)
          : isSerial(recipient.getIssuerAndSerialNumber(), holder);
    }

    private static boolean isKeyIdentifier(ASN1OctetString identifier, ByCertificate holder) {
      return holder
          .certificate()
          .subjectKeyIdentifier()
          .filter(own -> Arrays.equals(own, identifier.getOctets()))
          .isPresent();
    }

    private static boolean isSerial(IssuerAndSerialNumber named, ByCertificate holder) {
      BigInteger serial = holder.certificate().toAsn1().getSerialNumber().getValue();
      return named.getName().equals(holder.certificate().toAsn1().getIssuer())
          && named.getSerialNumber().getValue().equals(serial);
    }

    private static byte[] unwrap(byte[] key, byte[] wrapped) throws GeneralSecurityException {
      Cipher cipher = Providers.cipher("AESWrap");
      cipher.init(Cipher.UNWRAP_MODE, new SecretKeySpec(key, "AES"));
      return cipher.unwrap(wrapped, "AES", Cipher.SECRET_KEY).getEncoded();
    }
  }
}
