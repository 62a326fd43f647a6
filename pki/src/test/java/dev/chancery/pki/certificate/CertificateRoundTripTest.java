package dev.chancery.pki.certificate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.chancery.pki.Attempts;
import dev.chancery.pki.Der;
import dev.chancery.pki.MalformedException;
import dev.chancery.pki.certificate.CertificateContent.Role;
import dev.chancery.pki.crypto.SignatureAlgorithm;
import dev.chancery.pki.key.KeyPairs;
import dev.chancery.pki.key.KeyType;
import dev.chancery.pki.key.SubjectPublicKeyInfo;
import dev.chancery.pki.name.SubjectNames;
import java.io.File;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.bouncycastle.asn1.x509.Extension;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/// What [CertificateContent] says is what [Certificate], the platform and OpenSSL read.
class CertificateRoundTripTest {
  private static final Instant NOW = TestAuthority.NOW;
  private static final TestAuthority ROOT = TestAuthority.root("CN=Root,O=Example");
  private static final SubjectNames NAMES =
      SubjectNames.parse(
          "CN=sensor-1,O=Example",
          List.of(
              "dns:sensor-1.example",
              "ip:10.0.0.1",
              "ip:2001:db8::1",
              "email:a@example.org",
              "uri:urn:x",
              "dir:CN=other",
              "rid:1.2.3",
              "other:1.3.6.1.4.1.311.20.2.3;0c0161"));

  @Test
  void everythingThatWasDecidedIsReadBack() {
    SubjectPublicKeyInfo key = freshKey(KeyType.P_256);
    SerialNumber serial = SerialNumber.fresh(NOW);
    CertificateExtension further =
        new CertificateExtension("1.3.6.1.4.1.99999.1", false, Der.of(new byte[] {5, 0}));
    CertificateContent content =
        new CertificateContent(
            serial,
            ROOT.certificate().subject(),
            Der.of(ROOT.certificate().subjectKeyIdentifier().orElseThrow()),
            NOW.plusMillis(700),
            NOW.plus(Duration.ofDays(90)),
            NAMES,
            key,
            new Role.EndEntity(),
            List.of(KeyUsageBit.DIGITAL_SIGNATURE, KeyUsageBit.DECIPHER_ONLY),
            List.of(TestAuthority.CLIENT_AUTH, TestAuthority.SERVER_AUTH),
            List.of(further));
    KeyPair signingKey = KeyPairs.generate(KeyType.P_256);
    SignatureAlgorithm algorithm = SignatureAlgorithm.ECDSA_WITH_SHA256;

    Certificate made = content.sign(algorithm, tbs -> algorithm.sign(signingKey.getPrivate(), tbs));

    Certificate certificate = Certificate.parse(made.der().toByteArray());
    assertThat(made)
        .usingRecursiveComparison()
        .ignoringFields("asn1", "names", "issuer", "key")
        .isEqualTo(certificate);
    assertThat(made.names()).isEqualTo(certificate.names());
    assertThat(made.issuer()).isEqualTo(certificate.issuer());
    assertThat(made.subjectPublicKeyInfo()).isEqualTo(certificate.subjectPublicKeyInfo());
    assertThat(certificate.serialNumber()).isEqualTo(serial);
    assertThat(certificate.issuer()).isEqualTo(ROOT.certificate().subject());
    assertThat(certificate.names()).isEqualTo(NAMES);
    assertThat(certificate.notBefore()).isEqualTo(NOW);
    assertThat(certificate.notAfter()).isEqualTo(NOW.plus(Duration.ofDays(90)));
    assertThat(certificate.subjectPublicKeyInfo()).isEqualTo(key);
    assertThat(certificate.isCa()).isFalse();
    assertThat(certificate.extendedKeyUsage())
        .isEqualTo(Set.of(TestAuthority.CLIENT_AUTH, TestAuthority.SERVER_AUTH));
    assertThat(certificate.subjectKeyIdentifier().orElseThrow()).isEqualTo(key.keyIdentifier());
    assertThat(certificate.toX509().getKeyUsage())
        .containsExactly(true, false, false, false, false, false, false, false, true);
    assertThat(certificate.toX509().getExtensionValue("1.3.6.1.4.1.99999.1"))
        .isEqualTo(new byte[] {4, 2, 5, 0});
    assertThat(Certificate.parse(certificate.der().toByteArray())).isEqualTo(certificate);
    assertThat(Certificate.parsePem(certificate.toPem())).containsExactly(certificate);
    assertThat(Certificate.of(certificate.toX509())).isEqualTo(certificate);
  }

