package dev.chancery.authority.policy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chancery.authority.endpoint.NameSpace;
import dev.chancery.authority.profile.NameTemplate;
import dev.chancery.authority.profile.Profile;
import dev.chancery.authority.profile.Rule;
import dev.chancery.authority.profile.RuleMode;
import dev.chancery.pki.Der;
import dev.chancery.pki.certificate.CertificateExtension;
import dev.chancery.pki.certificate.KeyUsageBit;
import dev.chancery.pki.key.KeyType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// EST-086: what a request asks for beyond the profile is seen.
class RequestedExtensionTest {
  private static final String CMC_RA = "1.3.6.1.5.5.7.3.28";
  private static final Profile PROFILE =
      new Profile(
          "device",
          List.of(KeyType.P_256),
          NameTemplate.AS_ENTITLED,
          List.of(KeyUsageBit.DIGITAL_SIGNATURE, KeyUsageBit.KEY_AGREEMENT),
          List.of(KeyPurposeId.id_kp_clientAuth.getId()),
          Duration.ofDays(90),
          Duration.ZERO,
          Optional.empty(),
          Profile.KeyReuse.ALLOWED,
          OptionalInt.empty(),
          Profile.Reissue.KEEP,
          NameSpace.NOTHING,
          Set.of(),
          new Profile.Approval.Automatic(),
          Arrays.stream(Rule.values())
              .collect(Collectors.toMap(Function.identity(), rule -> RuleMode.ENFORCE)));

  @Test
  void toBecomeACaIsADeviation() {
    assertThat(deviation(Extension.basicConstraints, new BasicConstraints(true)))
        .contains("the request asks to become a CA");
    assertThat(deviation(Extension.basicConstraints, new BasicConstraints(0))).isPresent();
    assertThat(deviation(Extension.basicConstraints, new BasicConstraints(false))).isEmpty();
  }

  @Test
  void aPrivilegedExtendedKeyUsageIsADeviation() {
    KeyPurposeId cmcRa = KeyPurposeId.getInstance(new ASN1ObjectIdentifier(CMC_RA));
    ExtendedKeyUsage both =
        new ExtendedKeyUsage(new KeyPurposeId[] {KeyPurposeId.id_kp_clientAuth, cmcRa});

    assertThat(deviation(Extension.extendedKeyUsage, both))
        .contains("the request asks for the extended key usages [" + CMC_RA + "]");
    assertThat(
            deviation(
                Extension.extendedKeyUsage, new ExtendedKeyUsage(KeyPurposeId.anyExtendedKeyUsage)))
        .isPresent();
    assertThat(
            deviation(
                Extension.extendedKeyUsage, new ExtendedKeyUsage(KeyPurposeId.id_kp_clientAuth)))
        .isEmpty();
  }

  @Test
  void keyUsagesBeyondTheProfileAreNamed() {
    assertThat(
            deviation(
                Extension.keyUsage,
                new KeyUsage(
                    KeyUsage.digitalSignature | KeyUsage.keyCertSign | KeyUsage.decipherOnly)))
        .contains("the request asks for the key usages [keyCertSign, decipherOnly]");
    assertThat(deviation(Extension.keyUsage, new KeyUsage(KeyUsage.digitalSignature))).isEmpty();
  }

  @Test
  void namesAndTheKeyIdentifierAreJudgedElsewhere() {
    assertThat(deviation(Extension.subjectAlternativeName, DERNull.INSTANCE)).isEmpty();
    assertThat(deviation(Extension.subjectKeyIdentifier, DERNull.INSTANCE)).isEmpty();
  }

  @Test
  void anythingElseIsADeviation() {
    assertThat(deviation(new ASN1ObjectIdentifier("1.2.3.4"), DERNull.INSTANCE))
        .contains("the request asks for the extension 1.2.3.4");
    assertThat(deviation(Extension.nameConstraints, DERNull.INSTANCE)).isPresent();
  }

  @ParameterizedTest(name = "{0}")
  @ValueSource(strings = {"2.5.29.19", "2.5.29.15", "2.5.29.37"})
  void malformedValuesAreADeviation(String oid) {
    assertThat(deviation(oid, new byte[0])).isPresent();
    assertThat(deviation(oid, new byte[] {5, 0})).isPresent();
    assertThat(deviation(oid, new byte[] {0x30, 5})).isPresent();
  }

  /// EST-030.
  @ParameterizedTest(name = "{0}")
  @ValueSource(strings = {"2.5.29.19", "2.5.29.15", "2.5.29.37"})
  void aNestingBombIsADeviation(String oid) {
    byte[] bomb = new byte[30_000];
    for (int i = 0; i < bomb.length; i += 2) {
      bomb[i] = 0x30;
      bomb[i + 1] = (byte) 0x80;
    }

    assertThat(deviation(oid, bomb)).contains("the request's extension " + oid + " is malformed");
  }

  static IntStream seeds() {
    return IntStream.range(0, 500);
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void damagedValuesAreJudgedWithoutFailing(int seed) throws IOException {
    SplittableRandom random = new SplittableRandom(seed);
    byte[] value =
        new ExtendedKeyUsage(new KeyPurposeId[] {KeyPurposeId.id_kp_clientAuth}).getEncoded();
    value[random.nextInt(value.length)] = (byte) random.nextInt(256);
    String[] oids = {"2.5.29.19", "2.5.29.15", "2.5.29.37"};

    assertThat(deviation(oids[random.nextInt(oids.length)], value)).isNotNull();
  }

  private static Optional<String> deviation(ASN1ObjectIdentifier oid, ASN1Encodable value) {
    try {
      return deviation(oid.getId(), value.toASN1Primitive().getEncoded());
    } catch (IOException e) {
      throw new UncheckedIOException("the value cannot be encoded", e);
    }
  }

  private static Optional<String> deviation(String oid, byte[] value) {
    return RequestedExtension.deviation(
        new CertificateExtension(oid, false, Der.of(value)), PROFILE);
  }
}
