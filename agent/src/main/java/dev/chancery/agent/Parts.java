package dev.chancery.agent;

import dev.chancery.agent.configuration.AgentConfiguration.Endpoint;
import dev.chancery.agent.configuration.AgentConfiguration.Server;
import dev.chancery.agent.enrollment.Enroller;
import dev.chancery.agent.enrollment.EstEnroller;
import dev.chancery.agent.enrollment.ScepEnroller;
import dev.chancery.agent.store.Disk;
import dev.chancery.agent.store.FileOperations;
import dev.chancery.agent.store.Identity;
import dev.chancery.est.client.EstServer;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.crypto.Randomness;
import java.net.URI;
import java.time.Clock;
import java.util.List;
import java.util.function.Function;
import java.util.random.RandomGenerator;

/// What an agent works with.
///
/// @param enrollers the client for each endpoint
/// @param listener told of each certificate that was put in use
public record Parts(
    Clock clock,
    RandomGenerator random,
    FileOperations files,
    Function<Endpoint, Enroller> enrollers,
    Listener listener) {
  /// Told when a certificate is in use, after its hooks. Called by the thread that did the work.
  @FunctionalInterface
  public interface Listener {
    /// A certificate is in use.
    ///
    /// @param anchors that the endpoint's peers chain to
    void inUse(String name, Identity identity, List<Certificate> anchors);
  }

  /// The real things.
  public static Parts real(Clock clock) {
    return new Parts(
        clock,
        Randomness.secureRandom(),
        new Disk(),
        endpoint -> enroller(endpoint, clock),
        (name, identity, anchors) -> {});
  }

  private static Enroller enroller(Endpoint endpoint, Clock clock) {
    return switch (endpoint.server()) {
      case Server.Est(EstServer server) -> new EstEnroller(server, endpoint.timeout(), clock);
      case Server.Scep(URI url) -> new ScepEnroller(url, endpoint.timeout(), clock);
    };
  }

  public Parts telling(Listener told) {
    return new Parts(clock, random, files, enrollers, told);
  }
}
