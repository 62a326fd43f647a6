package dev.chancery.scep.responder;

import dev.chancery.authority.requester.ExternalAuthentication;
import dev.chancery.authority.requester.ExternalAuthoriser;
import java.util.Map;
import java.util.Optional;

/// The parties outside that decide at some endpoints. Immutable.
///
/// @param byEndpoint by the endpoint's name
/// @param settled is called when something was decided at such an endpoint: there may be a
///   notification to deliver now
public record Decisions(
    Map<String, ExternalAuthoriser> byEndpoint,
    ExternalAuthentication authentication,
    Runnable settled) {
  public Decisions {
    byEndpoint = Map.copyOf(byEndpoint);
  }

  /// @throws IllegalStateException if nobody decides there: no decision, no certificate
  ExternalAuthoriser authoriserOf(String endpoint) {
    return Optional.ofNullable(byEndpoint.get(endpoint))
        .orElseThrow(() -> new IllegalStateException("nobody decides at " + endpoint));
  }
}
