package dev.chancery.pki.cms;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.chancery.pki.Attempts;
import dev.chancery.pki.MalformedException;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.certificate.TestAuthority;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.bouncycastle.asn1.ASN1EncodableVector;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1Set;
import org.bouncycastle.asn1.BERSequence;
import org.bouncycastle.asn1.BERSet;
import org.bouncycastle.asn1.BERTaggedObject;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.DERSet;
import org.bouncycastle.asn1.DERTaggedObject;
import org.bouncycastle.asn1.cms.CMSObjectIdentifiers;
import org.bouncycastle.asn1.cms.ContentInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class CertsOnlyTest {
  private static final TestAuthority ROOT = TestAuthority.root("CN=Root");
  private static final List<Certificate> CERTIFICATES =
      List.of(ROOT.leaf("CN=a", "dns:a.example"), ROOT.certificate());

  @Test
  void theCertificatesAreReadBackInWhateverOrder() {
    assertThat(CertsOnly.parse(CertsOnly.encode(CERTIFICATES)))
        .containsExactlyInAnyOrderElementsOf(CERTIFICATES);
  }

  @Test
  void whereTheOrderMattersItIsKept() {
    assertThat(CertsOnly.parse(CertsOnly.encodeInOrder(CERTIFICATES)))
        .containsExactlyElementsOf(CERTIFICATES);
    assertThat(CertsOnly.parse(CertsOnly.encodeInOrder(CERTIFICATES.reversed())))
        .containsExactlyElementsOf(CERTIFICATES.reversed());
  }

  @Test
  void aMessageWithoutCertificatesIsEmpty() {
    assertThat(CertsOnly.parse(CertsOnly.encode(List.of()))).isEmpty();
  }

  /// EST-047.
  @Test
  void indefiniteLengthsAreRead() throws IOException {
    byte[] ber = indefinite(CERTIFICATES);

    assertThat(ber[1]).isEqualTo((byte) 0x80);
    assertThat(CertsOnly.parse(ber)).containsExactlyElementsOf(CERTIFICATES);
  }

  /// EST-047.
  @Test
  void whatIsSentIsDer() throws IOException {
    byte[] der = CertsOnly.encode(CERTIFICATES);

    assertThat(ContentInfo.getInstance(der).getEncoded(ASN1Encoding.DER)).isEqualTo(der);
  }

  @Test
  void certificatesOfOtherFormatsArePassedOver() throws IOException {
    ASN1EncodableVector set = new ASN1EncodableVector();
    set.add(ROOT.certificate().toAsn1());
    set.add(new DERTaggedObject(false, 2, new DERSequence()));

    assertThat(CertsOnly.parse(signedData(new DERSet(set)))).containsExactly(ROOT.certificate());
  }

  @Test
  void anotherContentTypeIsRefused() throws IOException {
    byte[] data = new ContentInfo(CMSObjectIdentifiers.data, null).getEncoded();

    assertThatThrownBy(() -> CertsOnly.parse(data))
        .isInstanceOf(MalformedException.class)
        .hasMessage("the message is not SignedData");
  }

  @Test
  void emptyInputAndABareCertificateAreRefused() {
    assertThatThrownBy(() -> CertsOnly.parse(new byte[0])).isInstanceOf(MalformedException.class);
    assertThatThrownBy(() -> CertsOnly.parse(ROOT.certificate().der().toByteArray()))
        .isInstanceOf(MalformedException.class);
  }

  @Test
  void signedDataWithoutContentIsRefused() throws IOException {
    byte[] bare = new ContentInfo(CMSObjectIdentifiers.signedData, null).getEncoded();

    assertThatThrownBy(() -> CertsOnly.parse(bare)).isInstanceOf(MalformedException.class);
  }

  @Test
  void aNestingBombIsRefused() {
    byte[] bomb = new byte[1024 * 1024];
    for (int i = 0; i < bomb.length; i += 2) {
      bomb[i] = 0x30;
      bomb[i + 1] = (byte) 0x80;
    }

    assertThatThrownBy(() -> CertsOnly.parse(bomb)).isInstanceOf(MalformedException.class);
  }

  static IntStream seeds() {
    return IntStream.range(0, 300);
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void aDamagedMessageIsParsedOrMalformedAndNothingElse(int seed) throws IOException {
    SplittableRandom random = new SplittableRandom(seed);
    byte[] message =
        random.nextBoolean() ? CertsOnly.encode(CERTIFICATES) : indefinite(CERTIFICATES);
    byte[] damaged =
        random.nextInt(4) == 0
            ? Arrays.copyOf(message, random.nextInt(message.length))
            : message.clone();
    if (damaged.length > 0) {
      damaged[random.nextInt(damaged.length)] ^= (byte) (1 << random.nextInt(8));
    }

    assertThat(Attempts.of(() -> CertsOnly.parse(damaged)))
        .isIn(Attempts.Result.PARSED, Attempts.Result.MALFORMED);
  }

  private static byte[] indefinite(List<Certificate> certificates) throws IOException {
    ASN1EncodableVector set = new ASN1EncodableVector();
    certificates.forEach(certificate -> set.add(certificate.toAsn1()));
    return signedData(new BERSet(set));
  }

  private static byte[] signedData(ASN1Set certificates) throws IOException {
    ASN1EncodableVector signedData = new ASN1EncodableVector();
    signedData.add(new ASN1Integer(1));
    signedData.add(new DERSet());
    signedData.add(new BERSequence(CMSObjectIdentifiers.data));
    signedData.add(new BERTaggedObject(false, 0, certificates));
    signedData.add(new DERSet());
    ASN1EncodableVector contentInfo = new ASN1EncodableVector();
    contentInfo.add(CMSObjectIdentifiers.signedData);
    contentInfo.add(new BERTaggedObject(0, new BERSequence(signedData)));
    return new BERSequence(contentInfo).getEncoded(ASN1Encoding.BER);
  }
}
