package dev.chancery.server.metrics;

import dev.chancery.server.configuration.Configuration.MetricsAccess;
import dev.chancery.transport.Body;
import dev.chancery.transport.Method;
import dev.chancery.transport.Peer;
import dev.chancery.transport.Reply;
import dev.chancery.transport.Request;
import dev.chancery.transport.Responder;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;

/// `/metrics`, on the listener without TLS, for those whom the configuration lets.
public final class MetricsResponder implements Responder {
  private final Metrics metrics;
  private final MetricsAccess access;

  public MetricsResponder(Metrics metrics, MetricsAccess access) {
    this.metrics = metrics;
    this.access = access;
  }

  @Override
  public List<Route> routes() {
    return List.of(new Route("metrics", "metrics", "/metrics", List.of(Method.GET), Channel.ANY));
  }

  @Override
  public Reply respond(Request request) {
    return switch (request.peer()) {
      case Peer.Cleartext peer when mayRead(peer.address()) ->
          Reply.of(200, "text/plain; version=0.0.4; charset=utf-8", Body.of(metrics.scrape()));
      case Peer.Cleartext _, Peer.Tls _ -> Reply.text(404, "there is nothing here");
    };
  }

  private boolean mayRead(String address) {
    return switch (access) {
      case EVERYONE -> true;
      case OFF -> false;
      case LOOPBACK -> isLoopback(address);
    };
  }

  private static boolean isLoopback(String address) {
    try {
      // Numeric, so nothing is looked up.
      return InetAddress.getByName(address).isLoopbackAddress();
    } catch (UnknownHostException e) {
      return false;
    }
  }
}
