package dev.chancery.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.chancery.pki.MalformedException;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.certificate.SerialNumber;
import dev.chancery.pki.cms.MessageKey;
import dev.chancery.pki.key.KeyType;
import dev.chancery.scep.client.AcceptedAlgorithms;
import dev.chancery.scep.client.Authorities;
import dev.chancery.scep.client.Diagnosis;
import dev.chancery.scep.client.Enrollment;
import dev.chancery.scep.client.ScepClient;
import dev.chancery.scep.client.ScepClientException;
import dev.chancery.scep.client.Trust;
import dev.chancery.scep.responder.ChallengeStrength;
import dev.chancery.scep.wire.IssuerAndSerial;
import dev.chancery.server.admin.Json;
import java.net.URI;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `chancery scep …`: SCEP's single operations, against any server.
@Command(
    name = "scep",
    description = "Asks a SCEP server single questions, and tells what is wrong with it.",
    subcommands = {
      ScepCommands.Caps.class,
      ScepCommands.CaCert.class,
      ScepCommands.NextCa.class,
      ScepCommands.Poll.class,
      ScepCommands.GetCert.class,
      ScepCommands.GetCrl.class,
      ScepCommands.Diagnose.class,
      ScepCommands.Challenge.class,
      ScepIntuneCheck.class
    })
final class ScepCommands extends CommandGroup {
  static ScepClient client(String url, boolean weakAlgorithms, Terminal terminal) {
    try {
      return new ScepClient(
          URI.create(url),
          weakAlgorithms ? AcceptedAlgorithms.WEAK : AcceptedAlgorithms.MODERN,
          ScepEnroll.TIMEOUT,
          Clock.systemUTC(),
          warning -> terminal.note("warning: " + warning.text()));
    } catch (MalformedException | IllegalArgumentException e) {
      throw FailedException.usage(
          "\"" + url + "\" is no SCEP endpoint", "write it like http://ca.example:8080/scep");
    }
  }

  static KeyType keyType(String id) {
    try {
      return KeyType.parse(id);
    } catch (MalformedException e) {
      throw FailedException.usage("\"" + id + "\" is no key type", e.safeMessage());
    }
  }

  /// By fingerprint, else by what is stored.
  static Trust trust(Optional<String> fingerprint, Optional<List<Certificate>> stored) {
    if (fingerprint.isPresent()) {
      try {
        return Trust.Fingerprint.parse(fingerprint.get());
      } catch (MalformedException e) {
        throw FailedException.usage(
            "--fingerprint: " + e.safeMessage(), "see it on the server: chancery ca show");
      }
    }
    return new Trust.Anchors(
        stored.orElseThrow(() ->
            FailedException.usage(
                "there is nothing to check the server by: no --fingerprint, and no stored CA",
                "see the fingerprint on the server: chancery ca show")));
  }

  /// Runs `question`; what the client says becomes a message with a hint.
  static <T> T explained(Supplier<T> question) {
    try {
      return question.get();
    } catch (ScepClientException e) {
      String hint =
          switch (e) {
            case ScepClientException.Refused refused ->
                switch (refused.failInfo()) {
                  case BAD_REQUEST ->
                      "is the credential's challenge ID:SECRET right, unused, and for these names?";
                  case BAD_ALG -> "the server wants other algorithms or another kind of key";
                  case BAD_CERT_ID -> "the server knows no such certificate or request";
                  case BAD_TIME -> "compare this machine's clock with the server's";
                  case BAD_MESSAGE_CHECK -> "something on the way changes messages";
                };
            case ScepClientException.Untrusted untrusted ->
                "compare with what the server shows: chancery ca show";
            case ScepClientException.Unavailable unavailable ->
                unavailable
                    .retryAfter()
                    .map(wait -> "try again in " + wait.toSeconds() + " s")
                    .orElse("try again later");
            case ScepClientException.Transport transport ->
                "is the address right, and does the server run? try: chancery scep diagnose URL";
          };
      throw new FailedException(String.valueOf(e.getMessage()), hint, exitCode(e), e);
    }
  }

  /// Another one for each failInfo (SCEP-125).
  private static int exitCode(ScepClientException e) {
    return switch (e) {
      case ScepClientException.Refused refused ->
          switch (refused.failInfo()) {
            case BAD_REQUEST -> ExitCode.REFUSED;
            case BAD_ALG -> ExitCode.ALGORITHM_REFUSED;
            case BAD_MESSAGE_CHECK -> ExitCode.MESSAGE_CHANGED;
            case BAD_TIME -> ExitCode.TIME_REFUSED;
            case BAD_CERT_ID -> ExitCode.NOT_FOUND;
          };
      case ScepClientException.Untrusted untrusted -> ExitCode.SERVER_UNTRUSTED;
      case ScepClientException.Unavailable unavailable -> ExitCode.UNAVAILABLE;
      case ScepClientException.Transport transport -> ExitCode.TRANSPORT;
    };
  }

