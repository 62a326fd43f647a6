package dev.chancery.interop.est;

import static dev.chancery.interop.Installation.request;
import static org.assertj.core.api.Assertions.assertThat;

import dev.chancery.interop.Installation;
import dev.chancery.interop.Program;
import dev.chancery.interop.Requirement;
import dev.chancery.interop.Wire;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.cms.CertsOnly;
import dev.chancery.pki.key.KeyPairs;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// EST-coaps with libcoap's client, on OpenSSL's DTLS and on GnuTLS'.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class LibcoapTest {
  private Path folder;
  private Installation chancery;

  @BeforeAll
  void start(@TempDir Path temporary) {
    folder = temporary;
    chancery =
        Installation.start(
            folder.resolve("data"), "  coaps: {enabled: true, address: 127.0.0.1, port: 0}\n");
  }

  @AfterAll
  void stop() {
    chancery.close();
  }

  @ParameterizedTest(name = "{0}")
  @ValueSource(strings = {"coap-client-openssl", "coap-client-gnutls"})
  @Requirement({"EST-306", "EST-310"})
  void renewsInBlocksAndFetchesTheCaCertificates(String program) throws IOException {
    Program.need(program);
    Wire.Identity device = chancery.device("CN=" + program);
    Path csr = folder.resolve(program + ".csr");
    Files.write(csr, request("CN=" + program).request().der().toByteArray());

    byte[] renewed =
        run(program, device, "sren", "-m", "post", "-t", "286", "-b", "128", "-f", csr.toString());
    byte[] crts = run(program, device, "crts", "-m", "get", "-b", "64");

    List<Certificate> certificates = CertsOnly.parse(renewed);
    assertThat(certificates).hasSize(1);
    assertThat(certificates.getFirst().subject()).hasToString("CN=" + program);
    assertThat(CertsOnly.parse(crts)).contains(chancery.server().root());
  }

  @ParameterizedTest(name = "{0}")
  @ValueSource(strings = {"coap-client-openssl", "coap-client-gnutls"})
  @Requirement("EST-301")
  void findsTheResources(String program) throws IOException {
    Program.need(program);
    Wire.Identity device = chancery.device("CN=" + program);

    byte[] links = run(program, device, "../core?rt=ace.est*", "-m", "get");

    assertThat(new String(links, StandardCharsets.UTF_8))
        .contains("</.well-known/est/sren>;", "rt=\"ace.est.crts\"");
  }

  /// What the program wrote of the answer's payload.
  private byte[] run(String program, Wire.Identity device, String operation, String... options)
      throws IOException {
    Path key = folder.resolve(program + ".key");
    Path chain = folder.resolve(program + ".pem");
    Path output = folder.resolve(program + ".out");
    Files.deleteIfExists(output);
    Files.writeString(key, KeyPairs.toPem(device.keyPair().getPrivate()));
    Files.writeString(chain, device.chain().getFirst().toPem());
    List<String> command = new ArrayList<>(List.of(program));
    command.addAll(List.of(options));
    String path = operation.startsWith("../") ? operation.substring(3) : "est/" + operation;
    command.addAll(
        List.of(
            "-B",
            "20",
            "-c",
            chain.toString(),
            "-j",
            key.toString(),
            "-C",
            chancery.rootFile().toString(),
            "-o",
            output.toString(),
            "coaps://localhost:"
                + chancery.server().coapsPort().orElseThrow()
                + "/.well-known/"
                + path));
    Program.Result result = Program.run(folder, new byte[0], command).succeeded();
    assertThat(output).as(result.text() + result.errors()).isNotEmptyFile();
    return Files.readAllBytes(output);
  }
}
