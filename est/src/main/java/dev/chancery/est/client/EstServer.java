package dev.chancery.est.client;

import dev.chancery.est.wire.CoapOperation;
import dev.chancery.est.wire.EstLabel;
import dev.chancery.est.wire.EstOperation;
import dev.chancery.pki.MalformedException;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Where to enrol: host, port and the label of the CA.
///
/// @param host a DNS name or an IP address, the latter without brackets
/// @param port 1 to 65535
public record EstServer(String host, int port, Optional<EstLabel> label) {
  private static final Pattern PATH = Pattern.compile("/?|/\\.well-known/est(?:/([^/]+))?/?");

  public EstServer {
    if (port < 1 || port > 65535) {
      throw new MalformedException("a port is between 1 and 65535");
    }
  }

  /// Reads `https://host[:port]`, with or without `/.well-known/est[/label]` behind it.
  ///
  /// @throws MalformedException if it is another URL, such as one in the clear
  public static EstServer parse(String url) {
    return parse(url, "https", 443);
  }

  /// Reads `coaps://host[:port]`, with or without `/.well-known/est[/label]` behind it (RFC 9148
  /// §4.1); the port is 5684 if none is named.
  ///
  /// @throws MalformedException if it is another URL
  public static EstServer parseCoaps(String url) {
    return parse(url, "coaps", 5684);
  }

  private static EstServer parse(String url, String scheme, int defaultPort) {
    URI uri;
    try {
      uri = new URI(url);
    } catch (URISyntaxException e) {
      throw new MalformedException("the server's address is not a URL", e);
    }
    if (!scheme.equalsIgnoreCase(uri.getScheme())) {
      throw new MalformedException("the server's address does not start with " + scheme + "://");
    }
    String host = uri.getHost();
    if (host == null
        || uri.getRawUserInfo() != null
        || uri.getRawQuery() != null
        || uri.getRawFragment() != null) {
      throw new MalformedException(
          "the server's address is more or less than " + scheme + "://host:port");
    }
    Matcher path = PATH.matcher(uri.getPath());
    if (!path.matches()) {
      throw new MalformedException(
          "the server's address goes on with something else than " + EstOperation.ROOT + "/LABEL");
    }
    return new EstServer(
        host.startsWith("[") ? host.substring(1, host.length() - 1) : host,
        uri.getPort() == -1 ? defaultPort : uri.getPort(),
        Optional.ofNullable(path.group(1)).map(EstLabel::new));
  }

  /// The operation's path on this server.
  String path(EstOperation operation) {
    return label.map(operation::path).orElseGet(operation::path);
  }

  /// The URL of an operation of EST-coaps on this server.
  String url(CoapOperation operation) {
    return "coaps://"
        + (host.contains(":") ? "[" + host + "]" : host)
        + ":"
        + port
        + label.map(operation::path).orElseGet(operation::path);
  }

  @Override
  public String toString() {
    return "https://"
        + (host.contains(":") ? "[" + host + "]" : host)
        + ":"
        + port
        + label.map(name -> EstOperation.ROOT + "/" + name).orElse("");
  }
}