  /// What all of these commands have.
  abstract static class Question extends Subcommand implements Callable<Integer> {
    @Parameters(
        paramLabel = "URL",
        description = "The endpoint, such as http://ca.example:8080/scep.")
    private String url = "";

    ScepClient client() {
      return ScepCommands.client(url, false, chancery().terminal());
    }

    void result(Certificate certificate) {
      if (chancery().json()) {
        chancery().terminal().result(described(certificate));
      } else {
        chancery().terminal().result(certificate.toPem().stripTrailing());
      }
    }

    static ObjectNode described(Certificate certificate) {
      ObjectNode json = Json.object();
      json.put("subject", certificate.subject().toString());
      json.put("issuer", certificate.issuer().toString());
      json.put("serial", certificate.serialNumber().toString());
      json.put("notAfter", certificate.notAfter().toString());
      json.put("sha256", certificate.sha256Hex());
      json.put("ca", certificate.isCa());
      return json;
    }

    void results(List<Certificate> certificates) {
      if (chancery().json()) {
        ArrayNode list = Json.object().putArray("certificates");
        certificates.forEach(one -> list.add(described(one)));
        chancery().terminal().result(list);
      } else {
        certificates.forEach(this::result);
      }
    }
  }

  /// A question that only the CA's own clients may trust the answer of.
  abstract static class Trusting extends Question {
    @Option(
        names = "--fingerprint",
        paramLabel = "SHA256",
        description = "SHA-256 of the CA certificate to believe, hex, with or without colons.")
    private Optional<String> fingerprint = Optional.empty();

    @Option(
        names = "--out",
        paramLabel = "DIR",
        defaultValue = ".",
        description = "Where key.pem, cert.pem and ca.pem are (default: the current folder).")
    private Path out = Path.of(".");

    Path out() {
      return out;
    }

    DeviceFiles files() {
      return DeviceFiles.in(out);
    }

    Authorities authorities(ScepClient client) {
      return client.authorities(trust(fingerprint, files().storedAnchors()));
    }

    /// The device's certificate, with which it asks.
    MessageKey holder() {
      DeviceFiles files = files();
      return new MessageKey(files.leaf(), files.keyPair().getPrivate());
    }
  }

  /// GetCACaps.
  @Command(
      name = "caps",
      footer = {"", "Example:", "  chancery scep caps http://ca.example:8080/scep"},
      description = "Shows what the server says it can (GetCACaps). Nobody vouches for the answer.")
  static final class Caps extends Question {
    @Override
    public Integer call() {
      String text = explained(() -> client().capabilitiesText());
      if (chancery().json()) {
        chancery().terminal().result(Json.texts(text.lines().map(String::strip).toList()));
      } else {
        text.lines().forEach(line -> chancery().terminal().result(Terminal.printable(line)));
      }
      return ExitCode.DONE;
    }
  }

  /// GetCACert.
  @Command(
      name = "cacert",
      footer = {"", "Example:", "  chancery scep cacert http://ca.example:8080/scep"},
      description = {
        "Shows the certificates of the CA and its registration authority (GetCACert), as PEM.",
        "With --fingerprint only if the CA has it; otherwise nobody vouches for them."
      })
  static final class CaCert extends Question {
    @Option(
        names = "--fingerprint",
        paramLabel = "SHA256",
        description = "SHA-256 of the CA certificate to believe, hex, with or without colons.")
    private Optional<String> fingerprint = Optional.empty();

    @Override
    public Integer call() {
      ScepClient client = client();
      Trust trust =
          fingerprint.isPresent() ? trust(fingerprint, Optional.empty()) : new Trust.Nothing();
      results(
          explained(() ->
              trust instanceof Trust.Nothing
                  ? client.caCertificates()
                  : client.authorities(trust).all()));
      return ExitCode.DONE;
    }
  }

  /// GetNextCACert.
  @Command(
      name = "nextca",
      footer = {
        "",
        "Example:",
        "  chancery scep nextca http://ca.example:8080/scep --out device-1"
      },
      description = "Shows the next CA's certificates (GetNextCACert), signed by the current CA.")
  static final class NextCa extends Trusting {
    @Override
    public Integer call() {
      ScepClient client = client();
      Optional<List<Certificate>> next =
          explained(() -> client.nextCaCertificates(authorities(client)));
      if (next.isEmpty()) {
        throw new FailedException("the server has no next CA certificate", "");
      }
      results(next.get());
      return ExitCode.DONE;
    }
  }

