package dev.chancery.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.chancery.authority.files.DurableFile;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `chancery cert …`: the certificates that have been issued.
@Command(
    name = "cert",
    description = "Finds, shows, exports and revokes issued certificates.",
    subcommands = {
      CertificateCommands.All.class,
      CertificateCommands.Show.class,
      CertificateCommands.Export.class,
      CertificateCommands.Revoke.class
    })
final class CertificateCommands extends CommandGroup {
  /// Which certificate is meant.
  static final class Which {
    @Parameters(paramLabel = "SERIAL", description = "Its serial number in hex.")
    private String serial = "";

    @Option(
        names = "--issuer",
        paramLabel = "NAME",
        description = "Its issuer, should two have used the serial number.")
    private Optional<String> issuer = Optional.empty();

    void fill(ObjectNode arguments) {
      arguments.put("serial", serial);
      issuer.ifPresent(name -> arguments.put("issuer", name));
    }
  }

  /// Searches.
  @Command(
      name = "list",
      description = {
        "Lists certificates, newest first; those that match all the conditions given.",
        "Texts match anywhere, without regard to case, and are at least three characters long."
      },
      footer = {
        "",
        "Examples:",
        "  chancery cert list --san device-1.example",
        "  chancery cert list --expires-within 30d --output json",
        "  chancery cert list --requester credential:shop-floor",
        "  chancery cert list --uncollected"
      })
  static final class All extends ServerCommand {
    @Option(names = "--subject", paramLabel = "TEXT", description = "In the subject.")
    private Optional<String> subject = Optional.empty();

    @Option(names = "--san", paramLabel = "TEXT", description = "In a subject alternative name.")
    private Optional<String> san = Optional.empty();

    @Option(names = "--serial", paramLabel = "HEX", description = "The whole serial number.")
    private Optional<String> serial = Optional.empty();

    @Option(
        names = "--requester",
        paramLabel = "TEXT",
        description = "In who asked for it, as in credential:shop-floor.")
    private Optional<String> requester = Optional.empty();

    @Option(
        names = "--expires-before",
        paramLabel = "TIME",
        description = "As in 2030-01-31 or 2030-01-31T12:00:00Z.")
    private Optional<String> expiresBefore = Optional.empty();

    @Option(names = "--expires-after", paramLabel = "TIME", description = "Likewise.")
    private Optional<String> expiresAfter = Optional.empty();

    @Option(
        names = "--expires-within",
        paramLabel = "TIME",
        description = "Between now and so much later, as in 30d.")
    private Optional<String> expiresWithin = Optional.empty();

    @Option(
        names = "--uncollected",
        description =
            "Valid ones that nobody is known to have: the reply could not be written to the end, and"
                + " no holder has used it here since.")
    private boolean uncollected;

    @Mixin private Limit limit = new Limit();

    @Override
    String command() {
      return "cert.list";
    }

    @Override
    void fill(ObjectNode arguments) {
      if (expiresWithin.isPresent() && (expiresBefore.isPresent() || expiresAfter.isPresent())) {
        throw FailedException.usage(
            "--expires-within says the same as --expires-after and --expires-before",
            "use one or the other");
      }
      subject.ifPresent(text -> arguments.put("subject", text));
      san.ifPresent(text -> arguments.put("san", text));
      serial.ifPresent(text -> arguments.put("serial", text));
      requester.ifPresent(text -> arguments.put("requester", text));
      Instant now = Instant.now();
      expiresWithin
          .map(Lifetime::parse)
          .ifPresent(within ->
              arguments
                  .put("expiresAfter", now.toString())
                  .put("expiresBefore", now.plus(within).toString()));
      put(arguments, "expiresAfter", expiresAfter);
      put(arguments, "expiresBefore", expiresBefore);
      if (uncollected) {
        arguments.put("uncollected", true);
      }
      limit.fill(arguments);
    }

    private static void put(ObjectNode arguments, String name, Optional<String> time) {
      time.map(Lifetime::parseInstant)
          .ifPresent(instant -> arguments.put(name, instant.toString()));
    }

    @Override
    void show(JsonNode result, Terminal terminal) {
      Table table = new Table("SERIAL", "STATE", "EXPIRES", "REQUESTER", "NAMES");
      for (JsonNode certificate : result.path("certificates")) {
        table.add(
            certificate.path("serial").asText(),
            certificate.path("state").asText(),
            certificate.path("notAfter").asText(),
            certificate.path("requester").asText(),
            names(certificate));
      }
      table.print(terminal);
      noteMore(result, terminal);
    }
  }

