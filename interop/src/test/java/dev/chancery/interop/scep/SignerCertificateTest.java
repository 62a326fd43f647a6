package dev.chancery.interop.scep;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chancery.interop.Installation;
import dev.chancery.interop.Requirement;
import dev.chancery.interop.scep.RawMessage.Device;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.cms.MessageKey;
import dev.chancery.pki.key.KeyPairs;
import dev.chancery.pki.key.KeyType;
import dev.chancery.scep.wire.CertRep.Result;
import dev.chancery.scep.wire.FailInfo;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.file.Path;
import java.security.KeyPair;
import java.time.Instant;
import java.util.Date;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.X509v1CertificateBuilder;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.operator.ContentSigner;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The certificate that a device signs for itself, as clients of all kinds make it. Nothing in it
/// is believed, but its signature has to be one that the endpoint takes.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SignerCertificateTest {
  private static final Instant LONG_AGO = Instant.parse("2001-01-01T00:00:00Z");

  private final KeyPair key = KeyPairs.generate(KeyType.RSA_2048);
  private Installation chancery;

  @BeforeAll
  void start(@TempDir Path folder) {
    chancery =
        Installation.start(
            folder,
            """
            # One key serves for many tests, each with a name of its own.
            profiles: {device: {key-reuse: shared}}
            scep:
              endpoints:
                - {}
                - {label: compat, algorithms: compat}
                - {label: legacy, algorithms: legacy}
            """);
  }

  @AfterAll
  void stop() {
    chancery.close();
  }

  private ContentSigner signer(String algorithm) {
    try {
      return new JcaContentSignerBuilder(algorithm).build(key.getPrivate());
    } catch (OperatorCreationException e) {
      throw new IllegalStateException("no " + algorithm, e);
    }
  }

  private SubjectPublicKeyInfo publicKey() {
    return SubjectPublicKeyInfo.getInstance(key.getPublic().getEncoded());
  }

  private MessageKey with(X509CertificateHolder certificate) {
    try {
      return new MessageKey(Certificate.parse(certificate.getEncoded()), key.getPrivate());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private X509v3CertificateBuilder version3(String name) {
    return new X509v3CertificateBuilder(
        new X500Name(name),
        BigInteger.ONE,
        Date.from(LONG_AGO),
        Date.from(LONG_AGO.plusSeconds(60)),
        new X500Name(name),
        publicKey());
  }

  private Result answer(String path, MessageKey signer, String subject) {
    RawMessage message =
        RawMessage.pkcsReq(
            chancery,
            path,
            new Device(key, signer),
            RawMessage.csr(key, RawMessage.challenge(chancery.credential(subject)), subject));
    return message.answer(chancery, path).result();
  }

  /// certmonger: version 1, and the SHA-256 of the key as serial number.
  @Test
  @Requirement("SCEP-082")
  void versionOneWithALongSerialNumberWillDo() {
    MessageKey signer =
        with(
            new X509v1CertificateBuilder(
                    new X500Name("CN=v1"),
                    BigInteger.ONE.shiftLeft(255).add(BigInteger.TEN),
                    Date.from(LONG_AGO),
                    Date.from(LONG_AGO.plusSeconds(60)),
                    new X500Name("CN=v1"),
                    publicKey())
                .build(signer("SHA256withRSA")));

    assertThat(answer("/scep", signer, "CN=v1")).isInstanceOf(Result.Success.class);
  }

  /// Windows: a critical authority key identifier of tag 4, which is no sound one.
  @Test
  @Requirement("SCEP-082")
  void anOddCriticalExtensionWillDo() throws Exception {
    X509v3CertificateBuilder builder = version3("CN=windows");
    builder.addExtension(
        new ASN1ObjectIdentifier(Extension.authorityKeyIdentifier.getId()),
        true,
        new DERSequence());

    assertThat(answer("/scep", with(builder.build(signer("SHA256withRSA"))), "CN=windows"))
        .isInstanceOf(Result.Success.class);
  }

  @ParameterizedTest
  @CsvSource({
    "/scep,SHA1withRSA,false",
    "/scep,MD5withRSA,false",
    "/scep,SHA512withRSA,true",
    "/scep/compat,SHA1withRSA,true",
    "/scep/compat,MD5withRSA,false",
    "/scep/legacy,MD5withRSA,true"
  })
  @Requirement("SCEP-134")
  void itsSignatureFollowsThePolicy(String path, String algorithm, boolean taken) {
    MessageKey signer = with(version3("CN=signed").build(signer(algorithm)));

    Result result = answer(path, signer, "CN=signed");

    if (taken) {
      assertThat(result).isInstanceOf(Result.Success.class);
    } else {
      assertThat(result)
          .isInstanceOfSatisfying(
              Result.Failure.class,
              failure -> assertThat(failure.failInfo()).isEqualTo(FailInfo.BAD_ALG));
      assertThat(chancery.lastAudit().event().details())
          .containsEntry("code", "algorithm-not-allowed");
    }
  }
}
