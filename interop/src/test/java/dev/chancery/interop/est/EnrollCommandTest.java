package dev.chancery.interop.est;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chancery.est.wire.CertificationRequestTemplate;
import dev.chancery.est.wire.CertificationRequestTemplate.SingleAttribute;
import dev.chancery.est.wire.CertificationRequestTemplate.Subject;
import dev.chancery.est.wire.CsrAttribute;
import dev.chancery.est.wire.CsrAttributes;
import dev.chancery.interop.Program;
import dev.chancery.interop.Requirement;
import dev.chancery.interop.est.HostilePeer.Reply;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.key.KeyPairs;
import dev.chancery.pki.key.KeyType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// `chancery enroll est` as a process of its own, before a hostile peer: what it says, what it ends
/// with, and what is on disk then.
@Requirement("EST-270")
class EnrollCommandTest extends HostileClientSetup {
  @TempDir private Path folder = Path.of("");

  /// Something that goes wrong.
  ///
  /// @param code the word that stays the same
  record Trouble(String name, int exitCode, String code, Consumer<EnrollCommandTest> switchedOn) {
    @Override
    public String toString() {
      return name;
    }
  }

  private static Trouble on(
      String name, int exitCode, String code, String operation, HostilePeer.Turn turn) {
    return new Trouble(name, exitCode, code, test -> test.peer.on(operation, turn));
  }

