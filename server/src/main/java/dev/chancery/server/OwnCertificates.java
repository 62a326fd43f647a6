package dev.chancery.server;

import dev.chancery.authority.issuance.Issuers;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.server.metrics.Metrics.CertificateEnd;
import dev.chancery.server.scep.Registrations;
import dev.chancery.server.tls.ServerCertificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The server's own certificates: it tells when each ends, and warns in time. Those that it renews
/// by itself have a third of their lifetime left then, so a warning about one of them means that
/// its renewal fails. Thread-safe.
final class OwnCertificates {
  private static final Logger LOG = LoggerFactory.getLogger(OwnCertificates.class);

  /// A warning comes when less than this is left, or less than a quarter of the lifetime.
  private static final Duration AHEAD = Duration.ofDays(90);

  private static final Duration WARNED_EVERY = Duration.ofDays(1);

  private final Issuers issuers;
  private final Registrations registrations;
  private final ServerCertificate tls;
  private final Clock clock;
  private final Map<CertificateEnd, Instant> warned = new ConcurrentHashMap<>();

  OwnCertificates(
      Issuers issuers, Registrations registrations, ServerCertificate tls, Clock clock) {
    this.issuers = issuers;
    this.registrations = registrations;
    this.tls = tls;
    this.clock = clock;
  }

  private record Own(CertificateEnd end, Instant notBefore) {
    static Own of(String purpose, String name, Certificate certificate) {
      return new Own(
          new CertificateEnd(purpose, name, certificate.notAfter()), certificate.notBefore());
    }

    boolean isNear(Instant now) {
      // In seconds: a Duration divides by way of BigDecimal, which takes 20 ms to come up at a
      // start.
      Duration quarter =
          Duration.ofSeconds(Duration.between(notBefore, end.notAfter()).toSeconds() / 4);
      Duration ahead = quarter.compareTo(AHEAD) < 0 ? quarter : AHEAD;
      return now.isAfter(end.notAfter().minus(ahead));
    }
  }

  /// When each ends.
  List<CertificateEnd> ends() {
    return all().stream().map(Own::end).toList();
  }

  private List<Own> all() {
    List<Own> all = new ArrayList<>();
    tls.current().ifPresent(certificate -> all.add(Own.of("tls", "server", certificate)));
    for (String issuer : issuers.names()) {
      List<Certificate> chain = issuers.certificatesOf(issuer);
      all.add(Own.of("issuer", issuer, chain.getFirst()));
      Certificate root = issuers.rootOf(issuer);
      if (!root.equals(chain.getFirst())) {
        all.add(Own.of("root", issuer, root));
      }
    }
    registrations
        .shown()
        .forEach((endpoint, shown) -> {
          Optional<Certificate> opening = shown.stream().findFirst();
          opening.ifPresent(one -> all.add(Own.of("registration-authority", endpoint, one)));
          shown.stream()
              .skip(1)
              .forEach(one -> all.add(Own.of("registration-authority-signature", endpoint, one)));
        });
    return all;
  }

  /// Warns of those that end soon, once a day.
  void warn() {
    Instant now = clock.instant();
    for (Own own : all()) {
      CertificateEnd end = own.end();
      Instant last = warned.get(end);
      if (own.isNear(now) && (last == null || !now.isBefore(last.plus(WARNED_EVERY)))) {
        warned.put(end, now);
        LOG.atWarn()
            .addKeyValue("purpose", end.purpose())
            .addKeyValue("name", end.name())
            .addKeyValue("not-after", end.notAfter())
            .addKeyValue(
                "remedy",
                end.purpose().equals("issuer") || end.purpose().equals("root")
                    ? "lead it to its next generation in time (chancery ca list): no certificate outlives it"
                    : "it should have been renewed long ago: find out why not, further up in the log")
            .log("a certificate of this server ends soon");
      }
    }
  }
}
