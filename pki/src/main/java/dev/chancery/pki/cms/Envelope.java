package dev.chancery.pki.cms;

import dev.chancery.pki.Der;
import dev.chancery.pki.DerLimits;
import dev.chancery.pki.MalformedException;
import dev.chancery.pki.crypto.Randomness;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import javax.crypto.Cipher;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1EncodableVector;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.ASN1Primitive;
import org.bouncycastle.asn1.ASN1Set;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.DERSet;
import org.bouncycastle.asn1.cms.CMSObjectIdentifiers;
import org.bouncycastle.asn1.cms.ContentInfo;
import org.bouncycastle.asn1.cms.EncryptedContentInfo;
import org.bouncycastle.asn1.cms.EnvelopedData;
import org.bouncycastle.asn1.cms.IssuerAndSerialNumber;
import org.bouncycastle.asn1.cms.KeyAgreeRecipientInfo;
import org.bouncycastle.asn1.cms.KeyTransRecipientInfo;
import org.bouncycastle.asn1.cms.PasswordRecipientInfo;
import org.bouncycastle.asn1.cms.RecipientInfo;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;

/// EnvelopedData (RFC 5652 §6): content encrypted for recipients. Accepts BER. Immutable.
///
/// Opening with a private key never tells whether it worked. Where key or padding are wrong, it
/// takes the same steps with a random key and returns bytes that mean nothing, so that nobody can
/// use the opener as an oracle (RFC 3218). What comes out is therefore to be parsed strictly, and a
/// failure to parse is the one answer to everything that is wrong.
public final class Envelope {
  private static final int MAX_BYTES = 2 * 1024 * 1024;
  private static final int MAX_RECIPIENTS = 16;

  private final List<RecipientInfo> recipients;
  private final Optional<ContentCipher> cipher;
  private final byte[] initializationVector;
  private final byte[] encrypted;

  private Envelope(EnvelopedData envelopedData) {
    ASN1Set infos = envelopedData.getRecipientInfos();
    if (infos.size() == 0 || infos.size() > MAX_RECIPIENTS) {
      throw new MalformedException(
          "the envelope does not have 1 to " + MAX_RECIPIENTS + " recipients");
    }
    this.recipients = Arrays.stream(infos.toArray()).map(RecipientInfo::getInstance).toList();
    EncryptedContentInfo content = envelopedData.getEncryptedContentInfo();
    AlgorithmIdentifier algorithm = content.getContentEncryptionAlgorithm();
    this.cipher = ContentCipher.of(algorithm);
    ASN1OctetString octets = content.getEncryptedContent();
    this.encrypted = octets == null ? new byte[0] : octets.getOctets();
    if (cipher.isPresent()) {
      this.initializationVector =
          cipher
              .get()
              .initializationVector(algorithm)
              .orElseThrow(
                  () -> new MalformedException("the envelope's initialization vector is wrong"));
      if (encrypted.length == 0 || encrypted.length % cipher.get().blockBytes() != 0) {
        throw new MalformedException("the envelope's content is not whole blocks");
      }
    } else {
      this.initializationVector = new byte[0];
    }
  }

  /// Reads an envelope.
  ///
  /// @throws MalformedException if it is none, or larger than the limits
  public static Envelope parse(byte[] ber) {
    ASN1Primitive primitive = DerLimits.parseBer(ber, MAX_BYTES, "envelope");
    try {
      ContentInfo contentInfo = ContentInfo.getInstance(primitive);
      if (!contentInfo.getContentType().equals(CMSObjectIdentifiers.envelopedData)) {
        throw new MalformedException("the content is not EnvelopedData");
      }
      return new Envelope(EnvelopedData.getInstance(contentInfo.getContent()));
    } catch (IllegalArgumentException
        | IllegalStateException
        | ClassCastException
        | NullPointerException
        | IndexOutOfBoundsException e) {
      // The ASN.1 classes report unexpected shapes with whatever unchecked exception comes first.
      throw new MalformedException("the content is not CMS EnvelopedData", e);
    }
  }

  /// The content's cipher, if it is one that is known.
  public Optional<ContentCipher> cipher() {
    return cipher;
  }

  /// True if the envelope names `key`'s certificate as a recipient.
  public boolean isFor(MessageKey key) {
    return recipients.stream().anyMatch(recipient -> encryptedKeyFor(recipient, key).isPresent());
  }

  /// Opens the envelope with a private key, in the way that the class comment tells.
  ///
  /// @throws MalformedException if the envelope names other recipients only, or an unknown cipher;
  ///   both can be seen from outside
  public byte[] open(MessageKey key) {
    ContentCipher known = knownCipher();
    EncryptedKey mine =
        recipients.stream()
            .flatMap(recipient -> encryptedKeyFor(recipient, key).stream())
            .findFirst()
            .orElseThrow(() -> new MalformedException("the envelope is for somebody else"));
    return decrypt(known, mine.open(key, known.keyBytes()));
  }

