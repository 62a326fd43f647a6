package dev.chancery.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.chancery.est.client.Fingerprint;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `chancery ca …`: the certification authorities.
@Command(
    name = "ca",
    description = "Shows the certification authorities.",
    subcommands = AuthorityCommands.Show.class)
final class AuthorityCommands extends CommandGroup {
  /// Issuers with their chains and fingerprints.
  @Command(
      name = "show",
      description = "Shows the issuers, their certificates and fingerprints.",
      footer = {
        "",
        "Examples:",
        "  chancery ca show",
        "  chancery ca show --fingerprint",
        "  chancery ca show --pem > ca.pem"
      })
  static final class Show extends ServerCommand {
    @Option(names = "--issuer", paramLabel = "NAME", description = "Only this issuer.")
    private Optional<String> issuer = Optional.empty();

    @Option(
        names = "--fingerprint",
        description = "Prints only the roots' SHA-256, which is what clients are given.")
    private boolean fingerprint;

    @Option(names = "--pem", description = "Prints the certificates as PEM instead.")
    private boolean pem;

    @Override
    String command() {
      return "ca.show";
    }

    @Override
    void fill(ObjectNode arguments) {
      issuer.ifPresent(name -> arguments.put("issuer", name));
    }

    @Override
    void show(JsonNode result, Terminal terminal) {
      for (JsonNode issuer : result.path("issuers")) {
        if (fingerprint) {
          terminal.result(new Fingerprint(issuer.path("rootSha256").asText()).toString());
          continue;
        }
        if (!pem) {
          terminal.result("issuer " + issuer.path("name").asText());
        }
        for (JsonNode certificate : issuer.path("certificates")) {
          if (pem) {
            terminal.result(certificate.path("pem").asText().stripTrailing());
          } else {
            terminal.result("  " + Terminal.printable(certificate.path("subject").asText()));
            terminal.result("    serial     " + certificate.path("serial").asText());
            terminal.result("    key        " + certificate.path("key").path("type").asText());
            terminal.result("    valid from " + certificate.path("notBefore").asText());
            terminal.result("    valid to   " + certificate.path("notAfter").asText());
            terminal.result("    sha256     " + certificate.path("sha256").asText());
          }
        }
      }
    }
  }
}
