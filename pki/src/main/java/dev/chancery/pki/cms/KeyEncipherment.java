package dev.chancery.pki.cms;

import dev.chancery.pki.Der;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.crypto.Providers;
import dev.chancery.pki.crypto.Randomness;
import dev.chancery.pki.key.KeyPairs;
import dev.chancery.pki.key.KeyType;
import dev.chancery.pki.key.KeyWeakness;
import dev.chancery.pki.key.SubjectPublicKeyInfo;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import javax.crypto.Cipher;
import javax.crypto.KeyAgreement;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.DERSet;
import org.bouncycastle.asn1.cms.CMSObjectIdentifiers;
import org.bouncycastle.asn1.cms.ContentInfo;
import org.bouncycastle.asn1.cms.EncryptedContentInfo;
import org.bouncycastle.asn1.cms.EnvelopedData;
import org.bouncycastle.asn1.cms.KEKIdentifier;
import org.bouncycastle.asn1.cms.KEKRecipientInfo;
import org.bouncycastle.asn1.cms.KeyAgreeRecipientIdentifier;
import org.bouncycastle.asn1.cms.KeyAgreeRecipientInfo;
import org.bouncycastle.asn1.cms.KeyTransRecipientInfo;
import org.bouncycastle.asn1.cms.OriginatorIdentifierOrKey;
import org.bouncycastle.asn1.cms.OriginatorPublicKey;
import org.bouncycastle.asn1.cms.RecipientEncryptedKey;
import org.bouncycastle.asn1.cms.RecipientIdentifier;
import org.bouncycastle.asn1.cms.RecipientInfo;
import org.bouncycastle.asn1.cms.RecipientKeyIdentifier;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.Extensions;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers;

/// How a message is encrypted for one recipient: who it is, and the algorithms, all of which the
/// recipient has listed (RFC 7030 §4.4.1, RFC 5652 §6). Having one says that it will work; there is
/// no weaker way to fall back to. Immutable and thread-safe.
public final class KeyEncipherment {
  private sealed interface Way {
    /// kekri (RFC 5652 §6.2.3) with AES key wrap.
    record Wrapped(KeyEncryptionKey key) implements Way {}

    /// ktri (RFC 5652 §6.2.1); without a hash it is PKCS#1 v1.5.
    record Transported(SubjectPublicKeyInfo key, Der keyIdentifier, Optional<OaepHash> oaep)
        implements Way {}

    /// kari (RFC 5652 §6.2.2) with a fresh sender's key.
    record Agreed(
        SubjectPublicKeyInfo key,
        KeyType curve,
        Der keyIdentifier,
        KeyAgreementScheme.WithWrap algorithms)
        implements Way {}
  }

  private static final int IV_BYTES = 16;

  private final Way way;
  private final AesStrength content;

  private KeyEncipherment(Way way, AesStrength content) {
    this.way = way;
    this.content = content;
  }

  /// For whoever shares `key`.
  ///
  /// @throws UnfitRecipientException if the AES key wrap of the key's length is not listed, or only
  ///   unknown content encryption is
  public static KeyEncipherment withKey(KeyEncryptionKey key, SmimeCapabilities capabilities) {
    if (!capabilities.wraps().contains(key.strength())) {
      throw new UnfitRecipientException(
          "the SMIMECapabilities do not list the AES key wrap of the key's length, "
              + key.strength().wrap());
    }
    return new KeyEncipherment(new Way.Wrapped(key), content(capabilities));
  }

  /// For the holder of the private key of `certificate`: key transport to an RSA key, key agreement
  /// with an EC key. OAEP is used where it is listed, PKCS#1 v1.5 only where that alone is.
  ///
  /// @param keyIdentifier the recipient is named by it, so it must be the subject key identifier
  ///   that the recipient knows
  /// @throws UnfitRecipientException if the certificate's key or key usage does not allow it, or no
  ///   listed algorithm fits the key
  public static KeyEncipherment toCertificate(
      Certificate certificate, Der keyIdentifier, SmimeCapabilities capabilities) {
    SubjectPublicKeyInfo key = certificate.subjectPublicKeyInfo();
    KeyWeakness.of(key)
        .ifPresent(weakness -> {
          throw new UnfitRecipientException(
              "the key of the certificate "
                  + certificate.serialNumber()
                  + " protects nothing: "
                  + weakness.explanation());
        });
    KeyType curve = key.type().filter(KeyType::isEc).orElse(null);
    if (key.isRsa()) {
      demandUsage(certificate, KeyUsage.keyEncipherment, "keyEncipherment");
      return new KeyEncipherment(
          new Way.Transported(key, keyIdentifier, transport(capabilities)), content(capabilities));
    }
    if (curve == null) {
      throw new UnfitRecipientException(
          "nothing can be encrypted for the key of the certificate "
              + certificate.serialNumber()
              + ": RSA and EC keys can decrypt");
    }
    demandUsage(certificate, KeyUsage.keyAgreement, "keyAgreement");
    return new KeyEncipherment(
        new Way.Agreed(key, curve, keyIdentifier, agreement(curve, capabilities)),
        content(capabilities));
  }

