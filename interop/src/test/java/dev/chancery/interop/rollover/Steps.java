package dev.chancery.interop.rollover;

import dev.chancery.authority.rollover.Generation;
import dev.chancery.authority.rollover.Rollover;
import dev.chancery.interop.Installation;
import dev.chancery.interop.Wire;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.cms.CertsOnly;
import dev.chancery.pki.request.CertificationRequestBuilder;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The steps of a rollover by hand, and what devices do meanwhile.
public final class Steps {
  static final Rollover.Manner BY_HAND = new Rollover.Manner(false, false, "operator");
  static final Rollover.Manner FORCED = new Rollover.Manner(false, true, "operator");

  private Steps() {}

  /// Prepares and announces; afterwards everything that the server does by the minute is done.
  public static Generation announce(Installation chancery, boolean newRoot) {
    var _ = chancery.services().rollover().prepare("issuing", newRoot, BY_HAND).orElseThrow();
    Generation announced =
        chancery.services().rollover().announce("issuing", Optional.empty(), BY_HAND);
    chancery.services().rolledOver().run();
    return announced;
  }

  /// Lets the announced generation sign from now on.
  public static Generation activate(Installation chancery) {
    Generation active =
        chancery.services().rollover().activate("issuing", Optional.empty(), BY_HAND);
    chancery.services().rolledOver().run();
    return active;
  }

  /// Lets time pass, and does what a server does by the minute.
  static void later(Installation chancery, Duration duration) {
    chancery.clock().advance(duration);
    boolean _ = chancery.server().renewIfDue();
  }

  static List<Certificate> cacerts(Installation chancery) {
    try (Wire wire = Wire.connect(chancery.server().tlsPort())) {
      Wire.Answer answer = wire.send("GET", "/.well-known/est/cacerts", Map.of(), new byte[0]);
      return CertsOnly.parse(Base64.getMimeDecoder().decode(answer.body().toByteArray()));
    }
  }

  static Wire.Answer renew(Installation chancery, Wire.Identity identity) {
    try (Wire wire = Wire.connect(chancery.server().tlsPort(), "TLSv1.3", Optional.of(identity))) {
      return wire.send(
          "POST",
          "/.well-known/est/simplereenroll",
          Installation.pkcs10(),
          Installation.base64(
              CertificationRequestBuilder.builder(
                      identity.chain().getFirst().names(), identity.keyPair())
                  .build()
                  .der()
                  .toByteArray()));
    }
  }
}
