package dev.chancery.est.responder;

import dev.chancery.authority.requester.DigestResponse;
import dev.chancery.authority.requester.DigestResponse.Algorithm;
import dev.chancery.pki.MalformedException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The parameters of an `Authorization: Digest` field (RFC 7616 §3.4) with `qop=auth`. Nothing in
/// it is proven.
///
/// @param nonceCount eight hex digits
/// @param response hex digits in lower case
public record DigestAuthorization(
    String user,
    String realm,
    String nonce,
    String uri,
    Algorithm algorithm,
    String clientNonce,
    String nonceCount,
    String response) {
  private static final Pattern SCHEME =
      Pattern.compile("\\s*digest(?: +(.*))?", Pattern.CASE_INSENSITIVE | Pattern.DOTALL);

  private static final Pattern PARAMETER =
      Pattern.compile(
          "[ \\t,]*([A-Za-z*_-]{1,32})[ \\t]*=[ \\t]*(?:\"((?:[^\"\\\\]|\\\\.)*)\"|([^\", \\t]+))[ \\t]*(?:,|$)");

  private static final int MAX_LENGTH = 4096;

  /// The parameters in the value of an `Authorization` field; empty if the scheme is another one.
  ///
  /// @throws MalformedException if the scheme is Digest and the rest is not as it should be
  public static Optional<DigestAuthorization> parse(String authorization) {
    if (authorization.length() > MAX_LENGTH) {
      return Optional.empty();
    }
    Matcher scheme = SCHEME.matcher(authorization);
    if (!scheme.matches()) {
      return Optional.empty();
    }
    Map<String, String> parameters =
        parameters(scheme.group(1) == null ? "" : scheme.group(1).strip());
    if (!required(parameters, "qop").equals("auth")) {
      throw malformed("qop is not auth");
    }
    String count = required(parameters, "nc");
    String response = required(parameters, "response").toLowerCase(Locale.ROOT);
    if (!count.matches("[0-9A-Fa-f]{8}") || !response.matches("[0-9a-f]{32,64}")) {
      throw malformed("nc or response is not hexadecimal");
    }
    String algorithm = parameters.getOrDefault("algorithm", Algorithm.MD5.id());
    return Optional.of(
        new DigestAuthorization(
            required(parameters, "username"),
            required(parameters, "realm"),
            required(parameters, "nonce"),
            required(parameters, "uri"),
            Arrays.stream(Algorithm.values())
                .filter(known -> known.id().equalsIgnoreCase(algorithm))
                .findFirst()
                .orElseThrow(() -> malformed("the algorithm is not known")),
            required(parameters, "cnonce"),
            count,
            response));
  }

  private static Map<String, String> parameters(String text) {
    Map<String, String> parameters = new HashMap<>();
    Matcher matcher = PARAMETER.matcher(text);
    int at = 0;
    while (at < text.length()) {
      if (!matcher.find(at) || matcher.start() != at) {
        throw malformed("a parameter is not name=value");
      }
      String quoted = matcher.group(2);
      String value = quoted == null ? matcher.group(3) : quoted.replaceAll("\\\\(.)", "$1");
      if (parameters.put(matcher.group(1).toLowerCase(Locale.ROOT), value) != null) {
        throw malformed("a parameter comes twice");
      }
      at = matcher.end();
    }
    return parameters;
  }

  private static String required(Map<String, String> parameters, String name) {
    String value = parameters.get(name);
    if (value == null) {
      throw malformed(name + " is missing");
    }
    return value;
  }

  private static MalformedException malformed(String what) {
    return new MalformedException("the Authorization field is not HTTP Digest (RFC 7616): " + what);
  }

  /// The count as a number.
  public long count() {
    return Long.parseLong(nonceCount, 16);
  }

  /// True if it is for this path and query. A client may have sent the whole URL.
  public boolean isFor(String path, String query) {
    String target = query.isEmpty() ? path : path + "?" + query;
    return uri.replaceFirst("^https://[^/]*", "").equals(target);
  }

  /// What the authority verifies, for a request with `method`.
  DigestResponse responseTo(String method) {
    return new DigestResponse(
        algorithm, user, realm, method, uri, nonce, nonceCount, clientNonce, response);
  }

  /// Whoever reads the response could guess passwords against it.
  @Override
  public String toString() {
    return "DigestAuthorization[" + algorithm.id() + "]";
  }
}
