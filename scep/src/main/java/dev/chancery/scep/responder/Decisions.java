package dev.chancery.scep.responder;

import dev.chancery.authority.Outcome;
import dev.chancery.authority.endpoint.Endpoint;
import dev.chancery.authority.requester.ExternalAuthentication;
import dev.chancery.authority.requester.ExternalAuthoriser;
import dev.chancery.authority.requester.Requester;
import java.util.Map;
import java.util.Optional;

/// The parties outside that decide at some endpoints. Immutable.
///
/// @param byEndpoint by the endpoint's name
/// @param settlement is told when something was decided at such an endpoint
public record Decisions(
    Map<String, ExternalAuthoriser> byEndpoint,
    ExternalAuthentication authentication,
    Settlement settlement) {
  /// What comes between an outcome and its reply: there may be a notification to deliver.
  @FunctionalInterface
  public interface Settlement {
    /// Does what is due before the reply.
    ///
    /// @throws dev.chancery.authority.RefusedException if the outcome must not be delivered
    void settle(Endpoint endpoint, Requester requester, Outcome outcome);
  }

  public Decisions {
    byEndpoint = Map.copyOf(byEndpoint);
  }

  /// @throws IllegalStateException if nobody decides there: no decision, no certificate
  ExternalAuthoriser authoriserOf(String endpoint) {
    return Optional.ofNullable(byEndpoint.get(endpoint))
        .orElseThrow(() -> new IllegalStateException("nobody decides at " + endpoint));
  }
}
