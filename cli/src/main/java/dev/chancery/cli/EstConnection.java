package dev.chancery.cli;

import dev.chancery.est.client.EstClient;
import dev.chancery.est.client.EstServer;
import dev.chancery.est.client.HttpScheme;
import dev.chancery.est.client.Proxy;
import dev.chancery.est.client.Redirects;
import dev.chancery.est.wire.EstLabel;
import dev.chancery.pki.MalformedException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Which EST server, and how to get to it.
final class EstConnection {
  /// `--follow-redirects`.
  enum Follow {
    SAME_ORIGIN,
    OTHERS,
    OTHERS_WITH_CREDENTIAL
  }

  /// `--http-auth`.
  enum HttpAuth {
    BASIC,
    DIGEST,
    DIGEST_MD5
  }

  @Parameters(paramLabel = "URL", description = "The server, such as https://ca.example:8443.")
  private String url = "";

  @Option(
      names = "--label",
      paramLabel = "LABEL",
      description = "The EST label, where it has many.")
  private Optional<String> label = Optional.empty();

  @Option(
      names = "--http-auth",
      paramLabel = "SCHEME",
      defaultValue = "basic",
      description =
          "How the credential is shown: basic, digest (SHA-256), or digest-md5, which takes MD5 too"
              + " (default: basic).")
  private String httpAuth = "basic";

  @Option(
      names = "--proxy",
      paramLabel = "URL",
      description =
          "A proxy, http://HOST:PORT (by CONNECT) or socks5://HOST:PORT (default: none, whatever the"
              + " environment says).")
  private Optional<String> proxy = Optional.empty();

  @Option(names = "--proxy-user", paramLabel = "NAME", description = "Who to be for the proxy.")
  private Optional<String> proxyUser = Optional.empty();

  @Option(
      names = "--proxy-password-file",
      paramLabel = "FILE",
      description = "A file whose first line is the proxy's password.")
  private Optional<Path> proxyPasswordFile = Optional.empty();

  @Option(
      names = "--follow-redirects",
      paramLabel = "WHERE",
      defaultValue = "same-origin",
      description =
          "same-origin; others, to ask other servers for the certificate too, without the"
              + " credential; or others-with-credential (default: same-origin).")
  private String follow = "same-origin";

  @Option(
      names = "--timeout",
      paramLabel = "TIME",
      defaultValue = "20s",
      description = "For connecting and for each answer (default: 20s).")
  private String timeout = "20s";

  /// A client for it, which says its warnings on `terminal`.
  EstClient client(Terminal terminal) {
    EstClient.Builder builder =
        EstClient.builder(server(), Clock.systemUTC())
            .timeout(positive(Lifetime.parse(timeout)))
            .httpScheme(
                switch (choice(HttpAuth.class, "--http-auth", httpAuth)) {
                  case BASIC -> HttpScheme.BASIC;
                  case DIGEST -> HttpScheme.DIGEST;
                  case DIGEST_MD5 -> HttpScheme.DIGEST_MD5;
                })
            .redirects(
                switch (choice(Follow.class, "--follow-redirects", follow)) {
                  case SAME_ORIGIN -> Redirects.SAME_ORIGIN;
                  case OTHERS -> Redirects.OTHER_ORIGINS;
                  case OTHERS_WITH_CREDENTIAL -> Redirects.OTHER_ORIGINS_WITH_CREDENTIAL;
                })
            .warnings(warning -> terminal.note("warning: " + warning.text()));
    proxy.ifPresent(value -> builder.proxy(proxy(value)));
    if (proxy.isEmpty() && (proxyUser.isPresent() || proxyPasswordFile.isPresent())) {
      throw FailedException.usage("--proxy-user and its password belong to --proxy", "");
    }
    return builder.build();
  }

  private static Duration positive(Duration duration) {
    if (duration.isZero()) {
      throw FailedException.usage("--timeout is more than nothing", "");
    }
    return duration;
  }

  /// Reads `same-origin` as `SAME_ORIGIN`.
  static <E extends Enum<E>> E choice(Class<E> kind, String option, String text) {
    for (E value : kind.getEnumConstants()) {
      if (value.name().toLowerCase(Locale.ROOT).replace('_', '-').equalsIgnoreCase(text)) {
        return value;
      }
    }
    throw FailedException.usage(
        option + " is not \"" + text + "\"",
        "it is one of "
            + String.join(
                ", ",
                java.util.Arrays.stream(kind.getEnumConstants())
                    .map(value -> value.name().toLowerCase(Locale.ROOT).replace('_', '-'))
                    .toList()));
  }

  EstServer server() {
    try {
      EstServer server = EstServer.parse(url);
      if (label.isEmpty()) {
        return server;
      }
      return new EstServer(server.host(), server.port(), label.map(EstLabel::new));
    } catch (MalformedException e) {
      throw FailedException.usage(
          e.safeMessage(), "write it like https://ca.example:8443, and a label with --label");
    }
  }

  private Proxy proxy(String text) {
    try {
      Optional<Proxy.Login> login =
          proxyUser.map(user ->
              new Proxy.Login(
                  user,
                  Secret.firstLine(
                      proxyPasswordFile.orElseThrow(() ->
                          FailedException.usage(
                              "the proxy's password is missing", "give --proxy-password-file")))));
      URI uri = new URI(text);
      String host = uri.getHost();
      if (host != null && uri.getPort() > 0 && uri.getRawUserInfo() == null) {
        if ("http".equalsIgnoreCase(uri.getScheme())) {
          return new Proxy.HttpConnect(host, uri.getPort(), login);
        }
        if ("socks5".equalsIgnoreCase(uri.getScheme())) {
          return new Proxy.Socks5(host, uri.getPort(), login);
        }
      }
    } catch (URISyntaxException | IllegalArgumentException e) {
      throw notAProxy(e);
    }
    throw notAProxy(null);
  }

  private static FailedException notAProxy(@org.jspecify.annotations.Nullable Exception cause) {
    return new FailedException(
        "--proxy is not the address of a proxy",
        "write it like http://proxy.example:3128 or socks5://proxy.example:1080",
        ExitCode.USAGE,
        cause);
  }
}
