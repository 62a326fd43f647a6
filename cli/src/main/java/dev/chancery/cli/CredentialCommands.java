package dev.chancery.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.chancery.authority.files.DurableFile;
import dev.chancery.server.admin.Json;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `chancery credential …`: what lets a requester in before it has a certificate.
@Command(
    name = "credential",
    description = "Makes, lists and revokes credentials: what lets a device in the first time.",
    subcommands = {
      CredentialCommands.Create.class,
      CredentialCommands.Show.class,
      CredentialCommands.All.class,
      CredentialCommands.Revoke.class
    })
final class CredentialCommands extends CommandGroup {
  /// Makes a credential and shows its secret, once.
  @Command(
      name = "create",
      description = {
        "Makes a credential and shows its secret, this once.",
        "It entitles to exactly the names given by --subject and --san, or, as a standing credential, "
            + "to any names inside the patterns given by --allow-subject and --allow-san."
      },
      footer = {
        "",
        "Examples:",
        "  chancery credential create --subject CN=device-1 --san dns:device-1.example",
        "  chancery credential create --id shop-floor --allow-subject 'CN=*' \\",
        "    --allow-san 'dns:*.factory.example' --uses 500 --expires 30d --endpoint est",
        "  chancery credential create --subject CN=device-1,serialNumber=C02X --device C02X --network 10.1.0.0/16"
      })
  static final class Create extends ServerCommand {
    @Option(
        names = "--id",
        paramLabel = "ID",
        description = "Its name, and the HTTP user name (default: random).")
    private Optional<String> id = Optional.empty();

    @Option(
        names = "--subject",
        paramLabel = "NAME",
        description = "Such as CN=device-1,O=Example.")
    private Optional<String> subject = Optional.empty();

    @Option(
        names = "--san",
        paramLabel = "KIND:NAME",
        description =
            "A subject alternative name: dns:, ip:, email:, uri:, dir:, rid: or other: (repeatable).")
    private List<String> sans = new ArrayList<>();

    @Option(
        names = "--allow-subject",
        paramLabel = "PATTERN",
        description = "Subjects it may ask for, * stands for any text, as in CN=* (repeatable).")
    private List<String> allowSubjects = new ArrayList<>();

    @Option(
        names = "--allow-san",
        paramLabel = "PATTERN",
        description = "Alternative names it may ask for, as in dns:*.factory.example (repeatable).")
    private List<String> allowSans = new ArrayList<>();

    @Option(
        names = "--profile",
        paramLabel = "NAME",
        defaultValue = "device",
        description = "The profile of its certificates (default: device).")
    private String profile = "device";

    @Option(
        names = "--endpoint",
        paramLabel = "NAME",
        description = "Where it works, as in est or est/factory (repeatable; default: everywhere).")
    private List<String> endpoints = new ArrayList<>();

    @Option(
        names = "--uses",
        paramLabel = "N",
        defaultValue = "1",
        description = "How many certificates it yields (default: 1).")
    private int uses = 1;

    @Option(
        names = "--expires",
        paramLabel = "TIME",
        defaultValue = "24h",
        description = "How long it works, as in 90m, 24h, 7d (default: 24h).")
    private String expires = "24h";

    @Option(
        names = "--key",
        paramLabel = "KEY",
        description =
            "Binds it to one key: the hex SHA-256 of the subject public key info, or a PEM file with a"
                + " public key, a certification request or a certificate.")
    private Optional<String> key = Optional.empty();

    @Option(
        names = "--device",
        paramLabel = "ID",
        description = {
          "Binds it to a device, by its serial number for instance: the request must name it, as the whole"
              + " value of a serialNumber, CN or UID of its subject or of a dns:, uri: or email: name"
              + " (repeatable: any of them)."
        })
    private List<String> devices = new ArrayList<>();

    @Option(
        names = "--network",
        paramLabel = "CIDR",
        description = "Where requests may come from, as in 10.1.0.0/16 (repeatable).")
    private List<String> networks = new ArrayList<>();

    @Option(
        names = "--secret-out",
        paramLabel = "FILE",
        description = "Writes the secret to this file (mode 0600) and does not show it.")
    private Optional<Path> secretOut = Optional.empty();

    @Override
    String command() {
      return "credential.create";
    }

    @Override
    void fill(ObjectNode arguments) {
      id.ifPresent(value -> arguments.put("id", value));
      subject.ifPresent(value -> arguments.put("subject", value));
      arguments.set("sans", Json.texts(sans));
      arguments.set("allowSubjects", Json.texts(allowSubjects));
      arguments.set("allowSans", Json.texts(allowSans));
      arguments.put("profile", profile);
      arguments.set("endpoints", Json.texts(endpoints));
      arguments.put("uses", uses);
      arguments.put("lifetimeSeconds", Lifetime.parse(expires).toSeconds());
      key.ifPresent(value -> arguments.put("keySha256", KeyFingerprint.of(value)));
      arguments.set("devices", Json.texts(devices));
      arguments.set("networks", Json.texts(networks));
    }