  @Test
  void basicConstraintsAreCriticalAndSayWhatTheRoleSays() {
    TestAuthority intermediate = ROOT.below("CN=Intermediate", OptionalInt.of(0));

    assertThat(ROOT.certificate().isCa()).isTrue();
    assertThat(ROOT.certificate().isSelfIssued()).isTrue();
    assertThat(ROOT.certificate().toX509().getBasicConstraints()).isEqualTo(Integer.MAX_VALUE);
    assertThat(intermediate.certificate().toX509().getBasicConstraints()).isZero();
    assertThat(ROOT.leaf("CN=a").toX509().getBasicConstraints()).isEqualTo(-1);
    assertThat(ROOT.leaf("CN=a").toX509().getCriticalExtensionOIDs())
        .contains(Extension.basicConstraints.getId(), Extension.keyUsage.getId());
  }

  @Test
  void alternativesAreCriticalIfTheyAreTheOnlyNames() {
    X509Certificate named = ROOT.leaf("CN=a", "dns:a.example").toX509();
    X509Certificate nameless = ROOT.leaf("", "dns:a.example").toX509();

    assertThat(named.getNonCriticalExtensionOIDs())
        .contains(Extension.subjectAlternativeName.getId());
    assertThat(nameless.getCriticalExtensionOIDs())
        .contains(Extension.subjectAlternativeName.getId());
  }

