package dev.chancery.pki.cms;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.chancery.pki.Der;
import dev.chancery.pki.MalformedException;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.cms.SignedMessage.SignedAttribute;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.Signature;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1EncodableVector;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1Primitive;
import org.bouncycastle.asn1.ASN1Sequence;
import org.bouncycastle.asn1.BERSequence;
import org.bouncycastle.asn1.BERSet;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.DERPrintableString;
import org.bouncycastle.asn1.DERSet;
import org.bouncycastle.asn1.DLSequence;
import org.bouncycastle.asn1.DLSet;
import org.bouncycastle.asn1.DLTaggedObject;
import org.bouncycastle.asn1.cms.Attribute;
import org.bouncycastle.asn1.cms.CMSObjectIdentifiers;
import org.bouncycastle.asn1.cms.ContentInfo;
import org.bouncycastle.asn1.cms.SignedData;
import org.bouncycastle.asn1.cms.SignerInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class SignedMessageTest {
  private static final String NOTE = "1.2.3.4";
  private static final Der CONTENT = Der.of("content".getBytes(StandardCharsets.UTF_8));

  private static byte[] signed(MessageKey key, DigestAlgorithm digest) {
    return SignedMessage.sign(key, digest, Optional.of(CONTENT), List.of(note("hello")), List.of());
  }

  private static SignedAttribute note(String text) {
    try {
      return new SignedAttribute(NOTE, List.of(Der.of(new DERPrintableString(text).getEncoded())));
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  @ParameterizedTest
  @EnumSource(DigestAlgorithm.class)
  void whatAnRsaKeySignedVerifies(DigestAlgorithm digest) {
    SignedMessage message = SignedMessage.parse(signed(Keys.RSA, digest));

    assertThat(message.verify()).isEqualTo(Keys.RSA.certificate());
    assertThat(message.digest()).contains(digest);
    assertThat(message.content()).contains(CONTENT);
    assertThat(message.attribute(NOTE)).isEqualTo(Optional.of(note("hello").values().getFirst()));
  }

  @ParameterizedTest
  @EnumSource(
      value = DigestAlgorithm.class,
      names = {"SHA_256", "SHA_384", "SHA_512"})
  void whatAnEcKeySignedVerifies(DigestAlgorithm digest) {
    assertThat(SignedMessage.parse(signed(Keys.P_384, digest)).verify())
        .isEqualTo(Keys.P_384.certificate());
  }

  @Test
  void aMessageWithoutContentVerifiesOverNothing() {
    for (Optional<Der> nothing : List.of(Optional.<Der>empty(), Optional.of(Der.of(new byte[0])))) {
      SignedMessage message =
          SignedMessage.parse(
              SignedMessage.sign(Keys.RSA, DigestAlgorithm.SHA_256, nothing, List.of(), List.of()));

      assertThat(message.content()).isEqualTo(nothing);
      assertThat(message.verify()).isEqualTo(Keys.RSA.certificate());
    }
  }

  @Test
  void certificatesKeepTheirOrderBehindTheSigners() {
    List<Certificate> more = List.of(Keys.P_384.certificate(), Keys.P_256.certificate());

    SignedMessage message =
        SignedMessage.parse(
            SignedMessage.sign(
                Keys.RSA, DigestAlgorithm.SHA_256, Optional.of(CONTENT), List.of(), more));

    assertThat(message.certificates())
        .containsExactly(
            Keys.RSA.certificate(), Keys.P_384.certificate(), Keys.P_256.certificate());
  }

  @Test
  void indefiniteLengthsAreRead() throws IOException {
    byte[] ber = rebuilt(signed(Keys.RSA, DigestAlgorithm.SHA_256), SignedMessageTest::berInside);

    assertThat(SignedMessage.parse(ber).verify()).isEqualTo(Keys.RSA.certificate());
  }

  /// SCEP-053: some old clients sign their attributes in the order in which they wrote them.
  @Test
  void attributesThatWereSignedUnsortedVerify() throws Exception {
    SignedMessage sorted = SignedMessage.parse(signed(Keys.RSA, DigestAlgorithm.SHA_256));
    ASN1EncodableVector unsorted = new ASN1EncodableVector();
    for (SignedAttribute attribute : sorted.attributes().reversed()) {
      unsorted.add(
          new Attribute(
              new ASN1ObjectIdentifier(attribute.oid()),
              new DERSet(
                  ASN1Primitive.fromByteArray(attribute.values().getFirst().toByteArray()))));
    }
    Signature signer = Signature.getInstance("SHA256withRSA");
    signer.initSign(Keys.RSA.privateKey());
    signer.update(new DLSet(unsorted).getEncoded(ASN1Encoding.DL));
    byte[] signature = signer.sign();

    SignedData data = signedData(signed(Keys.RSA, DigestAlgorithm.SHA_256));
    SignerInfo old = SignerInfo.getInstance(data.getSignerInfos().getObjectAt(0));
    DLSequence signerInfo =
        sequence(
            new ASN1Integer(1),
            old.getSID(),
            old.getDigestAlgorithm(),
            new DLTaggedObject(false, 0, new DLSet(unsorted)),
            old.getDigestEncryptionAlgorithm(),
            new DEROctetString(signature));
    byte[] message =
        sequence(
                CMSObjectIdentifiers.signedData,
                new DLTaggedObject(
                    true,
                    0,
                    sequence(
                        new ASN1Integer(1),
                        data.getDigestAlgorithms(),
                        data.getEncapContentInfo(),
                        new DLTaggedObject(false, 0, data.getCertificates()),
                        new DLSet(signerInfo))))
            .getEncoded(ASN1Encoding.DL);

    assertThat(SignedMessage.parse(message).verify()).isEqualTo(Keys.RSA.certificate());
  }

  static Stream<Arguments> brokenMessages() throws IOException {
    byte[] good = signed(Keys.RSA, DigestAlgorithm.SHA_256);
    byte[] other = signed(Keys.OTHER_RSA, DigestAlgorithm.SHA_256);
    SignedData otherData = signedData(other);
    return Stream.of(
        Arguments.of(
            "another content",
            rebuilt(
                good,
                data ->
                    new SignedData(
                        data.getDigestAlgorithms(),
                        new ContentInfo(
                            CMSObjectIdentifiers.data, new DEROctetString(new byte[] {1})),
                        data.getCertificates(),
                        null,
                        data.getSignerInfos()))),
        Arguments.of(
            "two signers",
            rebuilt(
                good,
                data -> {
                  ASN1EncodableVector both = new ASN1EncodableVector();
                  both.add(data.getSignerInfos().getObjectAt(0));
                  both.add(otherData.getSignerInfos().getObjectAt(0));
                  return withSigners(data, new DLSet(both));
                })),
        Arguments.of(
            "no certificate of the signer",
            rebuilt(
                good,
                data ->
                    new SignedData(
                        data.getDigestAlgorithms(),
                        data.getEncapContentInfo(),
                        otherData.getCertificates(),
                        null,
                        data.getSignerInfos()))),
        Arguments.of(
            "the signer's certificate twice",
            rebuilt(
                good,
                data -> {
                  ASN1EncodableVector twice = new ASN1EncodableVector();
                  twice.add(Keys.RSA.certificate().toAsn1());
                  twice.add(Keys.RSA.certificate().toAsn1());
                  return new SignedData(
                      data.getDigestAlgorithms(),
                      data.getEncapContentInfo(),
                      new DLSet(twice),
                      null,
                      data.getSignerInfos());
                })),
        Arguments.of(
            "no signed attributes",
            rebuilt(
                good,
                data -> {
                  SignerInfo old = SignerInfo.getInstance(data.getSignerInfos().getObjectAt(0));
                  return withSigners(
                      data,
                      new DERSet(
                          new SignerInfo(
                              old.getSID(),
                              old.getDigestAlgorithm(),
                              (org.bouncycastle.asn1.ASN1Set) null,
                              old.getDigestEncryptionAlgorithm(),
                              old.getEncryptedDigest(),
                              null)));
                })));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("brokenMessages")
  void aMessageThatIsNotSoundlySignedByOneDoesNotVerify(String what, byte[] message) {
    SignedMessage parsed = SignedMessage.parse(message);

    assertThatThrownBy(parsed::verify).as(what).isInstanceOf(SignatureInvalidException.class);
  }

  @Test
  void aMessageThatNobodySignedIsMalformed() throws IOException {
    byte[] unsigned =
        rebuilt(signed(Keys.RSA, DigestAlgorithm.SHA_256), data -> withSigners(data, new DERSet()));

    assertThatThrownBy(() -> SignedMessage.parse(unsigned)).isInstanceOf(MalformedException.class);
  }

  static IntStream seeds() {
    return IntStream.range(0, 200);
  }

  /// Whatever bit flips: unreadable, unverifiable, or in a place that nobody signs.
  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void noFlippedBitChangesWhatASignatureCovers(int seed) {
    byte[] message = signed(Keys.RSA, DigestAlgorithm.SHA_256);
    SplittableRandom random = new SplittableRandom(seed);
    message[random.nextInt(message.length)] ^= (byte) (1 << random.nextInt(8));

    try {
      SignedMessage parsed = SignedMessage.parse(message);
      parsed.verify();
      assertThat(parsed.content()).contains(CONTENT);
      assertThat(parsed.attribute(NOTE)).isEqualTo(Optional.of(note("hello").values().getFirst()));
    } catch (MalformedException | SignatureInvalidException refused) {
      assertThat(refused).hasMessageNotContaining("null");
    }
  }

  private static DLSequence sequence(ASN1Encodable... elements) {
    return new DLSequence(elements);
  }

  private interface Change {
    SignedData apply(SignedData data) throws IOException;
  }

  private static SignedData signedData(byte[] message) throws IOException {
    return SignedData.getInstance(
        ContentInfo.getInstance(ASN1Primitive.fromByteArray(message)).getContent());
  }

  private static byte[] rebuilt(byte[] message, Change change) throws IOException {
    return new ContentInfo(CMSObjectIdentifiers.signedData, change.apply(signedData(message)))
        .getEncoded(ASN1Encoding.BER);
  }

  private static SignedData berInside(SignedData data) {
    ASN1EncodableVector certificates = new ASN1EncodableVector();
    data.getCertificates().forEach(certificates::add);
    return new SignedData(
        data.getDigestAlgorithms(),
        new ContentInfo(
            CMSObjectIdentifiers.data,
            new org.bouncycastle.asn1.BEROctetString(CONTENT.toByteArray())),
        new BERSet(certificates),
        null,
        data.getSignerInfos());
  }

  private static SignedData withSigners(SignedData data, org.bouncycastle.asn1.ASN1Set signers) {
    return new SignedData(
        data.getDigestAlgorithms(),
        data.getEncapContentInfo(),
        data.getCertificates(),
        null,
        signers);
  }

  @Test
  void somethingElseInCmsIsMalformed() throws IOException {
    byte[] data =
        new ContentInfo(CMSObjectIdentifiers.data, new DEROctetString(new byte[3])).getEncoded();
    byte[] sequence = new BERSequence(ASN1Sequence.getInstance(data).toArray()).getEncoded();

    assertThatThrownBy(() -> SignedMessage.parse(data)).isInstanceOf(MalformedException.class);
    assertThatThrownBy(() -> SignedMessage.parse(sequence)).isInstanceOf(MalformedException.class);
  }
}
