package dev.chancery.cli;

import dev.chancery.est.client.EstClientException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Puts what went wrong with an EST server into a sentence, a hint and an exit code.
final class EstFailure {
  private static final Pattern WITH_CODE = Pattern.compile("(.*) \\(([a-z-]+)\\)");

  private EstFailure() {}

  static FailedException of(EstClientException e) {
    return new FailedException(what(e), hint(e), exitCode(e.code()), e);
  }

  private static String what(EstClientException e) {
    return e instanceof EstClientException.Refused refused && !refused.explanation().isEmpty()
        ? refusal(refused.explanation())
        : "failed (" + e.code().id() + "): " + e.getMessage();
  }

  /// Our servers end their explanation with the stable code in parentheses; others may say
  /// anything.
  private static String refusal(String explanation) {
    Matcher coded = WITH_CODE.matcher(explanation);
    return coded.matches()
        ? "refused (" + coded.group(2) + "): " + coded.group(1)
        : "refused: " + explanation;
  }

  static int exitCode(EstClientException.Code code) {
    return switch (code) {
      case REFUSED -> ExitCode.REFUSED;
      case SERVER_UNTRUSTED, SERVER_NAME_MISMATCH, ANCHORS_UNTRUSTED -> ExitCode.SERVER_UNTRUSTED;
      case UNREACHABLE, TIMEOUT, PROXY_REFUSED, TLS_FAILED -> ExitCode.TRANSPORT;
      case NOT_EST, WEB_PAGE -> ExitCode.NOT_THE_PROTOCOL;
      case REDIRECT_REFUSED -> ExitCode.REDIRECT_REFUSED;
      case FINGERPRINT_MISMATCH -> ExitCode.FINGERPRINT_MISMATCH;
      case CERTIFICATE_FOR_ANOTHER_KEY -> ExitCode.CERTIFICATE_FOR_ANOTHER_KEY;
      case CERTIFICATE_UNTRUSTED, CERTIFICATE_NAMES, KEY_UNPROTECTED, KEY_MAKER_UNTRUSTED ->
          ExitCode.CERTIFICATE_UNTRUSTED;
      case AUTHENTICATION_UNSUPPORTED,
          BINDING_UNAVAILABLE,
          ATTRIBUTES_UNMET,
          KEY_UNDER_IMPLICIT_ANCHORS ->
          ExitCode.UNABLE;
    };
  }

  private static String hint(EstClientException e) {
    return switch (e.code()) {
      case REFUSED -> e instanceof EstClientException.Refused refused ? hint(refused.status()) : "";
      case WEB_PAGE, NOT_EST -> "is that the address of an EST server, and the label right?";
      case FINGERPRINT_MISMATCH -> "compare with what the server shows: chancery ca show";
      case SERVER_UNTRUSTED ->
          "does a proxy end TLS on the way? otherwise the server's CA belongs into --anchors";
      case SERVER_NAME_MISMATCH -> "use a name that is in the server's certificate";
      case ANCHORS_UNTRUSTED -> "see the fingerprint on the server: chancery ca show";
      case REDIRECT_REFUSED ->
          "use the address it leads to, or agree to others with --follow-redirects";
      case UNREACHABLE, TIMEOUT -> "is the address right, and does the server run?";
      case PROXY_REFUSED -> "is --proxy right, and its user and password?";
      case TLS_FAILED -> "does the server accept this client's certificate?";
      case CERTIFICATE_FOR_ANOTHER_KEY,
          CERTIFICATE_UNTRUSTED,
          CERTIFICATE_NAMES,
          KEY_UNPROTECTED,
          KEY_MAKER_UNTRUSTED ->
          "nothing was replaced; ask those who run the server";
      case AUTHENTICATION_UNSUPPORTED -> "choose another way with --http-auth";
      case BINDING_UNAVAILABLE -> "the server has to offer TLS 1.3, or --binding off";
      case KEY_UNDER_IMPLICIT_ANCHORS -> "name the server's CA by --fingerprint or --anchors";
      case ATTRIBUTES_UNMET ->
          "provide them with --subject, --san and --key-type, or try --csr-attributes ignore";
    };
  }

  private static String hint(int status) {
    return switch (status) {
      case 401, 403 -> "a fresh credential comes from: chancery credential create --subject CN=…";
      case 404 -> "is the label right? see est.endpoints in the server's chancery.yaml";
      case 503 -> "the server cannot issue now; try again later";
      default -> "";
    };
  }
}
