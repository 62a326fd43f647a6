package dev.chancery.est.client;

import dev.chancery.est.client.EstClientException.Code;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.apache.hc.client5.http.auth.AuthChallenge;
import org.apache.hc.client5.http.auth.AuthScope;
import org.apache.hc.client5.http.auth.AuthenticationException;
import org.apache.hc.client5.http.auth.ChallengeType;
import org.apache.hc.client5.http.auth.MalformedChallengeException;
import org.apache.hc.client5.http.auth.UsernamePasswordCredentials;
import org.apache.hc.client5.http.impl.auth.AuthChallengeParser;
import org.apache.hc.client5.http.impl.auth.BasicCredentialsProvider;
import org.apache.hc.client5.http.impl.auth.DigestScheme;
import org.apache.hc.client5.http.protocol.HttpClientContext;
import org.apache.hc.core5.http.HttpHost;
import org.apache.hc.core5.http.HttpRequest;
import org.apache.hc.core5.http.NameValuePair;
import org.apache.hc.core5.http.ParseException;
import org.apache.hc.core5.http.message.ParserCursor;

/// Shows a credential over HTTP, by the scheme that the client has chosen and no other.
final class HttpAuthentication {
  /// A server's demand that can be met.
  record Challenge(AuthChallenge parsed) {}

  /// Of several challenges the strongest.
  private static final List<String> DIGEST_ALGORITHMS = List.of("SHA-512-256", "SHA-256");

  private HttpAuthentication() {}

  /// The Authorization header for `request`; empty before a challenge if the scheme needs one.
  static Optional<String> header(
      ClientAuthentication.Credential credential,
      HttpScheme scheme,
      Optional<Challenge> challenge,
      HttpRequest request) {
    return switch (scheme) {
      case BASIC -> Optional.of(basic(credential));
      case DIGEST, DIGEST_MD5 -> challenge.map(one -> digest(credential, one, request));
    };
  }

  /// The challenge to answer by `scheme`.
  ///
  /// @throws EstClientException.Unable if there are challenges, but none that `scheme` can answer
  static Optional<Challenge> answerable(HttpScheme scheme, List<String> headers) {
    List<AuthChallenge> all = parse(headers);
    Optional<Challenge> answerable =
        all.stream()
            .filter(challenge -> fits(scheme, challenge))
            .min(Comparator.comparingInt(HttpAuthentication::rank))
            .map(Challenge::new);
    if (answerable.isEmpty() && !all.isEmpty()) {
      throw new EstClientException.Unable(
          Code.AUTHENTICATION_UNSUPPORTED,
          "the server demands HTTP authentication by "
              + String.join(" or ", all.stream().map(HttpAuthentication::described).toList())
              + ", and this client was told to use "
              + scheme.name().toLowerCase(Locale.ROOT).replace('_', '-'));
    }
    return answerable;
  }

  private static boolean fits(HttpScheme scheme, AuthChallenge challenge) {
    String name = challenge.getSchemeName();
    return switch (scheme) {
      case BASIC -> name.equalsIgnoreCase("Basic");
      case DIGEST -> name.equalsIgnoreCase("Digest") && rank(challenge) < DIGEST_ALGORITHMS.size();
      case DIGEST_MD5 ->
          name.equalsIgnoreCase("Digest")
              && (rank(challenge) < DIGEST_ALGORITHMS.size() || algorithm(challenge).equals("MD5"));
    };
  }

  private static int rank(AuthChallenge challenge) {
    int index = DIGEST_ALGORITHMS.indexOf(algorithm(challenge));
    return index < 0 ? DIGEST_ALGORITHMS.size() : index;
  }

  /// MD5 if the challenge names none (RFC 7616 §3.3).
  private static String algorithm(AuthChallenge challenge) {
    return Optional.ofNullable(challenge.getParams()).orElse(List.of()).stream()
        .filter(parameter -> parameter.getName().equalsIgnoreCase("algorithm"))
        .map(NameValuePair::getValue)
        .map(value -> value.toUpperCase(Locale.ROOT))
        .findFirst()
        .orElse("MD5");
  }

  private static String described(AuthChallenge challenge) {
    String name = Explanation.sanitized(challenge.getSchemeName());
    return name.equalsIgnoreCase("Digest")
        ? name + " with " + Explanation.sanitized(algorithm(challenge))
        : name;
  }

  private static List<AuthChallenge> parse(List<String> headers) {
    List<AuthChallenge> challenges = new ArrayList<>();
    for (String header : headers) {
      try {
        challenges.addAll(
            new AuthChallengeParser()
                .parse(ChallengeType.TARGET, header, new ParserCursor(0, header.length())));
      } catch (ParseException e) {
        throw new EstClientException.Transport(
            Code.NOT_EST, "the server's demand for authentication cannot be read", e);
      }
    }
    return challenges;
  }

  /// UTF-8 (RFC 7617 §2.1).
  private static String basic(ClientAuthentication.Credential credential) {
    String both = credential.id() + ":" + credential.secret();
    return "Basic " + Base64.getEncoder().encodeToString(both.getBytes(StandardCharsets.UTF_8));
  }

  private static String digest(
      ClientAuthentication.Credential credential, Challenge challenge, HttpRequest request) {
    DigestScheme digest = new DigestScheme();
    BasicCredentialsProvider credentials = new BasicCredentialsProvider();
    credentials.setCredentials(
        new AuthScope(null, -1),
        new UsernamePasswordCredentials(credential.id(), credential.secret().toCharArray()));
    HttpClientContext context = HttpClientContext.create();
    try {
      HttpHost host = HttpHost.create(request.getUri());
      digest.processChallenge(challenge.parsed(), context);
      if (!digest.isResponseReady(host, credentials, context)) {
        throw new AuthenticationException("the challenge is incomplete");
      }
      return digest.generateAuthResponse(host, request, context);
    } catch (AuthenticationException | MalformedChallengeException | URISyntaxException e) {
      throw new EstClientException.Unable(
          Code.AUTHENTICATION_UNSUPPORTED,
          "the server's demand for Digest authentication cannot be met: "
              + Explanation.sanitized(String.valueOf(e.getMessage())));
    }
  }
}
