package dev.chancery.interop.est;

import static dev.chancery.interop.Installation.certificateIn;
import static org.assertj.core.api.Assertions.assertThat;

import dev.chancery.interop.Installation;
import dev.chancery.interop.Requirement;
import dev.chancery.pki.key.KeyPairs;
import dev.chancery.pki.key.KeyType;
import dev.chancery.pki.name.SubjectNames;
import dev.chancery.pki.request.CertificationRequestBuilder;
import java.nio.file.Path;
import java.security.KeyPair;
import java.util.List;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Keys that shall sign nothing but the request for their certificate (RFC 7030 §4.2.1).
class KeyEnciphermentTest {
  @Test
  @Requirement("EST-083")
  void aKeyThatIsForEncryptionAloneMaySignItsRequest(@TempDir Path folder) {
    try (Installation chancery =
        Installation.start(
            folder,
            """
            profiles:
              device: {key-types: [rsa-2048], key-usage: [keyEncipherment]}
            """)) {
      KeyPair key = KeyPairs.generate(KeyType.RSA_2048);
      var request =
          CertificationRequestBuilder.builder(SubjectNames.parse("CN=reader", List.of()), key)
              .extension("2.5.29.15", true, new KeyUsage(KeyUsage.keyEncipherment))
              .build();

      var certificate =
          certificateIn(
              chancery.enroll(
                  chancery.credential("CN=reader"), new Installation.Made(request, key)));

      assertThat(certificate.toX509().getKeyUsage())
          .containsExactly(false, false, true, false, false, false, false, false, false);
    }
  }
}
