package dev.chancery.interop.est;

import static dev.chancery.interop.Installation.basic;
import static dev.chancery.interop.Installation.certificateIn;
import static dev.chancery.interop.Installation.pkcs10;
import static dev.chancery.interop.Installation.request;
import static org.assertj.core.api.Assertions.assertThat;

import dev.chancery.interop.Installation;
import dev.chancery.interop.Program;
import dev.chancery.interop.Requirement;
import dev.chancery.interop.Wire;
import dev.chancery.lab.FreePort;
import dev.chancery.pki.Der;
import dev.chancery.pki.Pem;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/// Behind nginx, as docs/proxies.md sets it up.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class NginxTest {
  private static final String NGINX = "nginx";

  private Installation chancery;
  private Process nginx;
  private int port;

  @BeforeAll
  void start(@TempDir Path folder) throws Exception {
    Program.need(NGINX);
    OtherAuthority other = OtherAuthority.create("CN=Data Centre", Instant.now());
    Wire.Identity front = other.issue("CN=front", Instant.now());
    Path data = Files.createDirectories(folder.resolve("data"));
    Files.writeString(data.resolve("front.pem"), front.chain().getFirst().toPem());
    Path key = folder.resolve("front.key");
    Files.writeString(
        key, new Pem("PRIVATE KEY", Der.of(front.keyPair().getPrivate().getEncoded())).encode());
    chancery =
        Installation.start(
            data,
            """
              trusted-proxies:
                - name: front
                  certificates: front.pem
                  certificate-field: x-ssl-client-cert
                  client-address: x-forwarded-for
                  channel-binding: none
            """);
    port = FreePort.tcp();
    Path configuration =
        Files.writeString(
            folder.resolve("nginx.conf"),
            configuration(folder, port, data.resolve("front.pem"), key, chancery));
    nginx =
        new ProcessBuilder(NGINX, "-c", configuration.toString(), "-e", "stderr")
            .redirectErrorStream(true)
            .start();
    awaitWorker(nginx.inputReader());
  }

  @AfterAll
  void stop() throws InterruptedException {
    if (nginx != null) {
      nginx.destroy();
      assertThat(nginx.waitFor(20, TimeUnit.SECONDS)).isTrue();
    }
    if (chancery != null) {
      chancery.close();
    }
  }

  @Test
  @Requirement({"EST-033", "EST-251"})
  void aDeviceEnrolsByPasswordAndRenewsByCertificateThroughIt() {
    var credential = chancery.credential("CN=through-nginx");
    var first = request("CN=through-nginx");
    Wire.Identity device =
        new Wire.Identity(
            first.keyPair(),
            List.of(
                certificateIn(
                    send(Optional.empty(), "simpleenroll", basic(credential), first.base64()))));

    Wire.Answer renewed =
        send(Optional.of(device), "simplereenroll", pkcs10(), request("CN=through-nginx").base64());

    assertThat(certificateIn(renewed).subject()).hasToString("CN=through-nginx");
  }

  @Test
  @Requirement("EST-033")
  void aFieldThatAClientForgesIsReplacedByIt() {
    Wire.Identity device = chancery.device("CN=victim");
    Map<String, String> forged = new LinkedHashMap<>(pkcs10());
    forged.put(
        "X-SSL-Client-Cert",
        URLEncoder.encode(device.chain().getFirst().toPem(), StandardCharsets.UTF_8));

    Wire.Answer answer =
        send(Optional.empty(), "simplereenroll", forged, request("CN=victim").base64());

    assertThat(answer.status()).isEqualTo(401);
  }

  private Wire.Answer send(
      Optional<Wire.Identity> identity,
      String operation,
      Map<String, String> headers,
      byte[] body) {
    try (Wire wire = Wire.connect(port, "TLSv1.3", identity)) {
      return wire.send("POST", "/.well-known/est/" + operation, headers, body);
    }
  }

  private static void awaitWorker(BufferedReader log) throws IOException {
    StringBuilder said = new StringBuilder();
    for (String line = log.readLine(); line != null; line = log.readLine()) {
      said.append(line).append('\n');
      if (line.contains("start worker process ")) {
        return;
      }
    }
    throw new AssertionError("nginx does not start:\n" + said);
  }

  /// The block in docs/proxies.md, with this test's files and ports.
  private static String configuration(
      Path folder, int port, Path certificate, Path key, Installation chancery) throws IOException {
    String page = Files.readString(Path.of("../docs/proxies.md"));
    String server = page.substring(page.indexOf("    server {"), page.indexOf("\n    }\n") + 7);
    String here =
        server
            .replace("listen 443 ssl;", "listen 127.0.0.1:" + port + " ssl;")
            .replace("/etc/ssl/est.example.pem", certificate.toString())
            .replace("/etc/ssl/est.example.key", key.toString())
            .replace("/etc/nginx/front.pem", certificate.toString())
            .replace("/etc/nginx/front.key", key.toString())
            .replace("/etc/nginx/chancery-root.pem", chancery.rootFile().toString())
            .replace("chancery.example:8443", "127.0.0.1:" + chancery.server().tlsPort())
            .replace("chancery.example", "localhost");
    return """
    daemon off;
    worker_processes 1;
    pid %1$s/pid;
    error_log stderr notice;
    events { worker_connections 64; }
    http {
      access_log off;
      client_body_temp_path %1$s/a;
      proxy_temp_path %1$s/b;
      fastcgi_temp_path %1$s/c;
      uwsgi_temp_path %1$s/d;
      scgi_temp_path %1$s/e;
    %2$s
    }
    """
        .formatted(folder, here);
  }
}
