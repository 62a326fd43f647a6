package dev.chancery.interop.est;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chancery.interop.Program;
import dev.chancery.interop.Requirement;
import dev.chancery.interop.est.HostilePeer.Reply;
import dev.chancery.pki.certificate.Certificate;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import org.bouncycastle.est.jcajce.JsseESTServiceBuilder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Clients that others wrote, before the same peer: it is a sound server where no switch is on, and
/// what it does with the switches is what they meet in the field too.
@Requirement("EST-271")
class OtherClientsTest extends HostileClientSetup {
  @TempDir private Path folder = Path.of("");

  private Path root() throws IOException {
    return Files.writeString(folder.resolve("root.pem"), authority.certificate().toPem());
  }

  @Test
  void curlGetsTheCaCertificates() throws IOException {
    Program.need("curl", "openssl");

    Program.run(
            folder,
            "curl",
            "--silent",
            "--show-error",
            "--fail",
            "--cacert",
            root().toString(),
            "--output",
            "bag.b64",
            peer.url() + "/.well-known/est/cacerts")
        .succeeded();
    Program.run(folder, "openssl", "base64", "-d", "-in", "bag.b64", "-out", "bag.der").succeeded();
    Program.Result shown =
        Program.run(folder, "openssl", "pkcs7", "-inform", "DER", "-in", "bag.der", "-print_certs")
            .succeeded();

    assertThat(Certificate.parsePem(shown.text())).containsExactly(authority.certificate());
  }

  @Test
  void curlSaysThatAnAnswerWasCutShort() throws IOException {
    Program.need("curl");
    peer.on(
        "cacerts",
        request ->
            HostilePeer.certificates(authority.certificate()).with(HostilePeer.Framing.CUT_SHORT));

    Program.Result result =
        Program.run(
            folder,
            "curl",
            "--silent",
            "--cacert",
            root().toString(),
            peer.url() + "/.well-known/est/cacerts");

    assertThat(result.exitCode()).isEqualTo(18);
  }

  @Test
  void strongSwanGetsTheCaCertificatesInOneLine() throws IOException {
    Program.need("pki");
    replacePeer(tls12());
    peer.on(
        "cacerts",
        request ->
            HostilePeer.certificates(authority.certificate())
                .with(
                    HostilePeer.base64(
                        dev.chancery.pki.cms.CertsOnly.encode(
                            java.util.List.of(authority.certificate())),
                        100_000,
                        "")));

    Program.run(
            folder,
            "pki",
            "--estca",
            "--url",
            peer.url(),
            "--cacert",
            root().toString(),
            "--caout",
            "ca.pem",
            "--outform",
            "pem")
        .succeeded();

    try (var files = Files.list(folder)) {
      assertThat(files.filter(file -> file.getFileName().toString().startsWith("ca")))
          .singleElement()
          .satisfies(file ->
              assertThat(Certificate.parsePem(Files.readString(file)))
                  .containsExactly(authority.certificate()));
    }
  }

  @Test
  void bouncyCastleTakesChunkedAnswersAndRefusesWebPages() throws Exception {
    peer.on(
        "cacerts",
        request ->
            HostilePeer.certificates(authority.certificate()).with(HostilePeer.Framing.CHUNKED));
    var service = bouncyCastle();
    assertThat(service.getCACerts().getCertificateStore().getMatches(null)).hasSize(1);

    peer.on("cacerts", request -> Reply.of(200, "Content-Type", "text/html").with("<p>hello"));
    org.assertj.core.api.Assertions.assertThatThrownBy(service::getCACerts)
        .isInstanceOf(Exception.class);
  }

  private org.bouncycastle.est.ESTService bouncyCastle() throws Exception {
    KeyStore anchors = KeyStore.getInstance("PKCS12");
    anchors.load(null, null);
    anchors.setCertificateEntry("root", authority.certificate().toX509());
    TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
    factory.init(anchors);
    var builder =
        new JsseESTServiceBuilder(
            "localhost:" + peer.port(), (X509TrustManager) factory.getTrustManagers()[0]);
    builder.addCipherSuites(new String[] {"TLS_AES_128_GCM_SHA256"});
    return builder.build();
  }
}