  /// Opens the envelope with a password.
  ///
  /// @throws MalformedException if no recipient is a password, if this is another one, or if the
  ///   sender demands more iterations than [PasswordWrap#MAX_ITERATIONS]
  public byte[] openWithPassword(byte[] password) {
    ContentCipher known = knownCipher();
    PasswordRecipientInfo info =
        recipients.stream()
            .map(RecipientInfo::getInfo)
            .filter(PasswordRecipientInfo.class::isInstance)
            .map(PasswordRecipientInfo.class::cast)
            .findFirst()
            .orElseThrow(() -> new MalformedException("the envelope does not open by password"));
    return decrypt(known, PasswordWrap.unwrap(info, password, known.keyBytes()));
  }

  /// True if one of the recipients is a password.
  public boolean opensByPassword() {
    return recipients.stream()
        .anyMatch(recipient -> recipient.getInfo() instanceof PasswordRecipientInfo);
  }

  private ContentCipher knownCipher() {
    return cipher.orElseThrow(() -> new MalformedException("the envelope's cipher is not known"));
  }

  /// A content-encryption key encrypted for one key.
  private sealed interface EncryptedKey {
    byte[] open(MessageKey key, int bytes);

    record ByTransport(KeyTransRecipientInfo info) implements EncryptedKey {
      @Override
      public byte[] open(MessageKey key, int bytes) {
        return KeyTransport.decrypt(info, key.privateKey(), bytes);
      }
    }

    record ByAgreement(KeyAgreeRecipientInfo info, Der wrapped) implements EncryptedKey {
      @Override
      public byte[] open(MessageKey key, int bytes) {
        return KeyAgreementWrap.unwrap(info, wrapped.toByteArray(), key.privateKey(), bytes);
      }
    }
  }

  private static Optional<EncryptedKey> encryptedKeyFor(RecipientInfo recipient, MessageKey key) {
    boolean rsa = key.certificate().subjectPublicKeyInfo().isRsa();
    if (rsa && recipient.getInfo() instanceof KeyTransRecipientInfo info) {
      ASN1Encodable id = info.getRecipientIdentifier().getId();
      boolean mine =
          id instanceof ASN1OctetString keyIdentifier
              ? Recipients.hasKeyIdentifier(key.certificate(), keyIdentifier.getOctets())
              : Recipients.isNamedBy(key.certificate(), IssuerAndSerialNumber.getInstance(id));
      return mine ? Optional.of(new EncryptedKey.ByTransport(info)) : Optional.empty();
    }
    if (!rsa && recipient.getInfo() instanceof KeyAgreeRecipientInfo info) {
      return KeyAgreementWrap.encryptedKeyFor(info, key.certificate())
          .map(wrapped -> new EncryptedKey.ByAgreement(info, wrapped));
    }
    return Optional.empty();
  }

  private byte[] decrypt(ContentCipher known, byte[] key) {
    byte[] padded = known.run(Cipher.DECRYPT_MODE, key, initializationVector, encrypted);
    Arrays.fill(key, (byte) 0);
    return Arrays.copyOf(padded, lengthWithoutPadding(padded, known.blockBytes()));
  }

  /// Bytes before the padding (RFC 5652 §6.3); all of them where it is wrong. Looks at a whole
  /// block whatever it finds.
  private static int lengthWithoutPadding(byte[] padded, int blockBytes) {
    int count = padded[padded.length - 1] & 0xff;
    int wrong = count == 0 || count > blockBytes ? 1 : 0;
    for (int i = 1; i <= blockBytes; i++) {
      int inPadding = (i - 1 - count) >> 31;
      wrong |= inPadding & (padded[padded.length - i] ^ count) & 0xff;
    }
    return wrong == 0 ? padded.length - count : padded.length;
  }

  /// Encrypts `content` for each of `recipients`, with a fresh key.
  ///
  /// @return DER
  public static byte[] seal(byte[] content, ContentCipher cipher, List<Recipient> recipients) {
    byte[] key = Randomness.bytes(cipher.keyBytes());
    byte[] initializationVector = Randomness.bytes(cipher.blockBytes());
    int padding = cipher.blockBytes() - content.length % cipher.blockBytes();
    byte[] padded = Arrays.copyOf(content, content.length + padding);
    Arrays.fill(padded, content.length, padded.length, (byte) padding);
    byte[] encrypted = cipher.run(Cipher.ENCRYPT_MODE, key, initializationVector, padded);

    ASN1EncodableVector infos = new ASN1EncodableVector();
    for (Recipient recipient : recipients) {
      infos.add(
          switch (recipient) {
            case Recipient.KeyTransport transport ->
                new RecipientInfo(KeyTransport.encrypt(key, transport.certificate()));
            case Recipient.KeyAgreement agreement ->
                new RecipientInfo(KeyAgreementWrap.wrap(key, agreement.certificate()));
            case Recipient.Password password ->
                new RecipientInfo(PasswordWrap.wrap(key, password.password().toByteArray()));
          });
    }
    Arrays.fill(key, (byte) 0);
    try {
      return new ContentInfo(
              CMSObjectIdentifiers.envelopedData,
              new EnvelopedData(
                  null,
                  new DERSet(infos),
                  new EncryptedContentInfo(
                      CMSObjectIdentifiers.data,
                      cipher.identifier(initializationVector),
                      new DEROctetString(encrypted)),
                  (ASN1Set) null))
          .getEncoded(ASN1Encoding.DER);
    } catch (IOException e) {
      throw new UncheckedIOException("an envelope could not be encoded", e);
    }
  }
}
