package dev.chancery.server.scep;

import dev.chancery.authority.Authority;
import dev.chancery.authority.rollover.Generation;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.cms.MessageKey;
import dev.chancery.scep.responder.RegistrationKeys;
import dev.chancery.scep.responder.ScepEndpoint;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.stream.Stream;

/// The registration authority of one SCEP endpoint: certificates in each generation of its issuer
/// that requesters may know. They see those whose generation is active at that instant (SCEP-045).
/// Thread-safe.
final class RegistrationAuthority implements RegistrationKeys {
  private final Registrations.Homes homes;
  private final Authority authority;
  private final Function<String, Duration> overlaps;
  private final Clock clock;
  private final Map<Integer, RegistrationCertificates> byNumber = new ConcurrentHashMap<>();
  private volatile ScepEndpoint endpoint;

  /// @param overlaps how long keys of an issuer's generation that retires still open messages
  RegistrationAuthority(
      Registrations.Homes homes,
      ScepEndpoint endpoint,
      Authority authority,
      Function<String, Duration> overlaps,
      Clock clock) {
    this.homes = homes;
    this.endpoint = endpoint;
    this.authority = authority;
    this.overlaps = overlaps;
    this.clock = clock;
  }

  /// Follows other settings from now on; [#renewIfDue] acts on them.
  void demand(ScepEndpoint other) {
    endpoint = other;
  }

  /// Gets what is missing and renews what is due: in the active generation and in the one that is
  /// announced.
  ///
  /// @throws IllegalStateException with the reason if policy refuses a certificate
  void renewIfDue() {
    List<Generation> living = authority.generationsOf(issuer());
    living.stream().skip(1).forEach(one -> certificatesOf(one).load());
    renew(living.getFirst());
    authority.nextGenerationOf(issuer()).ifPresent(this::renew);
  }

  private String issuer() {
    return endpoint.endpoint().issuer();
  }

  private void renew(Generation generation) {
    RegistrationCertificates certificates = certificatesOf(generation);
    certificates.demand(endpoint, generation);
    certificates.renewIfDue();
  }

  private RegistrationCertificates certificatesOf(Generation generation) {
    return byNumber.computeIfAbsent(
        generation.number(),
        number -> new RegistrationCertificates(homes, endpoint, generation, authority, clock));
  }

  /// A key with what it belongs to.
  private record Owned(
      MessageKey key, RegistrationCertificates certificates, Generation generation) {}

  /// The active generation's first; then those before, while messages for them may come; then the
  /// announced one's.
  private List<Owned> owned() {
    List<Owned> owned = new ArrayList<>();
    List<Generation> living = authority.generationsOf(issuer());
    for (Generation generation : living) {
      RegistrationCertificates certificates = byNumber.get(generation.number());
      if (certificates != null && opens(generation, living)) {
        certificates.keys().forEach(key -> owned.add(new Owned(key, certificates, generation)));
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
    return clock.instant().isBefore(followed.plus(overlaps.apply(issuer())));
  }

  @Override
  public List<MessageKey> keys() {
    List<MessageKey> keys = owned().stream().map(Owned::key).toList();
    if (keys.isEmpty()) {
      throw new IllegalStateException(
          "the keys of " + endpoint.endpoint().name() + " are not prepared");
    }
    return keys;
  }

  @Override
  public Optional<MessageKey> next() {
    return authority
        .nextGenerationOf(issuer())
        .map(Generation::number)
        .map(byNumber::get)
        .flatMap(certificates -> certificates.keys().stream().findFirst());
  }

  @Override
  public String generationOf(MessageKey key) {
    return ownedAs(key).map(one -> one.generation().id()).orElse(issuer());
  }

  @Override
  public MessageKey signing(MessageKey opening) {
    return ownedAs(opening).map(one -> one.certificates().signing(opening)).orElse(opening);
  }

  private Optional<Owned> ownedAs(MessageKey key) {
    return owned().stream()
        .filter(one -> one.key().certificate().equals(key.certificate()))
        .findFirst();
  }

  /// The certificates that GetCACert shows now; empty before there are any.
  List<Certificate> shown() {
    return owned().stream()
        .findFirst()
        .map(one ->
            Stream.of(one.key(), one.certificates().signing(one.key()))
                .map(MessageKey::certificate)
                .distinct()
                .toList())
        .orElse(List.of());
  }
}
