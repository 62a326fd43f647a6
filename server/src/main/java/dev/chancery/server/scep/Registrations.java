package dev.chancery.server.scep;

import dev.chancery.authority.Authority;
import dev.chancery.authority.endpoint.Endpoint;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.scep.responder.RegistrationKeys;
import dev.chancery.scep.responder.ScepEndpoint;
import java.time.Clock;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/// The registration authorities of all SCEP endpoints. Thread-safe.
public final class Registrations {
  /// Where each endpoint's keys are kept, each kind apart.
  @FunctionalInterface
  public interface Homes {
    /// Where they are.
    ///
    /// @param generation the number of the endpoint's issuer's generation
    KeyHome of(Endpoint endpoint, int generation, KeyHome.Kind kind);
  }

  private final Homes homes;
  private final Authority authority;
  private final Clock clock;
  private final Function<String, Duration> overlaps;
  private final Map<String, RegistrationAuthority> authorities = new ConcurrentHashMap<>();

  /// @param overlaps how long keys of an issuer's generation that retires still open messages, by
  ///   the issuer's name
  public Registrations(
      Homes homes, Authority authority, Function<String, Duration> overlaps, Clock clock) {
    this.homes = homes;
    this.authority = authority;
    this.overlaps = overlaps;
    this.clock = clock;
  }

  /// The keys of each of `endpoints`. Those of an endpoint that is new are there after [#prepare].
  public Map<ScepEndpoint, RegistrationKeys> keysOf(List<ScepEndpoint> endpoints) {
    Map<ScepEndpoint, RegistrationKeys> keys = new LinkedHashMap<>();
    for (ScepEndpoint endpoint : endpoints) {
      keys.put(endpoint, authorityOf(endpoint));
    }
    return keys;
  }

  private RegistrationAuthority authorityOf(ScepEndpoint endpoint) {
    return authorities.computeIfAbsent(
        endpoint.endpoint().label(),
        label -> new RegistrationAuthority(homes, endpoint, authority, overlaps, clock));
  }

  /// Loads or makes the keys of `endpoints`.
  ///
  /// @throws IllegalStateException with the reason if policy refuses a certificate
  public void prepare(List<ScepEndpoint> endpoints) {
    for (ScepEndpoint endpoint : endpoints) {
      RegistrationAuthority found = authorityOf(endpoint);
      found.demand(endpoint);
      found.renewIfDue();
    }
  }

  /// Renews those for which it is time.
  public void renewIfDue() {
    authorities.values().forEach(RegistrationAuthority::renewIfDue);
  }

  /// The certificates that each endpoint shows now, by its name.
  public Map<String, List<Certificate>> shown() {
    Map<String, List<Certificate>> shown = new TreeMap<>();
    authorities.forEach(
        (label, found) -> shown.put(label.isEmpty() ? "scep" : "scep/" + label, found.shown()));
    return shown;
  }
}