  @Test
  void anEndBeforeTheBeginningIsRefused() {
    assertThatThrownBy(() ->
            new CertificateContent(
                SerialNumber.fresh(NOW),
                NAMES.subject(),
                Der.of(new byte[20]),
                NOW,
                NOW.minusSeconds(1),
                NAMES,
                freshKey(KeyType.P_256),
                new Role.EndEntity(),
                List.of(),
                List.of(),
                List.of()))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest(name = "{0}")
  @EnumSource(KeyType.class)
  void keysOfEveryKindAreCertified(KeyType type) {
    TestAuthority root = TestAuthority.root("CN=Root", type);
    SubjectPublicKeyInfo key = freshKey(type);

    Certificate leaf = root.leaf(NAMES, key, List.of());

    assertThat(leaf.isSignedBy(root.certificate())).isTrue();
    assertThat(leaf.isSignedBy(ROOT.certificate())).isFalse();
    assertThat(leaf.subjectPublicKeyInfo().type()).contains(type);
    assertThat(leaf.toX509().getPublicKey().getEncoded()).isEqualTo(key.der().toByteArray());
  }

  @ParameterizedTest(name = "{0}")
  @EnumSource(
      value = KeyType.class,
      names = {"P_256", "P_384", "P_521", "RSA_2048", "ED25519"})
  void opensslAcceptsWhatIsIssued(KeyType type, @TempDir Path folder)
      throws IOException, InterruptedException {
    Optional<Path> openssl = openssl();
    assumeTrue(openssl.isPresent(), "there is no openssl on the path");
    TestAuthority root = TestAuthority.root("CN=Root,O=Example", type);
    TestAuthority intermediate = root.below("CN=Intermediate,O=Example", OptionalInt.of(0));
    Certificate leaf = intermediate.leaf(NAMES, freshKey(type), List.of(TestAuthority.CLIENT_AUTH));
    Files.writeString(folder.resolve("root.pem"), root.certificate().toPem());
    Files.writeString(folder.resolve("intermediate.pem"), intermediate.certificate().toPem());
    Files.writeString(folder.resolve("leaf.pem"), leaf.toPem());

    Process process =
        new ProcessBuilder(
                openssl.get().toString(),
                "verify",
                "-x509_strict",
                "-purpose",
                "sslclient",
                "-attime",
                Long.toString(NOW.getEpochSecond()),
                "-CAfile",
                "root.pem",
                "-untrusted",
                "intermediate.pem",
                "leaf.pem")
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

    assertThat(process.waitFor()).as(output).isZero();
    assertThat(output.strip()).isEqualTo("leaf.pem: OK");
  }

  static IntStream seeds() {
    return IntStream.range(0, 500);
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void aDamagedCertificateIsMalformedOrTellsWhatItIsWithoutFailing(int seed) {
    SplittableRandom random = new SplittableRandom(seed);
    byte[] damaged = ROOT.leaf("CN=a", "dns:a.example").der().toByteArray();
    damaged[random.nextInt(damaged.length)] ^= (byte) (1 << random.nextInt(8));

    Attempts.Result result = Attempts.of(() -> CertificateReading.everything(damaged, ROOT));

    assertThat(result).isIn(Attempts.Result.PARSED, Attempts.Result.MALFORMED);
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void aDamagedCertificateIsNotSignedByItsIssuer(int seed) {
    SplittableRandom random = new SplittableRandom(seed);
    Certificate leaf = ROOT.leaf("CN=a");
    byte[] damaged = leaf.der().toByteArray();
    damaged[random.nextInt(damaged.length)] ^= (byte) (1 << random.nextInt(8));

    try {
      Certificate read = Certificate.parse(damaged);
      assertThat(read.isSignedBy(ROOT.certificate())).isFalse();
    } catch (MalformedException refused) {
      assertThat(refused.safeMessage()).isNotBlank();
    }
  }

  @Test
  void aSignatureWhoseBitsDoNotFillOctetsDoesNotVerify() {
    byte[] der = ROOT.leaf("CN=a").der().toByteArray();
    String hex = HexFormat.of().formatHex(der);
    // The signature is the last BIT STRING; the octet before its content counts unused bits.
    int unusedBits = hex.lastIndexOf("0030", hex.length() - 120) / 2;
    der[unusedBits] = 1;
    der[der.length - 1] &= (byte) 0xfe;

    assertThat(Certificate.parse(der).isSignedBy(ROOT.certificate())).isFalse();
  }

  @Test
  void aDefectInAnExtensionShowsWhenTheCertificateIsParsed() {
    Certificate leaf = ROOT.leaf("CN=a");
    String usage = "06082b06010505070302"; // id-kp-clientAuth
    String broken = "02082b06010505070302"; // an integer instead
    byte[] der =
        HexFormat.of()
            .parseHex(HexFormat.of().formatHex(leaf.der().toByteArray()).replace(usage, broken));

    assertThatThrownBy(() -> Certificate.parse(der)).isInstanceOf(MalformedException.class);
  }

  @Test
  void aSerialNumberOfMoreThanSixtyFourOctetsIsRefused() {
    assertThatThrownBy(() -> new SerialNumber(BigInteger.ONE.shiftLeft(512)))
        .isInstanceOf(MalformedException.class);
  }

  private static SubjectPublicKeyInfo freshKey(KeyType type) {
    return SubjectPublicKeyInfo.of(KeyPairs.generate(type).getPublic());
  }

  private static Optional<Path> openssl() {
    String path = Optional.ofNullable(System.getenv("PATH")).orElse("");
    return Arrays.stream(path.split(File.pathSeparator, -1))
        .map(folder -> Path.of(folder, "openssl"))
        .filter(Files::isExecutable)
        .findFirst();
  }
}
