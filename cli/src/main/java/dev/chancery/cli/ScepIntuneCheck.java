package dev.chancery.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.chancery.configuration.ConfigurationException;
import dev.chancery.pki.MalformedException;
import dev.chancery.pki.request.CertificationRequest;
import dev.chancery.server.admin.Json;
import dev.chancery.server.configuration.Configuration;
import dev.chancery.server.configuration.Configuration.Decider;
import dev.chancery.server.configuration.Configuration.Decision;
import dev.chancery.server.scep.intune.IntuneCheck;
import dev.chancery.server.scep.intune.IntuneSettings;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `chancery scep intune-check`: walks the way that each request to an Intune endpoint goes.
@Command(
    name = "intune-check",
    footer = {
      "",
      "Examples:",
      "  chancery scep intune-check",
      "  chancery scep intune-check --endpoint scep/laptops --request device.csr --output json"
    },
    description = {
      "Tries the settings of an endpoint where Microsoft Intune decides: gets a token, looks the "
          + "service up, and lets it validate a request. Reads chancery.yaml in the data folder; the "
          + "server need not run. Nothing is issued.",
      "Without --request, the request has a made-up challenge, which Intune has to refuse.",
      "Exits with 1 if something is wrong, and says at which step."
    })
final class ScepIntuneCheck extends Subcommand implements Callable<Integer> {
  @Option(
      names = "--endpoint",
      paramLabel = "NAME",
      description = "The endpoint (default: the only one where Intune decides).")
  private Optional<String> endpoint = Optional.empty();

  @Option(
      names = "--request",
      paramLabel = "FILE",
      description = "PKCS#10 that a device made with a challenge of Intune's, PEM or DER.")
  private Optional<Path> request = Optional.empty();

  @Override
  public Integer call() throws ConfigurationException {
    Configuration configuration = Configuration.load(chancery().data().resolve("chancery.yaml"));
    Chosen chosen = chosen(configuration.deviceManagement().decisions());
    List<IntuneCheck.Step> steps =
        IntuneCheck.run(chosen.settings(), Clock.systemUTC(), request.map(ScepIntuneCheck::read));
    show(chosen.endpoint(), steps);
    return steps.stream().allMatch(IntuneCheck.Step::good) ? ExitCode.DONE : ExitCode.FAILED;
  }

  private record Chosen(String endpoint, IntuneSettings settings) {}

  private Chosen chosen(List<Decision> decisions) {
    List<Chosen> candidates =
        decisions.stream()
            .filter(decision -> endpoint.isEmpty() || decision.endpoint().equals(endpoint.get()))
            .flatMap(decision ->
                decision.decider() instanceof Decider.Intune(IntuneSettings settings)
                    ? java.util.stream.Stream.of(new Chosen(decision.endpoint(), settings))
                    : java.util.stream.Stream.empty())
            .toList();
    if (candidates.size() == 1) {
      return candidates.getFirst();
    }
    throw candidates.isEmpty()
        ? FailedException.usage(
            endpoint
                .map(name -> "Intune decides nothing at " + name)
                .orElse("Intune decides nowhere"),
            "set scep.endpoints[].decision.intune in chancery.yaml; docs/scep.md says how")
        : FailedException.usage(
            "Intune decides at more than one endpoint",
            "choose with --endpoint: "
                + String.join(", ", candidates.stream().map(Chosen::endpoint).toList()));
  }

  private static CertificationRequest read(Path file) {
    try {
      byte[] bytes = Files.readAllBytes(file);
      return CertificationRequest.parse(bytes.length > 0 && bytes[0] == '-' ? der(bytes) : bytes);
    } catch (IOException e) {
      throw FailedException.usage("cannot read " + file, "check the name");
    } catch (MalformedException e) {
      throw FailedException.usage(file + ": " + e.safeMessage(), "give a PKCS#10 request");
    }
  }

  private static byte[] der(byte[] pem) {
    String text = new String(pem, StandardCharsets.US_ASCII);
    try {
      return Base64.getMimeDecoder().decode(text.replaceAll("-----[A-Z ]+-----", ""));
    } catch (IllegalArgumentException e) {
      throw new MalformedException("this is no PEM", e);
    }
  }

  private void show(String name, List<IntuneCheck.Step> steps) {
    Terminal terminal = chancery().terminal();
    if (chancery().json()) {
      ObjectNode json = Json.object().put("endpoint", name);
      ArrayNode list = json.putArray("steps");
      for (IntuneCheck.Step step : steps) {
        list.addObject()
            .put("step", step.name())
            .put("ok", step.good())
            .put("code", step.code())
            .put("what", step.what())
            .put("hint", step.hint());
      }
      terminal.result(json);
      return;
    }
    for (IntuneCheck.Step step : steps) {
      terminal.result(
          (step.good() ? "ok: " : "wrong: ")
              + step.name()
              + ": "
              + Terminal.printable(step.what())
              + (step.good() ? "" : " (" + step.code() + ")"));
      if (!step.hint().isEmpty()) {
        terminal.result("  " + Terminal.printable(step.hint()));
      }
    }
  }
}