  /// A certificate without the extension is not restricted (RFC 5280 §4.2.1.3).
  private static void demandUsage(Certificate certificate, int usage, String name) {
    Extensions extensions = certificate.toAsn1().getTBSCertificate().getExtensions();
    KeyUsage allowed = extensions == null ? null : KeyUsage.fromExtensions(extensions);
    if (allowed != null && !allowed.hasUsages(usage)) {
      throw new UnfitRecipientException(
          "the key usage of the certificate "
              + certificate.serialNumber()
              + " does not include "
              + name);
    }
  }

  private static Optional<OaepHash> transport(SmimeCapabilities capabilities) {
    Optional<OaepHash> oaep = capabilities.oaep();
    if (oaep.isEmpty() && !capabilities.rsaPkcs1()) {
      throw new UnfitRecipientException(
          "the SMIMECapabilities list neither RSA-OAEP nor RSA with PKCS#1 v1.5");
    }
    return oaep;
  }

  private static KeyAgreementScheme.WithWrap agreement(
      KeyType curve, SmimeCapabilities capabilities) {
    KeyAgreementScheme fitting =
        switch (curve) {
          case P_521 -> KeyAgreementScheme.SHA_512;
          case P_384 -> KeyAgreementScheme.SHA_384;
          default -> KeyAgreementScheme.SHA_256;
        };
    List<KeyAgreementScheme.WithWrap> listed = capabilities.agreements();
    return listed.stream()
        .filter(one -> one.scheme() == fitting)
        .findFirst()
        .or(() -> listed.stream().findFirst())
        .orElseThrow(() ->
            new UnfitRecipientException(
                "the SMIMECapabilities list no ECDH scheme with SHA-256, SHA-384 or SHA-512 together"
                    + " with an AES key wrap"));
  }

  /// AES-256 wherever the recipient does not limit it, which is never weaker than the key that
  /// protects it (EST-169).
  private static AesStrength content(SmimeCapabilities capabilities) {
    return capabilities
        .content()
        .orElseThrow(() ->
            new UnfitRecipientException(
                "the SMIMECapabilities list content encryption, but none in AES-CBC"));
  }

  /// Encrypts `content` under a fresh key.
  ///
  /// @param contentType its OID
  /// @return ContentInfo with EnvelopedData, DER
  byte[] seal(byte[] content, ASN1ObjectIdentifier contentType) {
    byte[] key = Randomness.bytes(this.content.keyBytes());
    try {
      byte[] iv = Randomness.bytes(IV_BYTES);
      Cipher cipher = Providers.cipher("AES/CBC/PKCS5Padding");
      cipher.init(Cipher.ENCRYPT_MODE, new SecretKeySpec(key, "AES"), new IvParameterSpec(iv));
      EnvelopedData enveloped =
          new EnvelopedData(
              null,
              new DERSet(recipient(key)),
              new EncryptedContentInfo(
                  contentType,
                  new AlgorithmIdentifier(this.content.cbc(), new DEROctetString(iv)),
                  new DEROctetString(cipher.doFinal(content))),
              (org.bouncycastle.asn1.ASN1Set) null);
      return new ContentInfo(CMSObjectIdentifiers.envelopedData, enveloped)
          .getEncoded(ASN1Encoding.DER);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("encryption failed", e);
    } catch (IOException e) {
      throw new UncheckedIOException("an enveloped message cannot be encoded", e);
    } finally {
      Arrays.fill(key, (byte) 0);
    }
  }

  private RecipientInfo recipient(byte[] contentKey) throws GeneralSecurityException {
    return switch (way) {
      case Way.Wrapped(KeyEncryptionKey key) -> new RecipientInfo(wrapped(key, contentKey));
      case Way.Transported transported -> new RecipientInfo(transported(transported, contentKey));
      case Way.Agreed agreed -> new RecipientInfo(agreed(agreed, contentKey));
    };
  }

