package dev.chancery.interop.scep;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chancery.authority.audit.AuditEvent.Action;
import dev.chancery.interop.Installation;
import dev.chancery.interop.Requirement;
import dev.chancery.interop.scep.RawMessage.Device;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.key.KeyPairs;
import dev.chancery.pki.key.KeyType;
import dev.chancery.pki.name.SubjectNames;
import dev.chancery.pki.request.CertificationRequest;
import dev.chancery.pki.request.CertificationRequestBuilder;
import dev.chancery.scep.wire.CertRep.Result;
import dev.chancery.scep.wire.FailInfo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The key usage that a device asks for chooses its profile, as NDES chooses its templates.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ProfilesByUsageTest {
  private static final String SHARED = "q7dk2mzr4xw5hcn3tbvy6oafgs";
  private static final String SUBJECT = "CN=phone-1";

  private Installation chancery;

  @BeforeAll
  void start(@TempDir Path folder) throws IOException {
    Files.createDirectories(folder);
    Files.writeString(folder.resolve("shared"), SHARED);
    chancery =
        Installation.start(
            folder,
            """
            profiles:
              signs: {key-types: [rsa-2048], key-usage: [digitalSignature, nonRepudiation]}
              encrypts: {key-types: [rsa-2048], key-usage: [keyEncipherment, dataEncipherment]}
              does-both: {key-types: [rsa-2048], key-usage: [digitalSignature, keyEncipherment]}
            scep:
              endpoints:
                - label: all
                  profiles-by-key-usage: {signature: signs, encryption: encrypts, general-purpose: does-both}
                  static-challenge: {file: shared, subjects: ["CN=phone-*"]}
                - label: signatures
                  profiles-by-key-usage: {signature: signs}
                  static-challenge: {file: shared, subjects: ["CN=phone-*"]}
            """);
  }

  @AfterAll
  void stop() {
    chancery.close();
  }

  /// No extension at all if `usages` is -1.
  private Result enroll(String path, String challenge, int usages) {
    Device device = Device.of(KeyType.RSA_2048, SUBJECT);
    CertificationRequestBuilder csr =
        CertificationRequestBuilder.builder(
                SubjectNames.parse(SUBJECT, List.of()), device.keyPair())
            .challengePassword(challenge);
    if (usages >= 0) {
      csr.extension(Extension.keyUsage.getId(), true, new KeyUsage(usages));
    }
    CertificationRequest request = csr.build();
    Result result =
        RawMessage.pkcsReq(chancery, path, device, request).answer(chancery, path).result();
    issued = result instanceof Result.Success ? MdmDevice.opened(result, device.signer()) : issued;
    return result;
  }

  private Certificate issued = anyCertificate();

  private static Certificate anyCertificate() {
    return RawMessage.selfSigned(KeyPairs.generate(KeyType.P_256), "CN=none").certificate();
  }

  private String profileOfIssued() {
    return chancery.issued().stream()
        .filter(record -> record.certificate().equals(issued))
        .findFirst()
        .orElseThrow()
        .profile();
  }

  @ParameterizedTest
  @CsvSource({
    "0x80, signs, 0xC0", // digitalSignature
    "0xC0, signs, 0xC0", // and nonRepudiation
    "0x20, encrypts, 0x30", // keyEncipherment
    "0x30, encrypts, 0x30", // and dataEncipherment
    "0xA0, does-both, 0xA0", // digitalSignature, keyEncipherment
    "-1, does-both, 0xA0" // nothing is said
  })
  @Requirement("SCEP-198")
  void aDeviceGetsTheProfileForTheUseThatItAsksFor(String asked, String profile, String granted) {
    Result result = enroll("/scep/all", SHARED, Integer.decode(asked));

    assertThat(result).isInstanceOf(Result.Success.class);
    assertThat(profileOfIssued()).isEqualTo(profile);
    KeyUsage usage = KeyUsage.fromExtensions(issued.toAsn1().getTBSCertificate().getExtensions());
    assertThat(usage.getBytes()[0] & 0xff).isEqualTo(Integer.decode(granted));
  }

  /// keyEncipherment, both, keyCertSign with digitalSignature, and a request that says nothing.
  @ParameterizedTest
  @ValueSource(ints = {KeyUsage.keyEncipherment, 0xA0, KeyUsage.keyCertSign | 0x80, -1})
  @Requirement("SCEP-198")
  void aUseWithoutProfileGetsNothing(int asked) {
    int before = chancery.issued().size();

    Result result = enroll("/scep/signatures", SHARED, asked);

    assertThat(MdmDevice.failure(result).failInfo()).isEqualTo(FailInfo.BAD_REQUEST);
    assertThat(chancery.issued()).hasSize(before);
    assertThat(chancery.lastAudit().event().action()).isEqualTo(Action.REQUEST_REFUSED);
    assertThat(chancery.lastAudit().event().details())
        .containsEntry("code", "extension-not-allowed");
  }

  @Test
  @Requirement("SCEP-198")
  void aUseThatNoProfileIsForIsRefusedWhereThereIsOneForEverythingElse() {
    assertThat(enroll("/scep/all", SHARED, KeyUsage.keyCertSign))
        .isInstanceOf(Result.Failure.class);
    assertThat(enroll("/scep/all", SHARED, KeyUsage.digitalSignature | KeyUsage.cRLSign))
        .isInstanceOf(Result.Failure.class);
  }

  /// Its own profile is not the endpoint's to choose.
  @Test
  @Requirement("SCEP-198")
  void aCredentialForAnotherProfileKeepsIt() {
    String encrypts = RawMessage.challenge(chancery.credential("encrypts", 1, SUBJECT));
    String device = RawMessage.challenge(chancery.credential("device", 1, SUBJECT));

    assertThat(enroll("/scep/signatures", encrypts, KeyUsage.keyEncipherment))
        .isInstanceOf(Result.Success.class);
    assertThat(profileOfIssued()).isEqualTo("encrypts");
    assertThat(enroll("/scep/signatures", device, KeyUsage.digitalSignature))
        .isInstanceOf(Result.Success.class);
    assertThat(profileOfIssued()).isEqualTo("signs");
  }
}