    @Override
    JsonNode received(JsonNode result) {
      if (secretOut.isEmpty()) {
        return result;
      }
      DurableFile.write(
          secretOut.get(), result.path("secret").asText() + "\n", DurableFile.Access.PRIVATE);
      ObjectNode shown = result.deepCopy();
      return shown.without("secret");
    }

    @Override
    void show(JsonNode result, Terminal terminal) {
      terminal.result("id       " + result.path("id").asText());
      if (secretOut.isPresent()) {
        terminal.result("secret   in " + secretOut.get());
      } else {
        terminal.result("secret   " + result.path("secret").asText());
      }
      terminal.result("names    " + entitled(result));
      terminal.result("expires  " + result.path("expiresAt").asText());
      if (secretOut.isEmpty()) {
        terminal.note("the secret is shown this once; only the device should keep it");
      }
    }
  }

  /// One credential, without its secret.
  @Command(
      name = "show",
      description = "Shows one credential, without its secret.",
      footer = {"", "Example:", "  chancery credential show shop-floor"})
  static final class Show extends ServerCommand {
    @Parameters(paramLabel = "ID", description = "The credential's id.")
    private String id = "";

    @Override
    String command() {
      return "credential.show";
    }

    @Override
    void fill(ObjectNode arguments) {
      arguments.put("id", id);
    }

    @Override
    void show(JsonNode result, Terminal terminal) {
      terminal.result("id         " + result.path("id").asText());
      terminal.result("state      " + result.path("state").asText());
      terminal.result("names      " + entitled(result));
      terminal.result("profile    " + result.path("profile").asText());
      terminal.result("endpoints  " + everywhere(result));
      terminal.result("uses left  " + left(result));
      if (result.has("keySha256")) {
        terminal.result("key        " + result.path("keySha256").asText());
      }
      if (!result.path("devices").isEmpty()) {
        terminal.result("devices    " + Terminal.printable(joined(result.path("devices"))));
      }
      if (!result.path("networks").isEmpty()) {
        terminal.result("networks   " + joined(result.path("networks")));
      }
      terminal.result("created    " + result.path("createdAt").asText());
      terminal.result("expires    " + result.path("expiresAt").asText());
    }
  }

  /// The newest credentials.
  @Command(
      name = "list",
      description = "Lists credentials, newest first.",
      footer = {"", "Example:", "  chancery credential list --output json"})
  static final class All extends ServerCommand {
    @Mixin private Limit limit = new Limit();

    @Override
    String command() {
      return "credential.list";
    }

    @Override
    void fill(ObjectNode arguments) {
      limit.fill(arguments);
    }

    @Override
    void show(JsonNode result, Terminal terminal) {
      Table table =
          new Table("ID", "STATE", "USES LEFT", "EXPIRES", "PROFILE", "ENDPOINTS", "NAMES");
      for (JsonNode credential : result.path("credentials")) {
        table.add(
            credential.path("id").asText(),
            credential.path("state").asText(),
            left(credential),
            credential.path("expiresAt").asText(),
            credential.path("profile").asText(),
            everywhere(credential),
            entitled(credential));
      }
      table.print(terminal);
      noteMore(result, terminal);
    }
  }

  /// Makes a credential useless.
  @Command(
      name = "revoke",
      description = "Revokes a credential. Certificates that it yielded stay valid.",
      footer = {"", "Example:", "  chancery credential revoke shop-floor"})
  static final class Revoke extends ServerCommand {
    @Parameters(paramLabel = "ID", description = "The credential's id.")
    private String id = "";

    @Override
    String command() {
      return "credential.revoke";
    }

    @Override
    void fill(ObjectNode arguments) {
      arguments.put("id", id);
    }

    @Override
    void show(JsonNode result, Terminal terminal) {
      terminal.result("revoked " + result.path("id").asText());
    }
  }

  private static String left(JsonNode credential) {
    return credential.path("usesLeft").asLong() + " of " + credential.path("uses").asLong();
  }

  private static String everywhere(JsonNode credential) {
    String endpoints = ServerCommand.joined(credential.path("endpoints"));
    return endpoints.isEmpty() ? "all" : endpoints;
  }

  private static String entitled(JsonNode credential) {
    if (!credential.has("allowSubjects")) {
      return Terminal.printable(ServerCommand.names(credential));
    }
    String subjects = ServerCommand.joined(credential.path("allowSubjects"));
    String sans = ServerCommand.joined(credential.path("allowSans"));
    return Terminal.printable("within " + subjects + (sans.isEmpty() ? "" : " [" + sans + "]"));
  }
}
