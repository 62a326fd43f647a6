package dev.chancery.server.scep.intune;

import dev.chancery.pki.key.KeyPairs;
import dev.chancery.pki.key.KeyType;
import dev.chancery.pki.name.SubjectNames;
import dev.chancery.pki.request.CertificationRequest;
import dev.chancery.pki.request.CertificationRequestBuilder;
import dev.chancery.server.scep.intune.IntuneService.Said;
import dev.chancery.server.scep.outbound.OutboundException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Walks the way that each request goes, token, discovery, validation, and says at which step what
/// is wrong. Leaves nothing behind at Intune: what it lets validate is a request with a made-up
/// challenge, unless it is given one.
public final class IntuneCheck {
  private static final String TRANSACTION = "chancery-intune-check";

  private IntuneCheck() {}

  /// One step of the way.
  ///
  /// @param name `token`, `discovery`, `intune-token`, `validate`
  /// @param code `ok`, `skipped`, or what went wrong
  /// @param what one sentence
  /// @param hint what to do; empty if nothing
  public record Step(String name, boolean good, String code, String what, String hint) {}

  /// Walks until something is wrong.
  ///
  /// @param request one that Intune gave a challenge for; empty for a made-up one
  public static List<Step> run(
      IntuneSettings settings, Clock clock, Optional<CertificationRequest> request) {
    IntuneService service = new IntuneService(settings, clock);
    List<Step> steps = new ArrayList<>();
    if (step(
            steps,
            "token",
            () -> {
              String token = service.tokens().token(settings.graphScope());
              return "a token for "
                  + settings.graphScope()
                  + " ("
                  + token.length()
                  + " characters)";
            })
        && step(
            steps,
            "discovery",
            () -> "the validation service is " + service.directory().validationService())
        && step(
            steps,
            "intune-token",
            () -> {
              String token = service.tokens().token(settings.scope());
              return "a token for " + settings.scope() + " (" + token.length() + " characters)";
            })) {
      steps.add(validate(service, request));
    }
    return List.copyOf(steps);
  }

  private interface Work {
    String run() throws OutboundException;
  }

  private static boolean step(List<Step> steps, String name, Work work) {
    try {
      steps.add(new Step(name, true, "ok", work.run(), ""));
      return true;
    } catch (OutboundException e) {
      steps.add(new Step(name, false, e.code(), e.problem(), e.hint()));
      return false;
    }
  }

  private static Step validate(IntuneService service, Optional<CertificationRequest> request) {
    try {
      Said said = service.validate(TRANSACTION, request.orElseGet(IntuneCheck::madeUp).der());
      Optional<IntuneCode> code = IntuneCode.of(said.code());
      boolean success = code.filter(IntuneCode.Success::equals).isPresent();
      if (request.isEmpty()) {
        return judgedMadeUp(said, code, success);
      }
      return new Step(
          "validate",
          success,
          said.code().isEmpty() ? "no-code" : success ? "ok" : said.code(),
          code.map(IntuneCode::meaning).orElse("Intune said " + said.description()),
          code.map(IntuneCode::hint).orElse(""));
    } catch (OutboundException e) {
      return new Step("validate", false, e.code(), e.problem(), e.hint());
    }
  }

  private static Step judgedMadeUp(Said said, Optional<IntuneCode> code, boolean success) {
    if (success) {
      return new Step(
          "validate",
          false,
          "not-intune",
          "the service took a made-up challenge: this is not Intune",
          "check graph-url and who is between this server and Intune");
    }
    return code.isPresent()
        ? new Step(
            "validate",
            true,
            "ok",
            "Intune answers, and refuses a made-up challenge as it must (" + said.code() + ")",
            "")
        : new Step(
            "validate",
            false,
            said.code().isEmpty() ? "no-code" : said.code(),
            "Intune answers with a word that this server does not know: " + said.description(),
            "look it up under the client-request-id " + said.activity());
  }

  private static CertificationRequest madeUp() {
    return CertificationRequestBuilder.builder(
            SubjectNames.parse("CN=chancery-intune-check", List.of()),
            KeyPairs.generate(KeyType.RSA_2048))
        .challengePassword("made-up")
        .build();
  }
}
