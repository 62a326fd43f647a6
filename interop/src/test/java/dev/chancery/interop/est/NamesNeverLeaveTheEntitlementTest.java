package dev.chancery.interop.est;

import static dev.chancery.interop.Installation.base64;
import static dev.chancery.interop.Installation.basic;
import static org.assertj.core.api.Assertions.assertThat;

import dev.chancery.authority.ledger.CertificateRecord;
import dev.chancery.interop.Installation;
import dev.chancery.interop.Requirement;
import dev.chancery.interop.Wire;
import dev.chancery.pki.key.KeyPairs;
import dev.chancery.pki.key.KeyType;
import dev.chancery.pki.name.SubjectNames;
import dev.chancery.pki.request.CertificationRequestBuilder;
import java.nio.file.Path;
import java.security.KeyPair;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// What must never happen, over many seeds: whatever bytes arrive, no certificate names anybody
/// outside the entitlement, is a CA, or carries a key that the requester did not prove.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Requirement("EST-086")
class NamesNeverLeaveTheEntitlementTest {
  private static final SubjectNames ENTITLED =
      SubjectNames.parse("CN=owner,O=Example", List.of("dns:owner.example", "ip:192.0.2.1"));
  private static final int REQUESTS_PER_SEED = 25;

  private Path folder;
  private Installation chancery;

  @BeforeAll
  void start(@TempDir Path temporary) {
    folder = temporary;
    chancery =
        Installation.start(
            folder,
            """
            profiles:
              device: {}
              lax:
                rules:
                  requested-names: observe
                  requested-extensions: observe
                  renewal-names: observe
                  key-type: observe
            """);
  }

  @AfterAll
  void stop() {
    chancery.close();
  }

  static List<Long> seeds() {
    return java.util.stream.LongStream.range(0, 20).boxed().toList();
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void whateverBytesArrive(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    String profile = random.nextBoolean() ? "device" : "lax";
    var credential =
        chancery.credential(
            profile, REQUESTS_PER_SEED, "CN=owner,O=Example", "dns:owner.example", "ip:192.0.2.1");
    KeyPair key = KeyPairs.generate(KeyType.P_256);

    try (Wire wire = Wire.connect(chancery.server().tlsPort())) {
      for (int i = 0; i < REQUESTS_PER_SEED; i++) {
        byte[] der = request(random, key);
        if (random.nextInt(3) == 0) {
          for (int flips = random.nextInt(1, 4); flips > 0; flips--) {
            der[random.nextInt(der.length)] ^= (byte) (1 << random.nextInt(8));
          }
        }
        Wire.Answer answer =
            wire.send("POST", "/.well-known/est/simpleenroll", basic(credential), base64(der));
        assertThat(answer.status()).as(answer.text()).isIn(200, 400, 403);
      }
    }

    for (CertificateRecord record : chancery.issued()) {
      if (!record.requester().equals("credential:" + credential.credential().id())) {
        continue;
      }
      assertThat(record.certificate().names()).isEqualTo(ENTITLED);
      assertThat(record.certificate().isCa()).isFalse();
      assertThat(record.certificate().extendedKeyUsage()).doesNotContain("1.3.6.1.5.5.7.3.28");
      assertThat(record.certificate().subjectPublicKeyInfo())
          .isEqualTo(dev.chancery.pki.key.SubjectPublicKeyInfo.of(key.getPublic()));
    }
  }

  private static byte[] request(SplittableRandom random, KeyPair key) {
    String[] subjects = {"CN=owner,O=Example", "CN=owner", "", "CN=bank", "CN=owner,O=Bank"};
    String[] alternatives = {
      "dns:owner.example",
      "ip:192.0.2.1",
      "dns:bank.example",
      "uri:urn:bank",
      "email:a@bank.example"
    };
    List<String> chosen = new ArrayList<>();
    for (String alternative : alternatives) {
      if (random.nextInt(4) == 0) {
        chosen.add(alternative);
      }
    }
    var builder =
        CertificationRequestBuilder.builder(
            SubjectNames.parse(subjects[random.nextInt(subjects.length)], chosen), key);
    if (random.nextInt(6) == 0) {
      builder.extension(Extension.basicConstraints.getId(), true, new BasicConstraints(true));
    }
    return builder.build().der().toByteArray();
  }
}
