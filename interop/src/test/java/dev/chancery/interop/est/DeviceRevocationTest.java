package dev.chancery.interop.est;

import static dev.chancery.interop.Installation.certificateIn;
import static dev.chancery.interop.Installation.pkcs10;
import static dev.chancery.interop.Installation.request;
import static org.assertj.core.api.Assertions.assertThat;

import dev.chancery.interop.Installation;
import dev.chancery.interop.Requirement;
import dev.chancery.interop.Wire;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Manufacturers' certificates that were revoked, or lay in a store for too long.
class DeviceRevocationTest {
  private final Instant now = Instant.now();
  private final OtherAuthority maker = OtherAuthority.create("CN=Maker Root", now);
  private final Wire.Identity device = maker.issue("CN=sensor-1", now);
  private Path crl;
  private Installation chancery;

  @BeforeEach
  void start(@TempDir Path folder) throws IOException {
    crl = folder.resolve("maker.crl");
    Files.writeString(folder.resolve("maker.pem"), maker.certificate().toPem());
    chancery =
        Installation.start(
            folder,
            """
            est:
              endpoints:
                - label: ""
                  device-anchors:
                    - {name: maker, file: maker.pem, allow: ["CN=sensor-*"], crls: [maker.crl]}
                - label: stored
                  device-anchors:
                    - {name: maker, file: maker.pem, allow: ["CN=sensor-*"], crls: [maker.crl], expired: accepted}
            """);
  }

  @AfterEach
  void stop() {
    chancery.close();
  }

  @Test
  @Requirement("EST-220")
  void aDeviceThatTheCrlDoesNotNameEnrols() throws IOException {
    Files.write(crl, maker.crl(now, now.plus(Duration.ofDays(7)), other()));

    assertThat(certificateIn(enrol("", device)).subject()).hasToString("CN=sensor-1");
  }

  @Test
  @Requirement("EST-220")
  void aRevokedDeviceIsRefusedAsSoonAsTheFileSaysSo() throws IOException {
    Files.write(crl, maker.crl(now, now.plus(Duration.ofDays(7))));
    assertThat(enrol("", device).status()).isEqualTo(200);

    Files.write(
        crl, maker.crl(now, now.plus(Duration.ofDays(7)), device.chain().getFirst(), other()));
    Wire.Answer answer = enrol("", device);

    assertThat(answer.status()).isEqualTo(403);
    assertThat(answer.text()).contains("certificate-revoked");
  }

  @Test
  @Requirement("EST-220")
  void whatCannotBeToldIsRefused() throws IOException {
    assertUnknown();
    Files.writeString(crl, "no CRL");
    assertUnknown();
    Files.write(crl, maker.crl(now.minus(Duration.ofDays(9)), now.minus(Duration.ofDays(2))));
    assertUnknown();
    OtherAuthority impostor = OtherAuthority.create("CN=Maker Root", now);
    Files.write(crl, impostor.crl(now, now.plus(Duration.ofDays(7))));
    assertUnknown();
  }

  @Test
  @Requirement("EST-305")
  void anExpiredDeviceEnrolsWhereThatIsAllowedUnlessItWasRevoked() throws IOException {
    Wire.Identity old = maker.issue("CN=sensor-2", now.minus(Duration.ofDays(400)));
    Files.write(crl, maker.crl(now, now.plus(Duration.ofDays(7))));

    assertThat(enrol("", old).text()).contains("certificate-expired");
    assertThat(certificateIn(enrol("stored/", old)).subject()).hasToString("CN=sensor-2");

    Files.write(crl, maker.crl(now, now.plus(Duration.ofDays(7)), old.chain().getFirst()));
    assertThat(enrol("stored/", old).text()).contains("certificate-revoked");
  }

  private void assertUnknown() {
    Wire.Answer answer = enrol("", device);
    assertThat(answer.status()).isEqualTo(503);
    assertThat(answer.text()).contains("revocation-unknown");
    assertThat(chancery.issued()).isEmpty();
  }

  private dev.chancery.pki.certificate.Certificate other() {
    return maker.issue("CN=sensor-3", now).chain().getFirst();
  }

  private Wire.Answer enrol(String label, Wire.Identity identity) {
    try (Wire wire = Wire.connect(chancery.server().tlsPort(), "TLSv1.3", Optional.of(identity))) {
      String subject = identity.chain().getFirst().subject().toString();
      return wire.send(
          "POST",
          "/.well-known/est/" + label + "simpleenroll",
          pkcs10(),
          request(subject).base64());
    }
  }
}
