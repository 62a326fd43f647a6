package dev.chancery.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `chancery lint`: what would become of a request, without making it.
@Command(
    name = "lint",
    description = {
      "Tells what would become of a request: what the certificate would hold, or which rule is in the way.",
      "Nothing is issued, used up or written, and nobody outside is asked. A SCEP message brings its"
          + " challenge and signer along; for a PKCS#10 request say with --credential or --signer who would"
          + " ask. Exit codes: 0 it would be issued, 1 refused, 3 it would wait for an operator."
    },
    footer = {
      "",
      "Examples:",
      "  chancery lint device.csr --endpoint est --credential shop-floor",
      "  chancery lint device.csr --endpoint scep/vpn --signer device.pem",
      "  chancery lint pkimessage.der --endpoint scep --address 10.1.2.3"
    })
final class LintCommand extends ServerCommand {
  @Parameters(
      paramLabel = "FILE",
      description = "A PKCS#10 request, PEM or DER, or a SCEP pkiMessage.")
  private Path file = Path.of("");

  @Option(
      names = "--endpoint",
      paramLabel = "NAME",
      required = true,
      description = "Where it would be sent, as in est or scep/vpn.")
  private String endpoint = "";

  @Option(
      names = "--credential",
      paramLabel = "ID",
      description = "The credential that it would come with.")
  private Optional<String> credential = Optional.empty();

  @Option(
      names = "--signer",
      paramLabel = "FILE",
      description = "PEM file with the certificate that it would be authenticated with.")
  private Optional<Path> signer = Optional.empty();

  @Option(
      names = "--address",
      paramLabel = "IP",
      description = "Where it would come from (default: 127.0.0.1).")
  private Optional<String> address = Optional.empty();

  @Override
  String command() {
    return "lint";
  }

  @Override
  void fill(ObjectNode arguments) {
    arguments.put("endpoint", endpoint);
    arguments.put("file", Base64.getEncoder().encodeToString(read(file)));
    credential.ifPresent(id -> arguments.put("credential", id));
    signer.ifPresent(path ->
        arguments.put(
            "signer", new String(read(path), java.nio.charset.StandardCharsets.US_ASCII)));
    address.ifPresent(ip -> arguments.put("address", ip));
  }

  private static byte[] read(Path path) {
    try {
      return Files.readAllBytes(path);
    } catch (IOException e) {
      throw FailedException.usage("cannot read " + path, "check the name and who may read it");
    }
  }

  @Override
  int exitCode(JsonNode result) {
    return switch (result.path("verdict").asText()) {
      case "issued" -> ExitCode.DONE;
      case "pending" -> ExitCode.PENDING;
      default -> ExitCode.FAILED;
    };
  }

  @Override
  void show(JsonNode result, Terminal terminal) {
    String verdict = result.path("verdict").asText();
    if (verdict.equals("refused")) {
      line(terminal, "refused", result.path("code").asText());
      line(terminal, "because", result.path("what").asText());
      line(terminal, "hint", result.path("hint").asText());
      return;
    }
    line(terminal, "verdict", verdict.equals("issued") ? "issued" : "waits for an operator");
    line(terminal, "names", names(result));
    line(terminal, "issuer", result.path("issuer").asText());
    line(terminal, "profile", result.path("profile").asText());
    line(terminal, "key", result.path("keyType").asText());
    line(terminal, "valid from", result.path("notBefore").asText());
    line(terminal, "valid to", result.path("notAfter").asText());
    line(terminal, "key usage", joined(result.path("keyUsage")));
    line(terminal, "extended", joined(result.path("extendedKeyUsage")));
    if (!result.path("copiedExtensions").isEmpty()) {
      line(terminal, "copied", joined(result.path("copiedExtensions")));
    }
    for (JsonNode finding : result.path("findings")) {
      line(
          terminal,
          finding.path("mode").asText(),
          finding.path("rule").asText() + ": " + finding.path("what").asText());
    }
  }

  private static void line(Terminal terminal, String name, String value) {
    terminal.result("%-11s %s".formatted(name, Terminal.printable(value)));
  }
}