  static Stream<Trouble> troubles() {
    return Stream.of(
        on("endless 202", 3, "decide", "simpleenroll", r -> Reply.of(202, "Retry-After", "1")),
        on(
            "ANSI escapes in the error text",
            4,
            "refused",
            "simpleenroll",
            r -> Reply.of(403).with("\u001b[2J\u001b[31mno\u0007")),
        new Trouble(
            "a foreign server",
            5,
            "server-untrusted",
            test -> {
              HostileAuthority foreign = HostileAuthority.root("CN=Foreign");
              test.replacePeer(HostilePeer.start(foreign));
              // Its cacerts answer still has the right fingerprint.
              test.peer.on("cacerts", r -> HostilePeer.certificates(test.authority.certificate()));
            }),
        on(
            "an answer cut short",
            6,
            "unreachable",
            "simpleenroll",
            r -> HostilePeer.certificates().with("MIIB").with(HostilePeer.Framing.CUT_SHORT)),
        on(
            "a web page",
            7,
            "web-page",
            "simpleenroll",
            r -> Reply.of(502, "Content-Type", "text/html").with("<h1>Bad gateway</h1>")),
        on(
            "a redirect away from HTTPS",
            8,
            "redirect-refused",
            "simpleenroll",
            r -> Reply.of(307, "Location", "http://localhost/.well-known/est/simpleenroll")),
        on(
            "the wrong fingerprint",
            9,
            "fingerprint-mismatch",
            "cacerts",
            r -> HostilePeer.certificates(HostileAuthority.root("CN=Root").certificate())),
        new Trouble(
            "a certificate for another key",
            10,
            "certificate-for-another-key",
            test -> {
              var other = HostileAuthority.publicKey(KeyPairs.generate(KeyType.P_256));
              test.peer.on(
                  "simpleenroll",
                  r -> HostilePeer.certificates(test.authority.issue(NAMES, other)));
            }),
        on(
            "a foreign issuer",
            11,
            "certificate-untrusted",
            "simpleenroll",
            r ->
                HostilePeer.certificates(
                    HostileAuthority.root("CN=Root")
                        .issue(NAMES, r.request().template().subjectPublicKey()))),
        on(
            "a scheme that nobody knows",
            12,
            "authentication-unsupported",
            "simpleenroll",
            r -> Reply.of(401, "WWW-Authenticate", "Negotiate")));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("troubles")
  void eachTroubleHasAnExitCodeOfItsOwnAndLeavesNothingHalfWritten(Trouble trouble)
      throws IOException {
    trouble.switchedOn().accept(this);

    Program.Result result = enroll("--wait", "--wait-limit", "2s");

    assertThat(result.exitCode()).as(result.errors()).isEqualTo(trouble.exitCode());
    assertThat(result.errors()).contains(trouble.code()).doesNotContain("\u001b", "s3cret");
    assertThat(result.text()).isEmpty();
    assertThat(device().resolve("cert.pem")).doesNotExist();
    assertThat(leftOver()).isEmpty();
  }

  @Test
  void withoutTroubleTheCertificateIsThere() throws IOException {
    Program.Result result = enroll("--output", "json").succeeded();

    assertThat(result.text()).contains("\"state\" : \"issued\"");
    assertThat(Certificate.parsePem(Files.readString(device().resolve("cert.pem"))))
        .singleElement()
        .satisfies(one -> assertThat(one.names()).isEqualTo(NAMES));
    assertThat(leftOver()).isEmpty();
  }

  @Test
  @Requirement("EST-199")
  void whatTheServerDemandsAndNobodyHasEndsItBeforeThereIsAKey() {
    var serialNumber = new SingleAttribute("2.5.4.5", Optional.empty());
    var template =
        CertificationRequestTemplate.of(
            Optional.of(new Subject(List.of(List.of(serialNumber)))), Optional.empty(), List.of());
    byte[] attributes = new CsrAttributes(List.of(new CsrAttribute.Template(template))).encode();
    peer.on(
        "csrattrs",
        request ->
            Reply.of(200, "Content-Type", "application/csrattrs")
                .with(HostilePeer.base64(attributes, 64, "\n")));

    Program.Result result = enroll();

    assertThat(result.exitCode()).isEqualTo(12);
    assertThat(result.errors()).contains("attributes-unmet").contains("in the subject");
    assertThat(device()).doesNotExist();
  }

  @Test
  @Requirement({"EST-065", "EST-066", "EST-260"})
  void fromTheSystemsAnchorsOnTheHandshakeSaysWhomTheClientTrusts() throws Exception {
    Path system = folder.resolve("system.p12");
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    store.setCertificateEntry("root", authority.certificate().toX509());
    try (var out = Files.newOutputStream(system)) {
      store.store(out, "changeit".toCharArray());
    }

    enroll(
            List.of(
                "-Djavax.net.ssl.trustStore=" + system,
                "-Djavax.net.ssl.trustStorePassword=changeit"),
            List.of("--system-anchors"))
        .succeeded();

    assertThat(peer.received("cacerts")).hasSize(1);
    assertThat(peer.namedAuthorities()).isNotEmpty().containsOnly("CN=Root");
    assertThat(Certificate.parsePem(Files.readString(device().resolve("ca.pem"))))
        .containsExactly(authority.certificate());
  }

  @Test
  @Requirement({"EST-084", "EST-105"})
  void aRenewalMayAskForOtherNames() throws IOException {
    enroll().succeeded();

    run("enroll", "est", peer.url(), "--renew", "--out", device().toString()).succeeded();
    run(
            "enroll",
            "est",
            peer.url(),
            "--renew",
            "--change-subject",
            "CN=device-2",
            "--change-san",
            "dns:device-2.example",
            "--out",
            device().toString())
        .succeeded();

    var request = peer.received("simplereenroll").getLast().request();
    assertThat(request.template().names()).isEqualTo(NAMES);
    assertThat(Certificate.parsePem(Files.readString(device().resolve("cert.pem"))).getFirst())
        .satisfies(
            one -> assertThat(one.names()).hasToString("CN=device-2 [dns:device-2.example]"));
  }

  private Path device() {
    return folder.resolve("device");
  }

  /// Files that only a write under way would have.
  private List<Path> leftOver() throws IOException {
    if (!Files.exists(device())) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(device())) {
      return files
          .filter(file ->
              !List.of("key.pem", "cert.pem", "ca.pem").contains(file.getFileName().toString()))
          .toList();
    }
  }

  private Program.Result enroll(String... more) {
    List<String> arguments =
        new ArrayList<>(List.of("--fingerprint", authority.certificate().sha256Hex()));
    arguments.addAll(List.of(more));
    return enroll(List.of(), arguments);
  }

  private Program.Result enroll(List<String> jvm, List<String> more) {
    try {
      Path secret = Files.writeString(folder.resolve("secret"), CREDENTIAL.secret());
      List<String> arguments =
          new ArrayList<>(
              List.of(
                  "enroll",
                  "est",
                  peer.url(),
                  "--credential",
                  CREDENTIAL.id(),
                  "--secret-file",
                  secret.toString(),
                  "--subject",
                  "CN=device-1",
                  "--san",
                  "dns:device-1.example",
                  "--out",
                  device().toString()));
      arguments.addAll(more);
      return run(jvm, arguments);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Program.Result run(String... arguments) {
    return run(List.of(), List.of(arguments));
  }

  private Program.Result run(List<String> jvm, List<String> arguments) {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED",
                "-Dstdout.encoding=UTF-8",
                "-cp",
                System.getProperty("java.class.path")));
    command.addAll(jvm);
    command.add("dev.chancery.cli.Main");
    command.addAll(arguments);
    return Program.run(folder, new byte[0], command);
  }
}
