package dev.chancery.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.chancery.server.admin.AdminSocket;
import dev.chancery.server.admin.Json;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The operator's commands against a real server, through its admin socket.
final class OperatorTest {
  @TempDir private Path folder = Path.of("");
  private RunningServer server;

  @BeforeEach
  void start() throws IOException {
    server = RunningServer.in(folder);
  }

  @AfterEach
  void stop() {
    server.close();
  }

  @Test
  void aNewCredentialTellsItsIdAndSecretOnce() {
    JsonNode created =
        server.json("credential", "create", "--subject", "CN=x", "--san", "dns:x.example");

    assertThat(created.path("id").asText()).isNotEmpty();
    assertThat(created.path("secret").asText()).hasSize(26);
    assertThat(created.path("usesLeft").asInt()).isEqualTo(1);
    JsonNode shown = server.json("credential", "show", created.path("id").asText());
    assertThat(shown.has("secret")).isFalse();
    assertThat(shown.path("state").asText()).isEqualTo("active");
  }

  @Test
  void aSecretGoesIntoAFileForItsOwnerAlone() throws IOException {
    Path file = folder.resolve("x.secret");

    JsonNode created =
        server.json("credential", "create", "--subject", "CN=x", "--secret-out", file.toString());

    assertThat(created.has("secret")).isFalse();
    assertThat(Files.readString(file)).hasSize(27);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
  }

  @Test
  void anIssuerIsLedToItsNextGenerationStepByStep() {
    JsonNode dry = server.json("ca", "prepare", "issuing", "--new-root", "--dry-run");
    assertThat(dry.path("dryRun").asBoolean()).isTrue();
    assertThat(generations()).hasSize(1);

    assertThat(step("prepare", "--new-root").path("state").asText()).isEqualTo("prepared");
    assertThat(step("announce").path("state").asText()).isEqualTo("announced");
    String inAMonth = java.time.LocalDate.now(java.time.ZoneOffset.UTC).plusDays(30).toString();
    JsonNode later = step("activate", "--at", inAMonth);
    assertThat(later.path("state").asText()).isEqualTo("announced");
    assertThat(later.path("activeFrom").asText()).isEqualTo(inAMonth + "T00:00:00Z");
    JsonNode active = step("activate");
    assertThat(active.path("id").asText()).isEqualTo("issuing.2");
    assertThat(active.path("state").asText()).isEqualTo("active");
    assertThat(active.path("keyHere").asBoolean()).isTrue();
    assertThat(step("retire", "--generation", "1", "--force").path("state").asText())
        .isEqualTo("retired");
    assertThat(generations())
        .extracting(one -> one.path("state").asText())
        .containsExactly("retired", "active");
  }

  private JsonNode step(String step, String... options) {
    List<String> arguments = new java.util.ArrayList<>(List.of("ca", step, "issuing"));
    arguments.addAll(List.of(options));
    return server.json(arguments.toArray(String[]::new)).path("generation");
  }

  private JsonNode generations() {
    return server.json("ca", "list").path("issuers").get(0).path("generations");
  }

  @Test
  void aStandingCredentialShowsItsPatterns() {
    server.json(
        "credential",
        "create",
        "--id",
        "shop-floor",
        "--allow-subject",
        "CN=*",
        "--allow-san",
        "dns:*.factory.example",
        "--uses",
        "5");

    var list = server.run("credential", "list");

    assertThat(list.out())
        .contains("shop-floor")
        .contains("5 of 5")
        .contains("within CN=* [dns:*.factory.example]");
  }

  @Test
  void anUnknownProfileOrEndpointIsRefusedWithThoseThereAre() {
    var profile = server.run("credential", "create", "--subject", "CN=x", "--profile", "devise");
    var endpoint = server.run("credential", "create", "--subject", "CN=x", "--endpoint", "cmp");

    assertThat(profile.exitCode()).isEqualTo(1);
    assertThat(profile.err())
        .contains("refused (not-found): there is no profile \"devise\"")
        .contains("device");
    assertThat(endpoint.exitCode()).isEqualTo(1);
    assertThat(endpoint.err())
        .contains("there is no endpoint \"cmp\"")
        .contains("hint: there are est");
  }

  @Test
  void aRevokedCredentialIsShownAsSuch() {
    String id = server.json("credential", "create", "--subject", "CN=x").path("id").asText();

    server.json("credential", "revoke", id);

    assertThat(server.json("credential", "show", id).path("state").asText()).isEqualTo("revoked");
    assertThat(server.run("credential", "revoke", id).exitCode()).isEqualTo(1);
  }

  @Test
  void anEditedEntryOfTheAuditIsNamed() throws Exception {
    server.json("credential", "create", "--id", "audited", "--subject", "CN=x");
    try (Connection database =
            DriverManager.getConnection("jdbc:sqlite:" + server.data().resolve("ledger.db"));
        Statement statement = database.createStatement()) {
      assertThat(
              statement.executeUpdate(
                  "UPDATE audit SET actor = 'nobody' WHERE details LIKE '%audited%'"))
          .isEqualTo(1);
    }

    var verified = server.run("audit", "verify");

    assertThat(verified.exitCode()).isEqualTo(1);
    assertThat(verified.err()).contains("changed at entry ").contains("was edited");
  }

