package dev.chancery.transport.coap;

import dev.chancery.transport.Method;
import java.util.List;

/// Speaks one protocol over CoAP: turns requests into replies. Thread-safe; may block, since each
/// request has a virtual thread.
public interface CoapResponder {
  /// What it answers; the listener routes and answers `/.well-known/core` by these.
  List<Route> routes();

  /// Answers a request that one of the routes matches. Never throws for anything that a peer can
  /// cause.
  CoapReply respond(CoapRequest request);

  /// One resource.
  ///
  /// @param protocol `est`: the label of metrics and audit
  /// @param endpoint the configured endpoint's name, a metric label too
  /// @param path exact path
  /// @param method the only one that it answers
  /// @param resourceType for discovery (RFC 6690 §3.1), such as `ace.est.crts`
  /// @param contentFormats of its replies, for discovery (RFC 7252 §7.2.1)
  record Route(
      String protocol,
      String endpoint,
      String path,
      Method method,
      String resourceType,
      List<Integer> contentFormats) {
    public Route {
      contentFormats = List.copyOf(contentFormats);
    }
  }
}
