package dev.chancery.server.scep.intune;

import com.fasterxml.jackson.databind.JsonNode;
import dev.chancery.pki.MalformedException;
import dev.chancery.server.admin.Json;
import dev.chancery.server.scep.outbound.OutboundException;
import dev.chancery.server.scep.outbound.OutboundHttp.Answer;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Says in plain words why there is no token. Microsoft's numbers (AADSTS…) are stable, its
/// sentences are not.
final class LoginProblem {
  private static final Pattern NUMBER = Pattern.compile("AADSTS\\d{4,7}");
  private static final int MAX_TEXT = 200;

  private record Advice(String what, String hint) {}

  private static final Map<String, Advice> ADVICE =
      Map.of(
          "AADSTS90002",
          new Advice("there is no such tenant", "set tenant to the directory id of Entra ID"),
          "AADSTS700016",
          new Advice(
              "the tenant has no such application",
              "set client-id to the application (client) id of the app registration"),
          "AADSTS7000215",
          new Advice(
              "the client secret is wrong",
              "put the secret's value, not its id, into client-secret-file"),
          "AADSTS7000222",
          new Advice("the client secret has expired", "make a new one in the app registration"),
          "AADSTS700027",
          new Advice(
              "the certificate is not registered with the application, or has expired",
              "upload the certificate under Certificates & secrets"),
          "AADSTS700024",
          new Advice("the assertion's time is wrong", "set this machine's clock"),
          "AADSTS1002012",
          new Advice("the scope is wrong", "leave intune.scope at its default"),
          "AADSTS500011",
          new Advice(
              "the tenant does not know the service of that scope",
              "does the tenant have Intune? leave intune.scope at its default"));

  private LoginProblem() {}

  static OutboundException of(Answer answer) {
    String error = "";
    String description = "";
    try {
      JsonNode json = Json.parse(answer.body());
      error = json.path("error").asText("");
      description = json.path("error_description").asText("");
    } catch (MalformedException noJson) {
      description = "an answer that is no JSON";
    }
    Matcher number = NUMBER.matcher(description);
    String code = number.find() ? number.group() : "";
    Advice advice =
        ADVICE.getOrDefault(
            code,
            new Advice(
                "the token service answered "
                    + answer.status()
                    + " "
                    + cut(error + " " + description),
                "look the number up at login.microsoftonline.com/error"));
    return new OutboundException(
        code.isEmpty() ? "token-http-" + answer.status() : code,
        advice.what(),
        advice.hint(),
        answer.retryAfter());
  }

  private static String cut(String text) {
    String clean = text.replaceAll("\\p{Cntrl}", " ").strip();
    return clean.length() > MAX_TEXT ? clean.substring(0, MAX_TEXT) : clean;
  }
}
