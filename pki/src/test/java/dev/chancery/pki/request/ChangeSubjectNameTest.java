package dev.chancery.pki.request;

import static dev.chancery.pki.request.RawRequest.attribute;
import static dev.chancery.pki.request.RawRequest.sequence;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.chancery.pki.MalformedException;
import dev.chancery.pki.key.KeyPairs;
import dev.chancery.pki.key.KeyType;
import dev.chancery.pki.name.DistinguishedName;
import dev.chancery.pki.name.GeneralName;
import dev.chancery.pki.name.SubjectNames;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.DERTaggedObject;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// EST-105: the attribute in the form of RFC 6402 and in that of its erratum and RFC 10002.
class ChangeSubjectNameTest {
  private static final String OID = "1.3.6.1.5.5.7.7.36";
  private static final ASN1Encodable SUBJECT = DistinguishedName.parse("CN=new,O=b").toX500Name();
  private static final GeneralNames ALTERNATIVES =
      new GeneralNames(GeneralName.parse("dns:new.example").toAsn1());
  private static final ASN1Encodable TAGGED = new DERTaggedObject(false, 1, ALTERNATIVES);

  @ParameterizedTest
  @CsvSource({
    "TAGGED, 'CN=new,O=b', dns:new.example",
    "BARE, 'CN=new,O=b', dns:new.example",
    "TAGGED, 'CN=new,O=b',",
    "TAGGED, '', dns:new.example",
    "BARE, '', dns:new.example"
  })
  void aRequestThatAsksForItSaysWhatWasMeant(
      ChangeSubjectNameForm form, String subject, @Nullable String alternative) {
    SubjectNames wanted =
        SubjectNames.parse(subject, alternative == null ? List.of() : List.of(alternative));

    CertificationRequest request =
        CertificationRequestBuilder.builder(
                SubjectNames.parse("CN=old", List.of()), KeyPairs.generate(KeyType.P_256))
            .changeSubjectName(wanted, form)
            .build();

    assertThat(request.template().changedNames()).contains(wanted);
    assertThat(request.template().names()).hasToString("CN=old");
    String der = HexFormat.of().formatHex(request.der().toByteArray());
    String tagged = HexFormat.of().formatHex(encoded(TAGGED));
    assertThat(der.contains(tagged))
        .isEqualTo(form == ChangeSubjectNameForm.TAGGED && alternative != null);
  }

  private static byte[] encoded(ASN1Encodable value) {
    try {
      return value.toASN1Primitive().getEncoded(ASN1Encoding.DER);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void theSubjectAlone() {
    assertThat(changed(SUBJECT)).isEqualTo(SubjectNames.parse("CN=new,O=b", List.of()));
  }

  @Test
  void theAlternativesAloneInEitherEncoding() {
    SubjectNames expected = SubjectNames.parse("", List.of("dns:new.example"));

    assertThat(changed(ALTERNATIVES)).isEqualTo(expected);
    assertThat(changed(TAGGED)).isEqualTo(expected);
  }

  @Test
  void bothInEitherEncoding() {
    SubjectNames expected = SubjectNames.parse("CN=new,O=b", List.of("dns:new.example"));

    assertThat(changed(SUBJECT, ALTERNATIVES)).isEqualTo(expected);
    assertThat(changed(SUBJECT, TAGGED)).isEqualTo(expected);
  }

  @Test
  void theEmptySubject() {
    ASN1Encodable empty = new DERSequence();

    assertThat(changed(empty)).isEqualTo(SubjectNames.parse("", List.of()));
    assertThat(changed(empty, TAGGED))
        .isEqualTo(SubjectNames.parse("", List.of("dns:new.example")));
    assertThat(changed(empty, ALTERNATIVES))
        .isEqualTo(SubjectNames.parse("", List.of("dns:new.example")));
  }

  @Test
  void theOldNamesStayThoseOfTheRequest() {
    CertificationRequest request =
        CertificationRequest.parse(RawRequest.with(attribute(OID, sequence(List.of(SUBJECT)))));

    assertThat(request.template().names()).isEqualTo(SubjectNames.parse("CN=a", List.of()));
  }

  @Test
  void neitherIsRefused() {
    assertThatThrownBy(() -> changed()).isInstanceOf(MalformedException.class);
  }

  @Test
  void otherShapesAreRefused() {
    assertThatThrownBy(() -> changed(SUBJECT, SUBJECT)).isInstanceOf(MalformedException.class);
    assertThatThrownBy(() -> changed(TAGGED, SUBJECT)).isInstanceOf(MalformedException.class);
    assertThatThrownBy(() -> changed(ALTERNATIVES, TAGGED)).isInstanceOf(MalformedException.class);
    assertThatThrownBy(() -> changed(SUBJECT, TAGGED, TAGGED))
        .isInstanceOf(MalformedException.class);
    assertThatThrownBy(() -> changed(DERNull.INSTANCE)).isInstanceOf(MalformedException.class);
    assertThatThrownBy(() -> changed(new DERTaggedObject(false, 2, ALTERNATIVES)))
        .isInstanceOf(MalformedException.class);
    assertThatThrownBy(() -> changed(new ASN1ObjectIdentifier("1.2.3")))
        .isInstanceOf(MalformedException.class);
  }

  private static SubjectNames changed(ASN1Encodable... fields) {
    return CertificationRequest.parse(
            RawRequest.with(attribute(OID, sequence(Arrays.asList(fields)))))
        .template()
        .changedNames()
        .orElseThrow();
  }
}
