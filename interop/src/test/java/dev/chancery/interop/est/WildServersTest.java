package dev.chancery.interop.est;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chancery.est.client.Enrollment;
import dev.chancery.est.client.EstWarning;
import dev.chancery.interop.Requirement;
import dev.chancery.interop.est.HostilePeer.Framing;
import dev.chancery.interop.est.HostilePeer.Reply;
import dev.chancery.pki.Der;
import dev.chancery.pki.Pem;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.cms.CertsOnly;
import dev.chancery.pki.key.KeyPairs;
import dev.chancery.pki.key.KeyType;
import java.io.IOException;
import java.util.List;
import java.util.function.BiFunction;
import java.util.stream.Stream;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.BERSequence;
import org.bouncycastle.asn1.BERTaggedObject;
import org.bouncycastle.asn1.cms.ContentInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Servers that do it differently, and from which a certificate can be had all the same.
@Requirement("EST-271")
class WildServersTest extends HostileClientSetup {
  /// A way to be different.
  record Quirk(String name, BiFunction<Reply, Certificate, Reply> on) {
    @Override
    public String toString() {
      return name;
    }
  }

  static Stream<Quirk> quirks() {
    return Stream.of(
        new Quirk("no transfer encoding", (reply, c) -> reply.without("Content-Transfer-Encoding")),
        new Quirk(
            "binary transfer encoding",
            (reply, c) -> reply.header("Content-Transfer-Encoding", "binary")),
        new Quirk(
            "bare type", (reply, c) -> reply.header("Content-Type", "application/pkcs7-mime")),
        new Quirk(
            "type in capitals, quoted",
            (reply, c) ->
                reply.header(
                    "Content-Type",
                    "Application/PKCS7-MIME ;charset=x; SMIME-type=\"certs-only\"")),
        new Quirk("lower-case headers", (reply, c) -> reply.inLowerCase()),
        new Quirk("chunked", (reply, c) -> reply.with(Framing.CHUNKED)),
        new Quirk("until close", (reply, c) -> reply.with(Framing.UNTIL_CLOSE)),
        new Quirk("one line", (reply, c) -> reply.with(HostilePeer.base64(der(c), 100_000, ""))),
        new Quirk("one column", (reply, c) -> reply.with(HostilePeer.base64(der(c), 4, "\r\n"))),
        new Quirk("76 columns", (reply, c) -> reply.with(HostilePeer.base64(der(c), 76, "\r\n"))),
        new Quirk(
            "tabs and blank lines",
            (reply, c) -> reply.with(HostilePeer.base64(der(c), 60, "\t\n\n"))),
        new Quirk(
            "indefinite lengths", (reply, c) -> reply.with(HostilePeer.base64(ber(c), 64, "\n"))));
  }

  private static byte[] der(Certificate certificate) {
    return CertsOnly.encode(List.of(certificate));
  }

  /// The same in BER with indefinite lengths outside.
  private static byte[] ber(Certificate certificate) {
    try {
      ContentInfo info = ContentInfo.getInstance(der(certificate));
      org.bouncycastle.asn1.ASN1EncodableVector parts =
          new org.bouncycastle.asn1.ASN1EncodableVector();
      parts.add(info.getContentType());
      parts.add(new BERTaggedObject(0, info.getContent()));
      return new BERSequence(parts).getEncoded(ASN1Encoding.BER);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("quirks")
  @Requirement({"EST-041", "EST-042", "EST-047", "EST-048"})
  void aCertificateCanBeHad(Quirk quirk) {
    peer.on(
        "simpleenroll",
        request -> {
          Certificate certificate = peer.issued(request);
          return quirk.on().apply(HostilePeer.certificates(certificate), certificate);
        });

    Certificate certificate = enrolled();

    assertThat(certificate.names()).isEqualTo(NAMES);
    assertThat(warnings).isEmpty();
  }

  @Test
  @Requirement("EST-120")
  void theOneForOurKeyIsPickedAmongMany() {
    Certificate other =
        authority.issue(NAMES, HostileAuthority.publicKey(KeyPairs.generate(KeyType.P_256)));
    peer.on(
        "simpleenroll",
        request -> HostilePeer.certificates(other, authority.certificate(), peer.issued(request)));

    Enrollment enrollment = enroll(client());

    assertThat(enrollment)
        .isInstanceOfSatisfying(
            Enrollment.Issued.class,
            issued -> {
              assertThat(issued.certificate().subjectPublicKeyInfo())
                  .isEqualTo(HostileAuthority.publicKey(key()));
              assertThat(issued.others()).containsExactlyInAnyOrder(other, authority.certificate());
            });
  }

  @Test
  void pemIsTakenWithAWarning() {
    peer.on(
        "simpleenroll",
        request ->
            HostilePeer.certificates()
                .with(new Pem("PKCS7", Der.of(der(peer.issued(request)))).encode()));

    assertThat(enrolled().names()).isEqualTo(NAMES);
    assertThat(warnings).containsExactly(EstWarning.PEM_BODY);
  }

  @Test
  void certificatesInPemAreTakenWithAWarning() {
    peer.on(
        "simpleenroll", request -> HostilePeer.certificates().with(peer.issued(request).toPem()));

    assertThat(enrolled().names()).isEqualTo(NAMES);
    assertThat(warnings).containsExactly(EstWarning.PEM_BODY);
  }

  @ParameterizedTest
  @org.junit.jupiter.params.provider.ValueSource(ints = {204, 404, 501})
  @Requirement({"EST-024", "EST-190"})
  void aServerMayHaveNothingToSayAboutRequests(int status) {
    peer.on("csrattrs", request -> Reply.of(status, "Content-Type", "text/html").with("<p>no"));

    assertThat(client().csrAttributes(explicit()).isEmpty()).isTrue();
  }

  @Test
  @Requirement("EST-190")
  void anEmptySequenceSaysNothingEither() {
    peer.on(
        "csrattrs", request -> Reply.of(200, "Content-Type", "application/csrattrs").with("MAA="));

    assertThat(client().csrAttributes(explicit()).isEmpty()).isTrue();
  }
}
