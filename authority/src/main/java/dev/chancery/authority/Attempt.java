package dev.chancery.authority;

import dev.chancery.authority.endpoint.Endpoint;
import java.util.Map;

/// A request that may fail before it is an [EnrollmentRequest]: what the audit can say of it then.
///
/// @param operation the protocol's own word for it, such as `simpleenroll`
/// @param address of the peer
/// @param claimed who the peer says it is, unproven: a user name, a subject; empty if it says
///   nothing
/// @param facts more for the audit, by lower-case-with-dashes name; never a secret
public record Attempt(
    Endpoint endpoint,
    String operation,
    String requestId,
    String address,
    String claimed,
    Map<String, String> facts) {
  public Attempt {
    facts = Map.copyOf(facts);
  }

  /// An attempt of which no more is known.
  public Attempt(
      Endpoint endpoint, String operation, String requestId, String address, String claimed) {
    this(endpoint, operation, requestId, address, claimed, Map.of());
  }
}
