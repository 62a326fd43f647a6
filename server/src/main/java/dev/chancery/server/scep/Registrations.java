package dev.chancery.server.scep;

import dev.chancery.authority.Authority;
import dev.chancery.authority.endpoint.Endpoint;
import dev.chancery.scep.responder.RegistrationKeys;
import dev.chancery.scep.responder.ScepEndpoint;
import java.time.Clock;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// The registration authorities of all SCEP endpoints. Thread-safe.
public final class Registrations {
  /// Where each endpoint's keys are kept.
  @FunctionalInterface
  public interface Homes {
    KeyHome of(Endpoint endpoint);
  }

  private final Homes homes;
  private final Authority authority;
  private final Clock clock;
  private final Map<String, RegistrationCertificate> certificates = new ConcurrentHashMap<>();

  public Registrations(Homes homes, Authority authority, Clock clock) {
    this.homes = homes;
    this.authority = authority;
    this.clock = clock;
  }

  /// The keys of each of `endpoints`. Those of an endpoint that is new are there after [#prepare].
  public Map<ScepEndpoint, RegistrationKeys> keysOf(List<ScepEndpoint> endpoints) {
    Map<ScepEndpoint, RegistrationKeys> keys = new LinkedHashMap<>();
    for (ScepEndpoint endpoint : endpoints) {
      keys.put(endpoint, certificateOf(endpoint.endpoint()));
    }
    return keys;
  }

  private RegistrationCertificate certificateOf(Endpoint endpoint) {
    return certificates.computeIfAbsent(
        endpoint.label(),
        label -> new RegistrationCertificate(homes.of(endpoint), endpoint, authority, clock));
  }

  /// Loads or makes the keys of `endpoints`.
  ///
  /// @throws IllegalStateException with the reason if policy refuses a certificate
  public void prepare(List<ScepEndpoint> endpoints) {
    for (ScepEndpoint endpoint : endpoints) {
      RegistrationCertificate certificate = certificateOf(endpoint.endpoint());
      certificate.demand(endpoint.endpoint());
      certificate.prepare();
    }
  }

  /// Renews those for which it is time.
  public void renewIfDue() {
    certificates.values().forEach(RegistrationCertificate::renewIfDue);
  }
}
