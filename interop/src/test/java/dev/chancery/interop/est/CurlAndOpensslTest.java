package dev.chancery.interop.est;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chancery.interop.Installation;
import dev.chancery.interop.Program;
import dev.chancery.interop.Requirement;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Two programs that every administrator has: the lines that `chancery serve` prints are these.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CurlAndOpensslTest {
  private Path folder;
  private Installation chancery;

  @BeforeAll
  void start(@TempDir Path temporary) {
    folder = temporary;
    Program.need("curl", "openssl");
    chancery = Installation.start(folder, "");
  }

  @AfterAll
  void stop() {
    if (chancery != null) {
      chancery.close();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"1.2", "1.3"})
  @Requirement({"EST-002", "EST-003", "EST-040", "EST-043"})
  void aDeviceEnrolsAndRenewsWithCurlAndOpensslAlone(String version) throws IOException {
    Path device = Files.createTempDirectory(folder, "device");
    var credential = chancery.credential("CN=curl-device", "dns:curl.example");
    String tls = "--tlsv" + version + " --tls-max " + version;

    shell(
        device,
        """
        set -e
        curl -sS --fail --cacert %1$s %2$s %3$s -o cacerts.b64
        openssl base64 -d -in cacerts.b64 | openssl pkcs7 -inform DER -print_certs -out ca.pem
        openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout key.pem \
          -subj /CN=curl-device -addext subjectAltName=DNS:curl.example -outform DER -out req.der
        openssl base64 -in req.der -out req.b64
        curl -sS --fail --cacert %1$s %2$s -u %4$s:%5$s -H 'Content-Type: application/pkcs10' \
          --data-binary @req.b64 %6$s -o cert.b64
        openssl base64 -d -in cert.b64 | openssl pkcs7 -inform DER -print_certs -out cert.pem
        openssl verify -CAfile %1$s -untrusted ca.pem cert.pem
        openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout key2.pem \
          -subj /CN=curl-device -addext subjectAltName=DNS:curl.example -outform DER -out req2.der
        openssl base64 -in req2.der -out req2.b64
        curl -sS --fail --cacert %1$s %2$s --cert cert.pem --key key.pem \
          -H 'Content-Type: application/pkcs10' --data-binary @req2.b64 %7$s -o cert2.b64
        openssl base64 -d -in cert2.b64 | openssl pkcs7 -inform DER -print_certs -out cert2.pem
        openssl verify -CAfile %1$s -untrusted ca.pem cert2.pem
        """
            .formatted(
                chancery.rootFile(),
                tls,
                chancery.url("cacerts"),
                credential.credential().id(),
                credential.secret(),
                chancery.url("simpleenroll"),
                chancery.url("simplereenroll")));

    String text =
        Program.run(device, "openssl", "x509", "-in", "cert2.pem", "-noout", "-text")
            .succeeded()
            .text();
    assertThat(text)
        .contains("DNS:curl.example", "TLS Web Client Authentication", "CA:FALSE")
        .contains("Digital Signature");
  }

  @ParameterizedTest
  @ValueSource(strings = {"1.0", "1.1"})
  @Requirement("EST-002")
  void olderTlsIsRefused(String version) {
    Program.Result result =
        Program.run(
            folder,
            "curl",
            "-sS",
            "-k",
            "--ciphers",
            "ALL:@SECLEVEL=0",
            "--tlsv" + version,
            "--tls-max",
            version,
            chancery.url("cacerts"));

    assertThat(result.exitCode()).isEqualTo(35);
  }

  @ParameterizedTest
  @ValueSource(strings = {"eNULL:@SECLEVEL=0", "aNULL:@SECLEVEL=0", "DES-CBC3-SHA:@SECLEVEL=0"})
  @Requirement("EST-004")
  void weakSuitesAreNeverNegotiated(String ciphers) {
    Program.Result result =
        Program.run(
            folder,
            "openssl",
            "s_client",
            "-connect",
            "localhost:" + chancery.server().tlsPort(),
            "-tls1_2",
            "-cipher",
            ciphers);

    assertThat(result.exitCode()).isNotZero();
  }

  @Test
  @Requirement("EST-006")
  void aClientCannotRenegotiate() {
    Program.Result result =
        Program.run(
            folder,
            "R\n".getBytes(java.nio.charset.StandardCharsets.US_ASCII),
            java.util.List.of(
                "openssl",
                "s_client",
                "-connect",
                "localhost:" + chancery.server().tlsPort(),
                "-tls1_2"));

    assertThat(result.text() + result.errors()).contains("RENEGOTIATING");
    assertThat(result.text() + result.errors())
        .containsAnyOf("no renegotiation", "handshake failure", "unexpected message", "error");
  }

  @Test
  @Requirement({"EST-008", "EST-013"})
  void aClientThatHoldsOnlyTheRootValidatesTheServerByNameAndByAddress() {
    for (String host : new String[] {"localhost", "127.0.0.1"}) {
      Program.run(
              folder,
              "curl",
              "-sS",
              "--fail",
              "--cacert",
              chancery.rootFile().toString(),
              "-o",
              "/dev/null",
              chancery.url("cacerts").replace("localhost", host))
          .succeeded();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"--http1.0", "--http1.1", "--no-alpn"})
  @Requirement({"EST-013", "EST-027"})
  void plainHttpVersionsAreServed(String option) {
    Program.run(
            folder,
            "curl",
            "-sS",
            "--fail",
            option,
            "--cacert",
            chancery.rootFile().toString(),
            "-o",
            "/dev/null",
            chancery.url("cacerts"))
        .succeeded();
  }

  @Test
  @Requirement("EST-027")
  void aChunkedRequestIsAccepted() throws IOException {
    var credential = chancery.credential("CN=chunked");
    Path body = folder.resolve("chunked.b64");
    Files.write(body, Installation.request("CN=chunked").base64());

    Program.Result result =
        Program.run(
            folder,
            "curl",
            "-sS",
            "-w",
            "%{http_code}",
            "-o",
            "/dev/null",
            "--cacert",
            chancery.rootFile().toString(),
            "-u",
            credential.credential().id() + ":" + credential.secret(),
            "-H",
            "Content-Type: application/pkcs10",
            "-H",
            "Transfer-Encoding: chunked",
            "--data-binary",
            "@" + body,
            chancery.url("simpleenroll"));

    assertThat(result.succeeded().text()).isEqualTo("200");
  }

  private static void shell(Path folder, String script) {
    Program.run(folder, "bash", "-c", script).succeeded();
  }
}
