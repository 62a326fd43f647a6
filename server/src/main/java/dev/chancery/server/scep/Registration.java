package dev.chancery.server.scep;

import dev.chancery.authority.Authority;
import dev.chancery.authority.endpoint.Endpoint;
import dev.chancery.authority.rollover.Generation;
import dev.chancery.pki.cms.MessageKey;
import dev.chancery.scep.responder.RegistrationKeys;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/// The registration authority of one SCEP endpoint: a certificate in each generation of its issuer
/// that requesters may know. They see the one whose generation is active at that instant
/// (SCEP-045). Thread-safe.
final class Registration implements RegistrationKeys {
  private final Registrations.Homes homes;
  private final Authority authority;
  private final Function<String, Duration> overlaps;
  private final Clock clock;
  private final Map<Integer, RegistrationCertificate> byNumber = new ConcurrentHashMap<>();
  private volatile Endpoint endpoint;

  /// @param overlaps how long keys of an issuer's generation that retires still open messages
  Registration(
      Registrations.Homes homes,
      Endpoint endpoint,
      Authority authority,
      Function<String, Duration> overlaps,
      Clock clock) {
    this.homes = homes;
    this.endpoint = endpoint;
    this.authority = authority;
    this.overlaps = overlaps;
    this.clock = clock;
  }

  /// Asks another issuer from now on; [#renewIfDue] acts on it.
  void demand(Endpoint other) {
    endpoint = other;
  }

  /// Gets what is missing and renews what is due: in the active generation and in the one that is
  /// announced.
  ///
  /// @throws IllegalStateException with the reason if policy refuses a certificate
  void renewIfDue() {
    List<Generation> living = authority.generationsOf(endpoint.issuer());
    living.stream().skip(1).forEach(one -> certificateOf(one).load());
    renew(living.getFirst());
    authority.nextGenerationOf(endpoint.issuer()).ifPresent(this::renew);
  }

  private void renew(Generation generation) {
    RegistrationCertificate certificate = certificateOf(generation);
    certificate.demand(endpoint, generation);
    boolean _ = certificate.renewIfDue();
  }

  private RegistrationCertificate certificateOf(Generation generation) {
    return byNumber.computeIfAbsent(
        generation.number(),
        number ->
            new RegistrationCertificate(
                homes.of(endpoint, number), endpoint, generation, authority, clock));
  }

  /// A key with the generation that it belongs to.
  private record Owned(MessageKey key, Generation generation) {}

  /// The active generation's first; then those before, while messages for them may come; then the
  /// announced one's.
  private List<Owned> owned() {
    List<Owned> owned = new ArrayList<>();
    List<Generation> living = authority.generationsOf(endpoint.issuer());
    for (Generation generation : living) {
      RegistrationCertificate certificate = byNumber.get(generation.number());
      if (certificate != null && opens(generation, living)) {
        certificate.keys().forEach(key -> owned.add(new Owned(key, generation)));
      }
    }
    return owned;
  }

  private boolean opens(Generation generation, List<Generation> living) {
    int active = living.getFirst().number();
    if (generation.number() >= active) {
      return true;
    }
    Instant followed =
        living.stream()
            .filter(one -> one.number() > generation.number() && one.number() <= active)
            .flatMap(one -> one.activeFrom().stream())
            .min(Instant::compareTo)
            .orElse(Instant.MAX);
    return clock.instant().isBefore(followed.plus(overlaps.apply(endpoint.issuer())));
  }

  @Override
  public List<MessageKey> keys() {
    List<MessageKey> keys = owned().stream().map(Owned::key).toList();
    if (keys.isEmpty()) {
      throw new IllegalStateException("the keys of " + endpoint.name() + " are not prepared");
    }
    return keys;
  }

  @Override
  public Optional<MessageKey> next() {
    return authority
        .nextGenerationOf(endpoint.issuer())
        .map(Generation::number)
        .map(byNumber::get)
        .flatMap(certificate -> certificate.keys().stream().findFirst());
  }

  @Override
  public String generationOf(MessageKey key) {
    return owned().stream()
        .filter(one -> one.key().certificate().equals(key.certificate()))
        .findFirst()
        .map(one -> one.generation().id())
        .orElse(endpoint.issuer());
  }
}