  /// One certificate in full.
  @Command(
      name = "show",
      description = "Shows a certificate and where it came from.",
      footer = {"", "Example:", "  chancery cert show 019a0c7f5e0d52e8a5b1f0c2d3e4f506"})
  static final class Show extends ServerCommand {
    @Mixin private Which which = new Which();

    @Override
    String command() {
      return "cert.show";
    }

    @Override
    void fill(ObjectNode arguments) {
      which.fill(arguments);
    }

    @Override
    void show(JsonNode result, Terminal terminal) {
      line(terminal, "serial", result.path("serial").asText());
      line(terminal, "state", result.path("state").asText());
      line(terminal, "names", names(result));
      line(terminal, "valid from", result.path("notBefore").asText());
      line(terminal, "valid to", result.path("notAfter").asText());
      line(terminal, "key", result.path("key").path("type").asText());
      line(terminal, "key sha256", result.path("key").path("sha256").asText());
      line(terminal, "sha256", result.path("sha256").asText());
      line(terminal, "issuer", result.path("issuer").asText());
      line(terminal, "profile", result.path("profile").asText());
      line(terminal, "endpoint", result.path("endpoint").asText());
      line(terminal, "requester", result.path("requester").asText());
      line(terminal, "request id", result.path("requestId").asText());
      line(terminal, "issued at", result.path("issuedAt").asText());
      line(terminal, "collected", result.path("collected").asBoolean() ? "yes" : "not known");
      if (result.has("replaces")) {
        line(terminal, "replaces", result.path("replaces").asText());
      }
      if (result.has("revocation")) {
        JsonNode revocation = result.path("revocation");
        line(
            terminal,
            "revoked",
            revocation.path("at").asText() + " (" + revocation.path("reason").asText() + ")");
      }
      terminal.result(result.path("pem").asText().stripTrailing());
    }

    private static void line(Terminal terminal, String name, String value) {
      terminal.result("%-11s %s".formatted(name, Terminal.printable(value)));
    }
  }

  /// One certificate as PEM.
  @Command(
      name = "export",
      description = "Prints a certificate as PEM, or writes it to a file.",
      footer = {
        "",
        "Example:",
        "  chancery cert export 019a0c7f5e0d52e8a5b1f0c2d3e4f506 --chain --out device-1.pem"
      })
  static final class Export extends ServerCommand {
    @Mixin private Which which = new Which();

    @Option(names = "--chain", description = "With the certificates above it, root last.")
    private boolean chain;

    @Option(names = "--out", paramLabel = "FILE", description = "The file (default: stdout).")
    private Optional<Path> out = Optional.empty();

    @Override
    String command() {
      return "cert.export";
    }

    @Override
    void fill(ObjectNode arguments) {
      which.fill(arguments);
    }

    @Override
    void show(JsonNode result, Terminal terminal) {
      String pem = result.path(chain ? "chainPem" : "pem").asText();
      if (out.isPresent()) {
        DurableFile.write(out.get(), pem, DurableFile.Access.PUBLIC);
        terminal.note("wrote " + out.get());
      } else {
        terminal.result(pem.stripTrailing());
      }
    }
  }

  /// Revokes one certificate.
  @Command(
      name = "revoke",
      description = "Revokes a certificate, for good.",
      footer = {
        "",
        "Example:",
        "  chancery cert revoke 019a0c7f5e0d52e8a5b1f0c2d3e4f506 --reason keyCompromise"
      })
  static final class Revoke extends ServerCommand {
    @Mixin private Which which = new Which();

    @Option(
        names = "--reason",
        paramLabel = "REASON",
        defaultValue = "unspecified",
        description =
            "unspecified, keyCompromise, cACompromise, affiliationChanged, superseded,"
                + " cessationOfOperation or privilegeWithdrawn (default: unspecified).")
    private String reason = "unspecified";

    @Override
    String command() {
      return "cert.revoke";
    }

    @Override
    void fill(ObjectNode arguments) {
      which.fill(arguments);
      arguments.put("reason", reason);
    }

    @Override
    void show(JsonNode result, Terminal terminal) {
      terminal.result("revoked " + result.path("serial").asText());
    }
  }
}
