package dev.chancery.scep.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.chancery.pki.Der;
import dev.chancery.pki.MalformedException;
import dev.chancery.pki.certificate.SerialNumber;
import dev.chancery.pki.cms.ContentCipher;
import dev.chancery.pki.cms.DigestAlgorithm;
import dev.chancery.pki.cms.Envelope;
import dev.chancery.pki.cms.Recipient;
import dev.chancery.pki.cms.SignatureInvalidException;
import dev.chancery.pki.cms.SignedMessage;
import dev.chancery.pki.cms.SignedMessage.SignedAttribute;
import dev.chancery.pki.name.DistinguishedName;
import dev.chancery.scep.wire.CertRep.EmptyContent;
import dev.chancery.scep.wire.CertRep.Result;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.DERBMPString;
import org.bouncycastle.asn1.DERIA5String;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.DERPrintableString;
import org.bouncycastle.asn1.DERT61String;
import org.bouncycastle.asn1.DERUTF8String;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class MessagesTest {
  private static final byte[] CONTENT = {1, 2, 3};
  private static final MessageHeader HEADER =
      new MessageHeader(new TransactionId("t-1"), Nonce.fresh());

  private static byte[] request(String type) {
    return PkiRequest.encode(
        type,
        HEADER,
        CONTENT,
        List.of(Peers.SERVER.certificate()),
        ContentCipher.AES_128,
        Peers.CLIENT,
        DigestAlgorithm.SHA_256,
        List.of());
  }

  private static PkiRequest parsed(byte[] bytes) {
    SignedMessage message = SignedMessage.parse(bytes);
    return PkiRequest.of(message, MessageHeader.of(message));
  }

  @ParameterizedTest
  @EnumSource(value = MessageType.class, mode = EnumSource.Mode.EXCLUDE, names = "CERT_REP")
  void aRequestIsReadBack(MessageType type) {
    PkiRequest request = parsed(request(type.number()));

    assertThat(request.type()).isEqualTo(type);
    assertThat(request.header()).isEqualTo(HEADER);
    assertThat(request.signed().verify()).isEqualTo(Peers.CLIENT.certificate());
    assertThat(request.envelope().open(Peers.SERVER)).isEqualTo(CONTENT);
  }

  static Stream<String> otherTypes() {
    return Stream.concat(
        IntStream.rangeClosed(0, 255)
            .mapToObj(Integer::toString)
            .filter(number -> !List.of("17", "19", "20", "21", "22").contains(number)),
        Stream.of("", "019", "19 ", "+19", "0x13", "PKCSReq", "-1"));
  }

  /// SCEP-063.
  @ParameterizedTest(name = "type \"{0}\"")
  @MethodSource("otherTypes")
  void everyOtherTypeIsNone(String type) {
    byte[] message = request(type.replace('x', 'X'));

    assertThatThrownBy(() -> parsed(message))
        .isInstanceOf(MalformedException.class)
        .hasMessageContaining("messageType");
  }

  static Stream<Result> results() {
    return Stream.of(
        new Result.Success(
            Der.of(
                Envelope.seal(
                    CONTENT,
                    ContentCipher.AES_256,
                    List.of(new Recipient.KeyTransport(Peers.CLIENT.certificate()))))),
        new Result.Pending(),
        new Result.Failure(FailInfo.BAD_REQUEST, ""),
        new Result.Failure(FailInfo.BAD_CERT_ID, "no such certificate"));
  }

  @ParameterizedTest
  @MethodSource("results")
  void aReplyIsReadBack(Result result) {
    for (EmptyContent emptyContent : EmptyContent.values()) {
      CertRep reply = CertRep.to(HEADER, result);

      CertRep.Signed signed =
          CertRep.parse(reply.encode(Peers.SERVER, DigestAlgorithm.SHA_512, emptyContent));

      assertThat(signed.reply()).isEqualTo(reply);
      assertThat(signed.signer()).isEqualTo(Peers.SERVER.certificate());
      assertThat(signed.digest()).isEqualTo(DigestAlgorithm.SHA_512);
      assertThat(reply.recipientNonce()).isEqualTo(HEADER.senderNonce());
      assertThat(reply.senderNonce()).isNotEqualTo(HEADER.senderNonce());
    }
  }

  @Test
  void aReplyWithAFlippedBitIsRefused() {
    byte[] reply =
        CertRep.to(HEADER, new Result.Failure(FailInfo.BAD_ALG, "x"))
            .encode(Peers.SERVER, DigestAlgorithm.SHA_256, EmptyContent.EMPTY);
    reply[reply.length - 10] ^= 1;

    assertThatThrownBy(() -> CertRep.parse(reply)).isInstanceOf(SignatureInvalidException.class);
  }

  @Test
  void aRequestIsNoReply() {
    assertThatThrownBy(() -> CertRep.parse(request("19"))).isInstanceOf(MalformedException.class);
  }

  private static byte[] crafted(SignedAttribute... more) {
    List<SignedAttribute> attributes = new ArrayList<>();
    attributes.add(Attributes.printable(Attributes.MESSAGE_TYPE, "3"));
    attributes.add(Attributes.printable(Attributes.TRANSACTION_ID, "t-1"));
    attributes.add(Attributes.nonce(Attributes.SENDER_NONCE, Nonce.fresh()));
    attributes.add(Attributes.nonce(Attributes.RECIPIENT_NONCE, HEADER.senderNonce()));
    attributes.addAll(List.of(more));
    return SignedMessage.sign(
        Peers.SERVER,
        DigestAlgorithm.SHA_256,
        Optional.of(Der.of(new byte[0])),
        attributes,
        List.of());
  }

  /// SCEP-064.
  @ParameterizedTest(name = "pkiStatus \"{0}\"")
  @ValueSource(strings = {"1", "4", "00", "03", "success", ""})
  void anUnknownStatusIsAnErrorAndNoSuccess(String status) {
    byte[] reply =
        crafted(
            Attributes.printable(Attributes.PKI_STATUS, status),
            Attributes.printable(Attributes.FAIL_INFO, "2"));

    assertThatThrownBy(() -> CertRep.parse(reply))
        .isInstanceOf(MalformedException.class)
        .hasMessageContaining("pkiStatus");
  }

  /// SCEP-064.
  @ParameterizedTest(name = "failInfo \"{0}\"")
  @ValueSource(strings = {"5", "-1", "02", "badRequest", ""})
  void anUnknownFailInfoIsAnError(String failInfo) {
    byte[] reply =
        crafted(
            Attributes.printable(Attributes.PKI_STATUS, "2"),
            Attributes.printable(Attributes.FAIL_INFO, failInfo));

    assertThatThrownBy(() -> CertRep.parse(reply))
        .isInstanceOf(MalformedException.class)
        .hasMessageContaining("failInfo");
  }

  /// SCEP-064.
  @Test
  void theTextOfAFailureIsForPeopleAlone() {
    byte[] reply =
        crafted(
            Attributes.printable(Attributes.PKI_STATUS, "2"),
            Attributes.printable(Attributes.FAIL_INFO, "0"),
            Attributes.utf8(Attributes.FAIL_INFO_TEXT, "failInfo=2\u001b[31m\nred"));

    assertThat(CertRep.parse(reply).reply().result())
        .isEqualTo(new Result.Failure(FailInfo.BAD_ALG, "failInfo=2 [31m red"));
  }

  private static byte[] requestWith(List<SignedAttribute> attributes) {
    byte[] envelope =
        Envelope.seal(
            CONTENT,
            ContentCipher.AES_128,
            List.of(new Recipient.KeyTransport(Peers.SERVER.certificate())));
    List<SignedAttribute> all = new ArrayList<>(attributes);
    all.add(Attributes.nonce(Attributes.SENDER_NONCE, Nonce.fresh()));
    return SignedMessage.sign(
        Peers.CLIENT, DigestAlgorithm.SHA_256, Optional.of(Der.of(envelope)), all, List.of());
  }

  private static SignedAttribute attribute(String oid, ASN1Encodable... values) {
    return new SignedAttribute(
        oid,
        Stream.of(values)
            .map(value -> {
              try {
                return Der.of(value.toASN1Primitive().getEncoded(ASN1Encoding.DER));
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            })
            .toList());
  }

  /// SCEP-062.
  @Test
  void otherKindsOfStringsAreReadAsLongAsTheirTextIsPrintable() {
    for (ASN1Encodable id : List.of(new DERUTF8String("t-1"), new DERIA5String("t-1"))) {
      for (ASN1Encodable type : List.of(new DERUTF8String("19"), new DERIA5String("19"))) {
        PkiRequest request =
            parsed(
                requestWith(
                    List.of(
                        attribute(Attributes.TRANSACTION_ID, id),
                        attribute(Attributes.MESSAGE_TYPE, type))));

        assertThat(request.type()).isEqualTo(MessageType.PKCS_REQ);
        assertThat(request.header().transactionId().value()).isEqualTo("t-1");
      }
    }
  }

  static Stream<ASN1Encodable> otherStrings() {
    return Stream.of(
        new DERUTF8String("t\u00e4"),
        new DERUTF8String("a_b"),
        new DERIA5String("a@b"),
        new DERBMPString("t-1"),
        new DERT61String("t-1"),
        new DEROctetString(new byte[] {'t'}),
        new DERUTF8String(""));
  }

  /// SCEP-062.
  @ParameterizedTest
  @MethodSource("otherStrings")
  void nothingElseIsATransactionId(ASN1Encodable value) {
    byte[] message =
        requestWith(
            List.of(
                attribute(Attributes.TRANSACTION_ID, value),
                Attributes.printable(Attributes.MESSAGE_TYPE, "19")));

    assertThatThrownBy(() -> parsed(message)).isInstanceOf(MalformedException.class);
  }

  /// SCEP-062.
  @Test
  void anAttributeTwiceOrWithTwoValuesIsRefused() {
    SignedAttribute id = Attributes.printable(Attributes.TRANSACTION_ID, "t-1");
    SignedAttribute type = Attributes.printable(Attributes.MESSAGE_TYPE, "19");
    DERPrintableString again = new DERPrintableString("t-2");
    for (List<SignedAttribute> attributes :
        List.of(
            List.of(id, type, attribute(Attributes.TRANSACTION_ID, again)),
            List.of(id, type, attribute(Attributes.MESSAGE_TYPE, new DERPrintableString("17"))),
            List.of(type, attribute(Attributes.TRANSACTION_ID, again, new DERUTF8String("t-1"))),
            List.of(type, attribute(Attributes.TRANSACTION_ID)))) {
      byte[] message = requestWith(attributes);

      assertThatThrownBy(() -> parsed(message)).isInstanceOf(MalformedException.class);
    }
  }

  /// SCEP-075: what real clients send.
  @ParameterizedTest
  @ValueSource(
      strings = {
        "D41D8CD98F00B204E9800998ECF8427E",
        "da39a3ee5e6b4b0d3255bfef95601890afd80709",
        "76543210987654321098765432109876543210987654321098765432109876543210987654321",
        "2jmj7l5rSw0yVb/vlWAYkK/YBwk=",
        "a word",
        "x"
      })
  void transactionIdsOfAllKindsAreTaken(String id) {
    assertThat(new TransactionId(id).value()).isEqualTo(id);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a\nb", "\u00e4", "a_b", "a@b", "*"})
  void otherTransactionIdsAreNot(String id) {
    assertThatThrownBy(() -> new TransactionId(id)).isInstanceOf(MalformedException.class);
  }

  @Test
  void aTransactionIdHasALimit() {
    assertThat(new TransactionId("a".repeat(256)).value()).hasSize(256);
    assertThatThrownBy(() -> new TransactionId("a".repeat(257)))
        .isInstanceOf(MalformedException.class);
  }

  @Test
  void noncesHaveOneToSixtyFourBytes() {
    for (int length : new int[] {1, 8, 16, 32, 64}) {
      assertThat(new Nonce(Der.of(new byte[length])).octets().length()).isEqualTo(length);
    }
    assertThatThrownBy(() -> new Nonce(Der.of(new byte[0]))).isInstanceOf(MalformedException.class);
    assertThatThrownBy(() -> new Nonce(Der.of(new byte[65])))
        .isInstanceOf(MalformedException.class);
  }

  @Test
  void freshIdsAndNoncesDiffer() {
    assertThat(TransactionId.fresh()).isNotEqualTo(TransactionId.fresh());
    assertThat(Nonce.fresh()).isNotEqualTo(Nonce.fresh());
  }

  @Test
  void queriesAreReadBack() {
    var poll =
        new IssuerAndSubject(DistinguishedName.parse("CN=ca"), DistinguishedName.parse("CN=me"));
    var serial =
        new IssuerAndSerial(
            DistinguishedName.parse("CN=ca"), new SerialNumber(BigInteger.valueOf(77)));

    assertThat(IssuerAndSubject.parse(poll.encode())).isEqualTo(poll);
    assertThat(IssuerAndSerial.parse(serial.encode())).isEqualTo(serial);
    assertThatThrownBy(() -> IssuerAndSubject.parse(serial.encode()))
        .isInstanceOf(MalformedException.class);
    assertThatThrownBy(() -> IssuerAndSerial.parse(poll.encode()))
        .isInstanceOf(MalformedException.class);
  }
}
