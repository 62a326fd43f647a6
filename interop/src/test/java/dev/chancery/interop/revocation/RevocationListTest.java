package dev.chancery.interop.revocation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chancery.interop.Installation;
import dev.chancery.interop.Program;
import dev.chancery.interop.SettableClock;
import dev.chancery.interop.Wire;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.certificate.RevocationList;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// CRLs over HTTP, judged by OpenSSL.
class RevocationListTest {
  private static final String SCHEDULE =
      """
      revocation: {crl-validity: 2d, crl-interval: 1d, crl-base-url: "http://ca.example:8080"}
      """;
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private Path folder;
  private Installation chancery;

  @BeforeEach
  void start(@TempDir Path temporary) {
    folder = temporary;
    chancery = Installation.start(temporary, SCHEDULE);
  }

  @AfterEach
  void stop() {
    chancery.close();
  }

  @Test
  void aNewServerHasAnEmptyListSignedByItsIssuer() {
    RevocationList list = RevocationList.parse(fetch().body().toByteArray());

    assertThat(list.isSignedBy(issuer())).isTrue();
    assertThat(list.nextUpdate()).isEqualTo(list.thisUpdate().plus(Duration.ofDays(2)));
  }

  @Test
  void opensslRefusesARevokedCertificateByItAndTakesAnother() throws IOException {
    Program.need("openssl");
    Certificate lost = chancery.device("CN=lost").chain().getFirst();
    Certificate kept = chancery.device("CN=kept").chain().getFirst();

    chancery
        .services()
        .revocations()
        .revoke("issuing", lost.serialNumber(), "keyCompromise", "test");
    chancery.services().revocationLists().publishIfDue();
    Path crl = Files.write(folder.resolve("issuing.crl"), fetch().body().toByteArray());

    assertThat(verify(kept, crl).text()).contains("OK");
    assertThat(verify(lost, crl).errors()).contains("certificate revoked");
    assertThat(
            Program.run(folder, "openssl", "crl", "-inform", "DER", "-in", "issuing.crl", "-text")
                .succeeded()
                .text())
        .contains("Key Compromise", "X509v3 CRL Number", "X509v3 Authority Key Identifier");
  }

  @Test
  void certificatesNameTheirDistributionPoint() throws IOException {
    Program.need("openssl");
    Path file =
        Files.writeString(
            folder.resolve("one.pem"), chancery.device("CN=one").chain().getFirst().toPem());

    assertThat(
            Program.run(folder, "openssl", "x509", "-in", file.toString(), "-noout", "-text")
                .succeeded()
                .text())
        .contains("URI:http://ca.example:8080/crl/issuing.crl");
  }

  @Test
  void aListIsReplacedInTimeAndCachesAskByItsNumber() {
    Wire.Answer first = fetch();
    chancery.services().revocationLists().publishIfDue();
    assertThat(fetch().body()).isEqualTo(first.body());

    Wire.Answer unchanged = fetch("If-None-Match", first.header("ETag").orElseThrow());
    chancery.clock().advance(Duration.ofDays(1));
    chancery.services().revocationLists().publishIfDue();
    Wire.Answer changed = fetch("If-None-Match", first.header("ETag").orElseThrow());

    assertThat(unchanged.status()).isEqualTo(304);
    assertThat(first.header("Cache-Control")).contains("max-age=3600");
    assertThat(changed.status()).isEqualTo(200);
    assertThat(RevocationList.parse(changed.body().toByteArray()).thisUpdate())
        .isAfter(RevocationList.parse(first.body().toByteArray()).thisUpdate());
  }

  @Test
  void aServerThatStartsAgainHandsOutItsLastListUntilTheOneThatIsDueIsMade() {
    Instant first = thisUpdate();
    SettableClock clock = chancery.clock();
    chancery.close();
    clock.advance(Duration.ofDays(1));

    chancery = Installation.start(folder, SCHEDULE, clock);

    long deadline = System.nanoTime() + PATIENCE.toNanos();
    Instant last = thisUpdate();
    while (last.equals(first) && System.nanoTime() < deadline) {
      last = thisUpdate();
    }
    // The clock goes on while the server starts.
    assertThat(last).isAfterOrEqualTo(first.plus(Duration.ofDays(1)));
  }

  private Instant thisUpdate() {
    return RevocationList.parse(fetch().body().toByteArray()).thisUpdate();
  }

  private Certificate issuer() {
    return chancery.services().authority().certificatesOf("issuing").getFirst();
  }

  private Program.Result verify(Certificate certificate, Path crl) throws IOException {
    Files.writeString(folder.resolve("leaf.pem"), certificate.toPem());
    Files.writeString(folder.resolve("issuing.pem"), issuer().toPem());
    Program.run(
            folder, "openssl", "crl", "-inform", "DER", "-in", crl.toString(), "-out", "crl.pem")
        .succeeded();
    return Program.run(
        folder,
        "openssl",
        "verify",
        "-crl_check",
        "-CAfile",
        chancery.rootFile().toString(),
        "-untrusted",
        "issuing.pem",
        "-CRLfile",
        "crl.pem",
        "leaf.pem");
  }

  private Wire.Answer fetch(String... header) {
    try (Wire wire = Wire.connectClear(chancery.server().clearPort())) {
      return wire.send(
          "GET",
          "/crl/issuing.crl",
          header.length == 0 ? Map.of() : Map.of(header[0], header[1]),
          new byte[0]);
    }
  }
}
