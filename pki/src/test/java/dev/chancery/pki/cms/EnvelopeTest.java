package dev.chancery.pki.cms;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.chancery.pki.Der;
import dev.chancery.pki.MalformedException;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.bouncycastle.asn1.ASN1EncodableVector;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1Primitive;
import org.bouncycastle.asn1.ASN1Set;
import org.bouncycastle.asn1.BEROctetString;
import org.bouncycastle.asn1.BERSet;
import org.bouncycastle.asn1.DERSet;
import org.bouncycastle.asn1.cms.CMSObjectIdentifiers;
import org.bouncycastle.asn1.cms.ContentInfo;
import org.bouncycastle.asn1.cms.EncryptedContentInfo;
import org.bouncycastle.asn1.cms.EnvelopedData;
import org.bouncycastle.asn1.cms.PasswordRecipientInfo;
import org.bouncycastle.asn1.cms.RecipientInfo;
import org.bouncycastle.asn1.pkcs.PBKDF2Params;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class EnvelopeTest {
  private static final byte[] CONTENT = "sixteen bytes or more".getBytes(StandardCharsets.UTF_8);
  private static final Der PASSWORD = Der.of("s3cret".getBytes(StandardCharsets.UTF_8));

  private static byte[] sealed(ContentCipher cipher, Recipient... recipients) {
    return Envelope.seal(CONTENT, cipher, List.of(recipients));
  }

  @ParameterizedTest
  @EnumSource(ContentCipher.class)
  void everyRecipientOpensWhatWasSealedForAll(ContentCipher cipher) {
    byte[] message =
        cipher == ContentCipher.DES
            ? sealed(cipher, new Recipient.KeyTransport(Keys.RSA.certificate()))
            : sealed(
                cipher,
                new Recipient.KeyTransport(Keys.RSA.certificate()),
                new Recipient.KeyAgreement(Keys.P_256.certificate()),
                new Recipient.KeyAgreement(Keys.P_384.certificate()),
                new Recipient.Password(PASSWORD));

    Envelope envelope = Envelope.parse(message);

    assertThat(envelope.cipher()).contains(cipher);
    assertThat(envelope.open(Keys.RSA)).isEqualTo(CONTENT);
    if (cipher != ContentCipher.DES) {
      assertThat(envelope.open(Keys.P_256)).isEqualTo(CONTENT);
      assertThat(envelope.open(Keys.P_384)).isEqualTo(CONTENT);
      assertThat(envelope.openWithPassword(PASSWORD.toByteArray())).isEqualTo(CONTENT);
    }
  }

  static IntStream lengths() {
    return IntStream.rangeClosed(0, 48);
  }

  @ParameterizedTest(name = "{0} bytes")
  @MethodSource("lengths")
  void contentOfAnyLengthComesBack(int length) {
    byte[] content = new byte[length];
    new SplittableRandom(length).nextBytes(content);

    byte[] message =
        Envelope.seal(
            content,
            ContentCipher.AES_128,
            List.of(new Recipient.KeyTransport(Keys.RSA.certificate())));

    assertThat(Envelope.parse(message).open(Keys.RSA)).isEqualTo(content);
  }

  @Test
  void anEnvelopeForOthersSaysSo() {
    Envelope envelope =
        Envelope.parse(
            sealed(ContentCipher.AES_128, new Recipient.KeyTransport(Keys.RSA.certificate())));

    assertThat(envelope.isFor(Keys.RSA)).isTrue();
    assertThat(envelope.isFor(Keys.OTHER_RSA)).isFalse();
    assertThatThrownBy(() -> envelope.open(Keys.OTHER_RSA)).isInstanceOf(MalformedException.class);
    assertThatThrownBy(() -> envelope.openWithPassword(PASSWORD.toByteArray()))
        .isInstanceOf(MalformedException.class);
  }

  @Test
  void anotherPasswordDoesNotOpen() {
    Envelope envelope =
        Envelope.parse(sealed(ContentCipher.AES_256, new Recipient.Password(PASSWORD)));

    assertThatThrownBy(() -> envelope.openWithPassword(new byte[] {'x'}))
        .isInstanceOf(MalformedException.class)
        .hasMessageContaining("password");
  }

  @Test
  void indefiniteLengthsAreRead() throws IOException {
    EnvelopedData data =
        envelopedData(
            sealed(ContentCipher.AES_128, new Recipient.KeyTransport(Keys.RSA.certificate())));
    EncryptedContentInfo content = data.getEncryptedContentInfo();
    byte[] octets = content.getEncryptedContent().getOctets();
    ASN1EncodableVector recipients = new ASN1EncodableVector();
    data.getRecipientInfos().forEach(recipients::add);
    byte[] ber =
        new ContentInfo(
                CMSObjectIdentifiers.envelopedData,
                new EnvelopedData(
                    null,
                    new BERSet(recipients),
                    new EncryptedContentInfo(
                        content.getContentType(),
                        content.getContentEncryptionAlgorithm(),
                        new BEROctetString(octets)),
                    (ASN1Set) null))
            .getEncoded(ASN1Encoding.BER);

    assertThat(Envelope.parse(ber).open(Keys.RSA)).isEqualTo(CONTENT);
  }

  /// RFC 3218: what the opener does not say cannot be asked of it.
  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void aTamperedKeyOrContentOpensToNonsenseWithoutAWord(int seed) throws IOException {
    byte[] message =
        sealed(ContentCipher.AES_128, new Recipient.KeyTransport(Keys.RSA.certificate()));
    EnvelopedData data = envelopedData(message);
    SplittableRandom random = new SplittableRandom(seed);
    byte[] target =
        random.nextBoolean()
            ? org.bouncycastle.asn1.cms.KeyTransRecipientInfo.getInstance(
                    RecipientInfo.getInstance(data.getRecipientInfos().getObjectAt(0)).getInfo())
                .getEncryptedKey()
                .getOctets()
            : data.getEncryptedContentInfo().getEncryptedContent().getOctets();
    int at = indexOf(message, target) + random.nextInt(target.length);
    message[at] ^= (byte) (1 + random.nextInt(255));

    byte[] opened = Envelope.parse(message).open(Keys.RSA);

    assertThat(opened).isNotEqualTo(CONTENT);
  }

  static IntStream seeds() {
    return IntStream.range(0, 100);
  }

  @Test
  void theRsaPaddingIsRightOnlyWhereItIsWhole() {
    byte[] block = new byte[256];
    Arrays.fill(block, (byte) 7);
    block[0] = 0;
    block[1] = 2;
    block[239] = 0;
    byte[] key = Arrays.copyOfRange(block, 240, 256);

    assertThat(KeyTransport.withoutPadding(block, 16)).isEqualTo(key);
    for (int at : new int[] {0, 1, 2, 100, 238, 239}) {
      byte[] wrong = block.clone();
      wrong[at] = (byte) (at < 2 || at == 239 ? 1 : 0);
      assertThat(KeyTransport.withoutPadding(wrong, 16)).as("byte %s", at).isNotEqualTo(key);
    }
    assertThat(KeyTransport.withoutPadding(block, 24)).isNotEqualTo(key).hasSize(24);
  }

  @Test
  void moreIterationsThanTheLimitAreNotEvenTried() throws IOException {
    EnvelopedData data =
        envelopedData(sealed(ContentCipher.AES_128, new Recipient.Password(PASSWORD)));
    PasswordRecipientInfo info =
        PasswordRecipientInfo.getInstance(
            RecipientInfo.getInstance(data.getRecipientInfos().getObjectAt(0)).getInfo());
    for (BigInteger iterations :
        List.of(
            BigInteger.ZERO,
            BigInteger.valueOf(-1),
            BigInteger.valueOf(PasswordWrap.MAX_ITERATIONS + 1),
            BigInteger.TWO.pow(62))) {
      ASN1EncodableVector parameters = new ASN1EncodableVector();
      parameters.add(new org.bouncycastle.asn1.DEROctetString(new byte[16]));
      parameters.add(new org.bouncycastle.asn1.ASN1Integer(iterations));
      PasswordRecipientInfo bomb =
          new PasswordRecipientInfo(
              new AlgorithmIdentifier(
                  PKCSObjectIdentifiers.id_PBKDF2,
                  new org.bouncycastle.asn1.DERSequence(parameters)),
              info.getKeyEncryptionAlgorithm(),
              info.getEncryptedKey());
      byte[] message =
          new ContentInfo(
                  CMSObjectIdentifiers.envelopedData,
                  new EnvelopedData(
                      null,
                      new DERSet(new RecipientInfo(bomb)),
                      data.getEncryptedContentInfo(),
                      (ASN1Set) null))
              .getEncoded();
      Envelope envelope = Envelope.parse(message);

      assertThatThrownBy(() -> envelope.openWithPassword(PASSWORD.toByteArray()))
          .isInstanceOf(MalformedException.class)
          .hasMessageContaining("iterations");
    }
    assertThat(PBKDF2Params.getInstance(info.getKeyDerivationAlgorithm().getParameters()))
        .isNotNull();
  }

  @Test
  void moreThanSixteenRecipientsAreRefused() {
    Recipient[] many = new Recipient[17];
    Arrays.fill(many, new Recipient.KeyTransport(Keys.RSA.certificate()));
    byte[] message = sealed(ContentCipher.AES_128, many);

    assertThatThrownBy(() -> Envelope.parse(message)).isInstanceOf(MalformedException.class);
  }

  private static EnvelopedData envelopedData(byte[] message) throws IOException {
    return EnvelopedData.getInstance(
        ContentInfo.getInstance(ASN1Primitive.fromByteArray(message)).getContent());
  }

  private static int indexOf(byte[] haystack, byte[] needle) {
    for (int i = 0; i + needle.length <= haystack.length; i++) {
      if (Arrays.equals(haystack, i, i + needle.length, needle, 0, needle.length)) {
        return i;
      }
    }
    throw new AssertionError("not found");
  }
}
