package dev.chancery.transport;

import java.util.List;

/// Speaks one protocol: turns requests into replies. Thread-safe; may block, since each request has
/// a virtual thread.
public interface Responder {
  /// What it answers; the routing table is made of these and shown to operators.
  List<Route> routes();

  /// Answers a request that one of the routes matches. Never throws for anything that a peer can
  /// cause.
  Reply respond(Request request);

  /// One row of the routing table.
  ///
  /// @param protocol `est`, `scep`, …: the label of metrics and audit
  /// @param endpoint the configured endpoint's name, a metric label too
  /// @param path exact path
  /// @param methods in the order that `Allow` names them
  record Route(
      String protocol, String endpoint, String path, List<Method> methods, Channel channel) {
    public Route {
      methods = List.copyOf(methods);
    }
  }

  /// On which listeners a route is reachable.
  enum Channel {
    /// TLS only: the route does not exist on a clear-text port (EST-001).
    TLS_ONLY,
    /// Any listener.
    ANY
  }
}