  @Test
  void aLedgerPutBackToAnOlderStateIsNamedByCheckpointsKeptElsewhere() throws Exception {
    Path copy = folder.resolve("checkpoints.log");
    server.close();
    // Stopping has signed the end; that a syslog server has put something before it does no harm.
    String kept = Files.readString(server.data().resolve("audit-checkpoints.log"));
    Files.writeString(
        copy,
        "unrelated line\n"
            + kept.lines().map(line -> "host chancery[7]: " + line + "\n").toList().getLast());
    assertThat(server.run("audit", "verify", "--anchors", copy.toString()).out())
        .contains("of them kept elsewhere");

    try (Connection database =
            DriverManager.getConnection("jdbc:sqlite:" + server.data().resolve("ledger.db"));
        Statement statement = database.createStatement()) {
      statement.execute("DELETE FROM audit WHERE sequence > 1");
      statement.execute("DELETE FROM audit_checkpoints");
      statement.execute("DELETE FROM certificates");
    }
    Files.delete(server.data().resolve("audit-checkpoints.log"));

    assertThat(server.run("audit", "verify").exitCode()).isZero();
    var verified = server.run("audit", "verify", "--anchors", copy.toString());
    assertThat(verified.exitCode()).isEqualTo(1);
    assertThat(verified.err())
        .contains("changed at entry 2")
        .contains("or an older state was restored")
        .contains("kept elsewhere");
    assertThat(server.run("audit", "verify", "--anchors", folder.resolve("none").toString()).err())
        .contains("cannot read");
    Files.writeString(copy, "nothing of the kind\n");
    assertThat(server.run("audit", "verify", "--anchors", copy.toString()).err())
        .contains("there is no checkpoint in");
  }

  @Test
  void aCertificateIsFoundByEachOfItsTraitsAndExportedAndRevoked() {
    var device = server.device(folder);
    device.enroll(server.fingerprint());
    String serial = device.files().leaf().serialNumber().toString();

    assertThat(found("--subject", "DEVICE-1")).contains(serial);
    assertThat(found("--san", "device-1.exam")).contains(serial);
    assertThat(found("--serial", serial)).contains(serial);
    assertThat(found("--requester", "credential:" + device.credential())).contains(serial);
    assertThat(found("--expires-within", "91d")).contains(serial);
    assertThat(found("--expires-within", "1h")).doesNotContain(serial);
    assertThat(found("--expires-before", "2020-01-01")).isEmpty();
    assertThat(server.run("cert", "export", serial).out().strip())
        .isEqualTo(device.files().leaf().toPem().strip());
    server.json("cert", "revoke", serial, "--reason", "superseded");
    assertThat(server.json("cert", "show", serial).path("state").asText()).isEqualTo("revoked");
    assertThat(device.renew().exitCode()).isEqualTo(4);
  }

  private List<String> found(String option, String value) {
    return server
        .json("cert", "list", option, value)
        .path("certificates")
        .findValuesAsText("serial");
  }

  @Test
  void theAuditNamesTheOperatorAndVerifiesWithAndWithoutTheServer() {
    server.json("credential", "create", "--id", "audited", "--subject", "CN=x");

    JsonNode entry = server.json("audit", "list", "--limit", "1").path("entries").path(0);
    assertThat(entry.path("action").asText()).isEqualTo("credential-created");
    assertThat(entry.path("actor").asText()).isEqualTo("operator");
    assertThat(server.json("audit", "verify").path("intact").asBoolean()).isTrue();

    server.close();

    JsonNode offline = server.json("audit", "verify");
    assertThat(offline.path("intact").asBoolean()).isTrue();
    assertThat(offline.path("checkpoints").asInt()).isPositive();
  }

  @Test
  void theRootsFingerprintIsPrintedForPasting() {
    var run = server.run("ca", "show", "--fingerprint");

    assertThat(run.out().replace(":", "").strip()).isEqualToIgnoringCase(server.fingerprint());
  }

  @Test
  void theConfigurationIsCheckedAndShownWithoutTheServer() throws IOException {
    assertThat(server.run("config", "check").exitCode()).isZero();
    assertThat(server.run("config", "show").out()).contains("idle-timeout");
    Path wrong = Files.writeString(folder.resolve("wrong.yaml"), "server: {tls: {prot: 1}}\n");

    var run = server.run("config", "check", "--file", wrong.toString());

    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err()).contains("server.tls.prot").contains("port");
  }

  @Test
  void aDataFolderWithTooLongAPathIsExplained() {
    var run = CommandLineRun.of("ca", "show", "--data", "/tmp/" + "x".repeat(120));

    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err()).contains("choose a shorter data folder");
  }

  @Test
  void theSocketIsForItsOwnerAlone() throws IOException {
    assertThat(
            PosixFilePermissions.toString(
                Files.getPosixFilePermissions(AdminSocket.in(server.data()))))
        .isEqualTo("rw-------");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"command\":\"ca.sho\"}",
        "{\"command\":\"ca.show\",\"arguments\":{\"isuer\":\"x\"}}",
        "{\"command\":\"ca.show\",\"extra\":1}",
        "{\"command\":\"cert.list\",\"arguments\":{\"limit\":\"many\"}}",
        "{\"command\":\"cert.list\",\"arguments\":{\"limit\":0}}",
        "{\"command\":\"ca.show\",\"command\":\"ca.show\"}",
        "{\"command\":\"ca.show\"} x",
        "[]",
        "",
        "not json"
      })
  void aRequestThatIsNotOneIsAnsweredWithAnError(String line) throws IOException {
    try (SocketChannel connection = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      connection.connect(UnixDomainSocketAddress.of(AdminSocket.in(server.data())));
      connection.write(ByteBuffer.wrap((line + "\n").getBytes(StandardCharsets.UTF_8)));
      var in = new BufferedReader(Channels.newReader(connection, StandardCharsets.UTF_8));

      JsonNode reply = Json.parse(in.readLine());

      assertThat(reply.path("error").path("code").asText()).isIn("malformed", "not-found");
      assertThat(reply.path("error").path("what").asText()).isNotEmpty();
    }
  }
}
