package dev.chancery.est.responder;

import dev.chancery.authority.relay.Relay;
import java.util.Map;
import java.util.Optional;

/// Which endpoints have another EST server behind them, and the door that their requests take.
///
/// @param byEndpoint by the endpoint's name
public record EstUpstreams(Relay relay, Map<String, EstUpstream> byEndpoint) {
  public EstUpstreams {
    byEndpoint = Map.copyOf(byEndpoint);
  }

  /// The server behind `endpoint`; empty where a CA of ours signs.
  Optional<EstUpstream> behind(EstEndpoint endpoint) {
    return Optional.ofNullable(byEndpoint.get(endpoint.endpoint().name()));
  }
}