  private static KEKRecipientInfo wrapped(KeyEncryptionKey key, byte[] contentKey)
      throws GeneralSecurityException {
    byte[] bytes = key.bytes();
    try {
      return new KEKRecipientInfo(
          new KEKIdentifier(key.identifier().toByteArray(), null, null),
          new AlgorithmIdentifier(key.strength().wrap()),
          new DEROctetString(wrap(bytes, contentKey)));
    } finally {
      Arrays.fill(bytes, (byte) 0);
    }
  }

  private static KeyTransRecipientInfo transported(Way.Transported to, byte[] contentKey)
      throws GeneralSecurityException {
    Cipher cipher;
    AlgorithmIdentifier algorithm;
    if (to.oaep().isPresent()) {
      OaepHash hash = to.oaep().get();
      cipher = Providers.cipher("RSA/ECB/OAEPPadding");
      cipher.init(
          Cipher.ENCRYPT_MODE, to.key().toPublicKey(), hash.spec(), Randomness.secureRandom());
      algorithm = new AlgorithmIdentifier(PKCSObjectIdentifiers.id_RSAES_OAEP, hash.parameters());
    } else {
      cipher = Providers.cipher("RSA/ECB/PKCS1Padding");
      cipher.init(Cipher.ENCRYPT_MODE, to.key().toPublicKey(), Randomness.secureRandom());
      algorithm = new AlgorithmIdentifier(PKCSObjectIdentifiers.rsaEncryption, DERNull.INSTANCE);
    }
    return new KeyTransRecipientInfo(
        new RecipientIdentifier(new DEROctetString(to.keyIdentifier().toByteArray())),
        algorithm,
        new DEROctetString(cipher.doFinal(contentKey)));
  }

  private static KeyAgreeRecipientInfo agreed(Way.Agreed with, byte[] contentKey)
      throws GeneralSecurityException {
    KeyPair sender = KeyPairs.generate(with.curve());
    KeyAgreement agreement = Providers.keyAgreement("ECDH");
    agreement.init(sender.getPrivate());
    agreement.doPhase(with.key().toPublicKey(), true);
    AlgorithmIdentifier wrapIdentifier = new AlgorithmIdentifier(with.algorithms().wrap().wrap());
    byte[] secret = agreement.generateSecret();
    byte[] key =
        with.algorithms().scheme().derive(secret, wrapIdentifier, with.algorithms().wrap(), null);
    try {
      return new KeyAgreeRecipientInfo(
          new OriginatorIdentifierOrKey(
              new OriginatorPublicKey(
                  new AlgorithmIdentifier(X9ObjectIdentifiers.id_ecPublicKey),
                  SubjectPublicKeyInfo.of(sender.getPublic())
                      .toAsn1()
                      .getPublicKeyData()
                      .getBytes())),
          null,
          new AlgorithmIdentifier(with.algorithms().scheme().oid(), wrapIdentifier),
          new DERSequence(
              new RecipientEncryptedKey(
                  new KeyAgreeRecipientIdentifier(
                      new RecipientKeyIdentifier(with.keyIdentifier().toByteArray())),
                  new DEROctetString(wrap(key, contentKey)))));
    } finally {
      Arrays.fill(secret, (byte) 0);
      Arrays.fill(key, (byte) 0);
    }
  }

  private static byte[] wrap(byte[] key, byte[] contentKey) throws GeneralSecurityException {
    Cipher cipher = Providers.cipher("AESWrap");
    cipher.init(Cipher.WRAP_MODE, new SecretKeySpec(key, "AES"));
    return cipher.wrap(new SecretKeySpec(contentKey, "AES"));
  }

  /// The algorithms, for log and audit: such as `kek aes256-wrap, AES_256`. Nothing secret.
  @Override
  public String toString() {
    String recipient =
        switch (way) {
          case Way.Wrapped(KeyEncryptionKey key) -> "kekri AES_" + key.strength().keyBytes() * 8;
          case Way.Transported to ->
              "ktri " + to.oaep().map(hash -> "OAEP " + hash).orElse("PKCS#1 v1.5");
          case Way.Agreed with ->
              "kari ECDH " + with.algorithms().scheme() + " " + with.algorithms().wrap();
        };
    return recipient + ", content " + content + " CBC";
  }
}
