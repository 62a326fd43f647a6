package dev.chancery.interop.agent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chancery.agent.CertificateStatus.Phase;
import dev.chancery.interop.Installation;
import dev.chancery.interop.Program;
import dev.chancery.pki.certificate.Certificate;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A key that lives in a PKCS#11 token: SoftHSM's.
final class TokenTest {
  private static final String PIN = "271828";

  @TempDir Path folder = Path.of("");

  @Test
  void theKeyIsMadeInTheTokenAndEachRenewalHasOneOfItsOwn() throws Exception {
    Program.need("softhsm2-util");
    Path library =
        Stream.of("/usr/lib/softhsm/libsofthsm2.so", "/usr/lib64/pkcs11/libsofthsm2.so")
            .map(Path::of)
            .filter(Files::exists)
            .findFirst()
            .orElse(folder);
    Assumptions.assumeTrue(Files.isRegularFile(library), "SoftHSM's library is found");
    Files.createDirectory(folder.resolve("tokens"));
    Files.writeString(
        folder.resolve("softhsm2.conf"),
        "directories.tokendir = " + folder.resolve("tokens") + "\nlog.level = ERROR\n");
    assertThat(
            run(
                "softhsm2-util",
                "--init-token",
                "--free",
                "--label",
                "agent",
                "--pin",
                PIN,
                "--so-pin",
                "314159"))
        .isZero();
    try (Installation chancery = Installation.start(folder.resolve("server"), "")) {
      AgentHost host =
          AgentHost.at(chancery, folder.resolve("host"), chancery.credential("CN=token"), "");
      Path yaml = host.file();
      Files.writeString(
          yaml,
          Files.readString(yaml)
              .replace("{folder: web}", "{folder: web, pkcs11-config: token.cfg, pin-file: pin}"));
      Files.writeString(folder.resolve("host/pin"), PIN + "\n");
      Files.writeString(
          folder.resolve("host/token.cfg"),
          "name = agent\nlibrary = " + library + "\nslotListIndex = 0\n");

      int enrolled = agent(host, "once");
      Certificate first = certificate(host);
      String firstKey = Files.readString(host.store().resolve("key.uri"));
      int renewed = agent(host, "renew", "web");
      Certificate second = certificate(host);
      int again = agent(host, "renew", "web");

      assertThat(List.of(enrolled, renewed, again))
          .as(Files.readString(folder.resolve("log")))
          .containsOnly(0);
      assertThat(host.store().resolve("key.pem")).doesNotExist();
      assertThat(firstKey).startsWith("pkcs11:object=web-1;type=private");
      assertThat(Files.readString(host.store().resolve("key.uri")))
          .startsWith("pkcs11:object=web-3;type=private");
      assertThat(second.subjectPublicKeyInfo()).isNotEqualTo(first.subjectPublicKeyInfo());
      assertThat(certificate(host).subject()).hasToString("CN=token");
      assertThat(dev.chancery.agent.Agent.status(host.configuration(), chancery.clock()))
          .allSatisfy(status -> assertThat(status.phase()).isEqualTo(Phase.ENROLLED));
    }
  }

  private static Certificate certificate(AgentHost host) throws IOException {
    return Certificate.parsePem(Files.readString(host.store().resolve("cert.pem"))).getFirst();
  }

  /// The command in a process of its own, where SoftHSM finds its configuration.
  private int agent(AgentHost host, String... command) throws Exception {
    List<String> all =
        new java.util.ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                "dev.chancery.cli.Main",
                "agent"));
    all.addAll(List.of(command));
    all.addAll(List.of("--config", host.file().toString()));
    return run(all.toArray(String[]::new));
  }

  private int run(String... command) throws Exception {
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("SOFTHSM2_CONF", folder.resolve("softhsm2.conf").toString());
    File log = folder.resolve("log").toFile();
    Process process = builder.redirectOutput(ProcessBuilder.Redirect.appendTo(log)).start();
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    return process.exitValue();
  }
}
