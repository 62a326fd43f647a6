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
    description =
        "Shows the certification authorities, publishes their CRLs and rolls their keys over.",
    subcommands = {
      AuthorityCommands.Show.class,
      AuthorityCommands.RevocationList.class,
      GenerationCommands.All.class,
      GenerationCommands.Prepare.class,
      GenerationCommands.Announce.class,
      GenerationCommands.Activate.class,
      GenerationCommands.Retire.class
    })
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

  /// The CRLs.
  @Command(
      name = "crl",
      description =
          "Publishes the CRLs that are due, as the server does every minute, and shows the newest.",
      footer = {
        "",
        "The CRLs are at PATH on both listeners, and SCEP clients fetch them with GetCRL.",
        "",
        "Examples:",
        "  chancery ca crl",
        "  chancery cert revoke 019a0c7f5e0d52e8a5b1f0c2d3e4f506 && chancery ca crl --issuer issuing"
      })
  static final class RevocationList extends ServerCommand {
    @Option(names = "--issuer", paramLabel = "NAME", description = "Only of this issuer.")
    private Optional<String> issuer = Optional.empty();

    @Override
    String command() {
      return "ca.crl";
    }

    @Override
    void fill(ObjectNode arguments) {
      issuer.ifPresent(name -> arguments.put("issuer", name));
    }

    @Override
    void show(JsonNode result, Terminal terminal) {
      for (JsonNode list : result.path("lists")) {
        terminal.result("issuer " + list.path("issuer").asText());
        terminal.result("  number      " + list.path("number").asText());
        terminal.result("  this update " + list.path("thisUpdate").asText());
        terminal.result("  next update " + list.path("nextUpdate").asText());
        terminal.result("  bytes       " + list.path("bytes").asText());
        terminal.result("  path        " + list.path("path").asText());
      }
    }
  }
}