  /// CertPoll.
  @Command(
      name = "poll",
      footer = {"", "Example:", "  chancery scep poll http://ca.example:8080/scep --out device-1"},
      description = {
        "Asks what became of the request that `enroll scep` left in --out (CertPoll), and shows the "
            + "certificate. It stores nothing: `enroll scep` again does.",
        "Exits with 3 while somebody has to decide."
      })
  static final class Poll extends Trusting {
    @Override
    public Integer call() {
      ScepEnroll.Waiting waiting =
          ScepEnroll.Waiting.in(out())
              .orElseThrow(() ->
                  new FailedException(
                      "no request waits in " + out(), "make one: chancery enroll scep URL …"));
      ScepClient client = client();
      MessageKey signer =
          client.selfSigned(waiting.request().template().names().subject(), files().keyPair());
      Enrollment enrollment =
          explained(() ->
              client.poll(authorities(client), signer, waiting.transactionId(), waiting.request()));
      return switch (enrollment) {
        case Enrollment.Issued issued -> {
          result(issued.certificate());
          yield ExitCode.DONE;
        }
        case Enrollment.Pending pending -> {
          chancery().terminal().note("an operator has to decide");
          yield ExitCode.PENDING;
        }
      };
    }
  }

  /// GetCert.
  @Command(
      name = "getcert",
      footer = {
        "",
        "Example:",
        "  chancery scep getcert http://ca.example:8080/scep 0190a1 --out device-1"
      },
      description =
          "Fetches a certificate by its serial number (GetCert), asking with the own one.")
  static final class GetCert extends Trusting {
    @Parameters(index = "1", paramLabel = "SERIAL", description = "Hex.")
    private String serial = "";

    @Override
    public Integer call() {
      ScepClient client = client();
      MessageKey holder = holder();
      IssuerAndSerial wanted = wanted(holder, serial);
      result(explained(() -> client.getCert(authorities(client), holder, wanted)));
      return ExitCode.DONE;
    }
  }

  /// GetCRL.
  @Command(
      name = "getcrl",
      footer = {
        "",
        "Example:",
        "  chancery scep getcrl http://ca.example:8080/scep --out device-1"
      },
      description =
          "Fetches the CRL of the own certificate's issuer (GetCRL), as SignedData in PEM.")
  static final class GetCrl extends Trusting {
    @Override
    public Integer call() {
      ScepClient client = client();
      MessageKey holder = holder();
      IssuerAndSerial wanted = wanted(holder, holder.certificate().serialNumber().toString());
      byte[] der =
          explained(() -> client.getCrl(authorities(client), holder, wanted)).toByteArray();
      chancery()
          .terminal()
          .result(
              "-----BEGIN PKCS7-----\n"
                  + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der)
                  + "\n-----END PKCS7-----");
      return ExitCode.DONE;
    }
  }

  private static IssuerAndSerial wanted(MessageKey holder, String serial) {
    try {
      return new IssuerAndSerial(holder.certificate().issuer(), SerialNumber.parse(serial));
    } catch (MalformedException e) {
      throw FailedException.usage("\"" + serial + "\": " + e.safeMessage(), "");
    }
  }

  /// What is wrong with a server.
  @Command(
      name = "diagnose",
      footer = {"", "Example:", "  chancery scep diagnose http://ca.example:8080/scep"},
      description = {
        "Tells in plain words what a SCEP server does wrong or weakly. Asks GetCACaps, GetCACert and "
            + "GetNextCACert only; changes nothing.",
        "Exits with 1 if something keeps clients from enrolling."
      })
  static final class Diagnose extends Question {
    @Override
    public Integer call() {
      ScepClient client = client();
      List<Diagnosis.Finding> findings =
          explained(() -> Diagnosis.of(client, Clock.systemUTC().instant()));
      Terminal terminal = chancery().terminal();
      if (chancery().json()) {
        ArrayNode list = Json.object().putArray("findings");
        for (Diagnosis.Finding finding : findings) {
          list.addObject()
              .put("severity", finding.severity().id())
              .put("what", finding.what())
              .put("hint", finding.hint());
        }
        terminal.result(list);
      } else {
        for (Diagnosis.Finding finding : findings) {
          terminal.result(finding.severity().id() + ": " + Terminal.printable(finding.what()));
          if (!finding.hint().isEmpty()) {
            terminal.result("  " + finding.hint());
          }
        }
      }
      return findings.stream().anyMatch(one -> one.severity() == Diagnosis.Severity.BROKEN)
          ? ExitCode.FAILED
          : ExitCode.DONE;
    }
  }

  /// A challenge that devices may share.
  @Command(
      name = "challenge",
      footer = {"", "Example:", "  chancery scep challenge > phones.secret"},
      description = {
        "Makes a random challenge password of 130 bits, for the file of an endpoint's "
            + "static-challenge. It is stored nowhere.",
        "Rather give each device a credential of its own: chancery credential create."
      })
  static final class Challenge extends Subcommand implements Callable<Integer> {
    @Override
    public Integer call() {
      String challenge = ChallengeStrength.fresh();
      if (chancery().json()) {
        chancery().terminal().result(Json.object().put("challenge", challenge));
      } else {
        chancery().terminal().result(challenge);
      }
      return ExitCode.DONE;
    }
  }
}
