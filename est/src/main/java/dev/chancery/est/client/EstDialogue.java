package dev.chancery.est.client;

import dev.chancery.est.client.ClientAuthentication.Credential;
import dev.chancery.est.client.ClientAuthentication.Holder;
import dev.chancery.est.client.EstClientException.Code;
import dev.chancery.est.client.EstExchange.Answer;
import dev.chancery.est.client.EstExchange.BodyFor;
import dev.chancery.est.wire.EstOperation;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import javax.net.ssl.SSLContext;

/// One operation with all the connections that it takes: redirects are followed as far as the
/// client goes, and a demand for authentication is answered once. Every connection is checked anew.
final class EstDialogue {
  private static final int MAX_REDIRECTS = 5;

  private final EstServer server;
  private final EstExchange exchange;
  private final ClientTls tls;
  private final Redirects redirects;
  private final HttpScheme scheme;

  /// Where the next request goes, and as whom.
  private URI at;

  private Optional<Credential> credential;
  private boolean withheld;
  private Optional<HttpAuthentication.Challenge> challenge = Optional.empty();
  private final Optional<Holder> holder;
  private final Function<String, ServerTrust> trustFor;

  /// A dialogue for one operation.
  ///
  /// @param trustFor what decides about the server of a host
  EstDialogue(
      EstServer server,
      EstOperation operation,
      EstExchange exchange,
      ClientTls tls,
      Redirects redirects,
      HttpScheme scheme,
      Function<String, ServerTrust> trustFor,
      Optional<ClientAuthentication> authentication) {
    this.server = server;
    this.exchange = exchange;
    this.tls = tls;
    this.redirects = redirects;
    this.scheme = scheme;
    this.trustFor = trustFor;
    this.at = url(server, operation);
    this.holder = authentication.flatMap(EstDialogue::holder);
    this.credential = authentication.flatMap(EstDialogue::credential);
  }

  Answer get() {
    return converse(Optional.empty());
  }

  Answer post(BodyFor body) {
    return converse(Optional.of(body));
  }

  private Answer converse(Optional<BodyFor> body) {
    int redirected = 0;
    while (true) {
      Answer answer = send(body);
      if (isRedirect(answer.status())) {
        if (++redirected > MAX_REDIRECTS) {
          throw refused("the server redirects more than " + MAX_REDIRECTS + " times");
        }
        at = target(answer, body.isPresent());
      } else if (answer.status() == 401 && credential.isPresent() && challenge.isEmpty()) {
        Optional<HttpAuthentication.Challenge> answerable =
            HttpAuthentication.answerable(scheme, answer.challenges());
        if (answerable.isEmpty() || scheme == HttpScheme.BASIC) {
          return answer;
        }
        challenge = answerable;
      } else if (answer.status() == 401 && withheld) {
        throw refused(
            "the server redirects to "
                + shown(at)
                + ", which demands a password, and this client's is not for there");
      } else {
        return answer;
      }
    }
  }

  private Answer send(Optional<BodyFor> body) {
    SSLContext context = tls.context(trustFor.apply(host(at)), holder);
    URI to = at;
    EstExchange.Authorization authorization =
        request ->
            credential.flatMap(one -> HttpAuthentication.header(one, scheme, challenge, request));
    return body.isPresent()
        ? exchange.post(to, context, body.get(), authorization)
        : exchange.get(to, context, authorization);
  }

  private static boolean isRedirect(int status) {
    return switch (status) {
      case 301, 302, 303, 307, 308 -> true;
      default -> false;
    };
  }

  /// Where a redirect leads, if the client may go there.
  private URI target(Answer answer, boolean post) {
    if (post && answer.status() == 303) {
      throw refused("the server answers a request for a certificate with 303, which asks for less");
    }
    URI target = at.resolve(location(answer));
    if (!"https".equalsIgnoreCase(target.getScheme())) {
      throw refused("the server redirects to " + shown(target) + ", away from HTTPS");
    }
    if (target.getHost() == null
        || target.getRawUserInfo() != null
        || port(target) < 1
        || port(target) > 65535) {
      throw refused(
          "the server redirects to " + shown(target) + ", which is no address of a server");
    }
    if (!sameOrigin(target, at)) {
      if (post && redirects == Redirects.SAME_ORIGIN) {
        throw refused(
            "the server redirects to another one, "
                + shown(target)
                + ", and nobody has agreed to that");
      }
      challenge = Optional.empty();
      if (redirects != Redirects.OTHER_ORIGINS_WITH_CREDENTIAL && credential.isPresent()) {
        // What was meant for one server is not handed to another.
        credential = Optional.empty();
        withheld = true;
      }
    }
    return target;
  }

  private URI location(Answer answer) {
    try {
      return new URI(
          answer
              .location()
              .filter(location -> !location.isBlank())
              .orElseThrow(() -> refused("the server redirects without saying where to"))
              .strip());
    } catch (URISyntaxException e) {
      throw refused("the server redirects to something that is not a URL");
    }
  }

  private EstClientException refused(String what) {
    return new EstClientException.Untrusted(Code.REDIRECT_REFUSED, what, null);
  }

  private static String shown(URI target) {
    return Explanation.sanitized(target.toString());
  }

  private static boolean sameOrigin(URI one, URI other) {
    return host(one).equals(host(other)) && port(one) == port(other);
  }

  private static int port(URI url) {
    return url.getPort() == -1 ? 443 : url.getPort();
  }

  /// Lower case and without the brackets of an IPv6 address.
  private static String host(URI url) {
    String host = url.getHost().toLowerCase(Locale.ROOT);
    return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
  }

  private static URI url(EstServer server, EstOperation operation) {
    try {
      return new URI(
          "https", null, server.host(), server.port(), server.path(operation), null, null);
    } catch (URISyntaxException e) {
      throw new IllegalArgumentException(server + " is not a URL", e);
    }
  }

  /// True if a secret goes along at once.
  boolean showsSecret() {
    return credential.isPresent();
  }

  private static Optional<Holder> holder(ClientAuthentication by) {
    return switch (by) {
      case Holder holder -> Optional.of(holder);
      case ClientAuthentication.Both both -> Optional.of(both.holder());
      case Credential credential -> Optional.empty();
    };
  }

  private static Optional<Credential> credential(ClientAuthentication by) {
    return switch (by) {
      case Credential credential -> Optional.of(credential);
      case ClientAuthentication.Both both -> Optional.of(both.credential());
      case Holder holder -> Optional.empty();
    };
  }

  @Override
  public String toString() {
    return "EstDialogue[" + server + "]";
  }
}
