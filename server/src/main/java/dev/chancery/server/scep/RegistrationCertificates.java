package dev.chancery.server.scep;

import dev.chancery.authority.Authority;
import dev.chancery.authority.endpoint.Endpoint;
import dev.chancery.authority.rollover.Generation;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.cms.MessageKey;
import dev.chancery.scep.responder.ScepEndpoint;
import dev.chancery.scep.responder.ScepEndpoint.Registration;
import dev.chancery.scep.responder.ScepEndpoint.Registration.Form;
import dev.chancery.server.scep.RegistrationCertificate.Use;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What the registration authority of one endpoint has in one generation of its issuer: one
/// certificate that opens messages and signs replies, or one for each (SCEP-152). Keys that have
/// been replaced go on opening messages for a while (SCEP-154). Thread-safe.
final class RegistrationCertificates {
  private final RegistrationCertificate opening;
  private final RegistrationCertificate signing;
  private final Clock clock;
  private volatile ScepEndpoint endpoint;

  /// By the certificate of the opening key, where that may not sign.
  private volatile Map<Certificate, MessageKey> signers = Map.of();

  RegistrationCertificates(
      Registrations.Homes homes,
      ScepEndpoint endpoint,
      Generation generation,
      Authority authority,
      Clock clock) {
    Endpoint name = endpoint.endpoint();
    int number = generation.number();
    this.opening =
        new RegistrationCertificate(
            homes.of(name, number, KeyHome.Kind.OPENING),
            name,
            Use.BOTH,
            generation,
            authority,
            clock);
    this.signing =
        new RegistrationCertificate(
            homes.of(name, number, KeyHome.Kind.SIGNING),
            name,
            Use.SIGNATURE,
            generation,
            authority,
            clock);
    this.clock = clock;
    this.endpoint = endpoint;
    demand(endpoint, generation);
  }

  /// Follows other settings from now on; [#renewIfDue] acts on them.
  void demand(ScepEndpoint other, Generation generation) {
    endpoint = other;
    opening.demand(other.endpoint(), isSplit() ? Use.ENCRYPTION : Use.BOTH, generation);
    signing.demand(other.endpoint(), Use.SIGNATURE, generation);
  }

  private boolean isSplit() {
    return endpoint.registration().form() == Form.SPLIT;
  }

  /// Takes the keys from where they are kept, and makes new ones if it is time.
  ///
  /// @throws IllegalStateException with the reason if policy refuses a certificate
  void renewIfDue() {
    // The signing key first: a stop in between leaves the opening key with its old partner.
    if (isSplit()) {
      boolean _ = signing.renewIfDue();
    }
    boolean _ = opening.renewIfDue();
    pair();
  }

  /// Takes the keys from where they are kept, and makes none.
  void load() {
    opening.load();
    pair();
  }

  private void pair() {
    Map<Certificate, MessageKey> pairs = new HashMap<>();
    for (MessageKey key : opening.held()) {
      if (!maySign(key.certificate())) {
        if (signing.held().isEmpty()) {
          signing.load();
        }
        partnerOf(key).ifPresent(partner -> pairs.put(key.certificate(), partner));
      }
    }
    signers = Map.copyOf(pairs);
  }

  private static boolean maySign(Certificate certificate) {
    boolean @Nullable [] usage = certificate.toX509().getKeyUsage();
    return usage == null || usage[0];
  }

  /// Both of a pair are made at the same time, and pairs are months apart.
  private Optional<MessageKey> partnerOf(MessageKey key) {
    Instant made = key.certificate().notBefore();
    return signing.held().stream()
        .min(
            Comparator.comparing(
                other -> Duration.between(made, other.certificate().notBefore()).abs()));
  }

  /// The current key first, then those that still open messages. Empty before there is one.
  List<MessageKey> keys() {
    List<MessageKey> held = opening.held();
    if (held.isEmpty()) {
      return List.of();
    }
    Instant now = clock.instant();
    List<MessageKey> keys = new ArrayList<>();
    keys.add(held.getFirst());
    held.stream().skip(1).filter(key -> now.isBefore(endOf(key, held))).forEach(keys::add);
    return keys;
  }

  /// When a key stops opening messages: its certificate's end, or the overlap after its successor.
  private Instant endOf(MessageKey key, List<MessageKey> held) {
    Instant end = key.certificate().notAfter().plusSeconds(1);
    Registration registration = endpoint.registration();
    if (registration.overlap().isEmpty()) {
      return end;
    }
    return held.stream()
        .map(other -> other.certificate().notBefore())
        .filter(key.certificate().notBefore()::isBefore)
        .min(Comparator.naturalOrder())
        .map(replaced -> replaced.plus(registration.overlap().get()))
        .filter(end::isAfter)
        .orElse(end);
  }

  /// The key that signs replies to messages that `key` opens.
  MessageKey signing(MessageKey key) {
    return signers.isEmpty() ? key : signers.getOrDefault(key.certificate(), key);
  }
}
