package dev.chancery.server.metrics;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.IntSupplier;
import java.util.function.Supplier;

/// Every metric of the server. Names are as Prometheus shows them, units are seconds, and no label
/// holds an identity. Thread-safe.
public final class Metrics {
  private static final Duration[] BUCKETS = {
    Duration.ofMillis(1),
    Duration.ofMillis(2),
    Duration.ofMillis(5),
    Duration.ofMillis(10),
    Duration.ofMillis(25),
    Duration.ofMillis(50),
    Duration.ofMillis(100),
    Duration.ofMillis(250),
    Duration.ofSeconds(1),
    Duration.ofSeconds(5),
  };

  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final AtomicBoolean platformWatched = new AtomicBoolean();
  private final Timer ledgerCommits =
      Timer.builder("chancery.ledger.commit")
          .description("How long a transaction takes until it is durable")
          .serviceLevelObjectives(BUCKETS)
          .register(registry);
  private final AtomicReference<Supplier<List<CertificateEnd>>> watched =
      new AtomicReference<>(List::of);
  private final MultiGauge certificates =
      MultiGauge.builder("chancery.certificate.not.after.timestamp")
          .description("End of each of the server's own certificates, in seconds since 1970")
          .baseUnit("seconds")
          .register(registry);
  private final Counter ledgerFailures =
      Counter.builder("chancery.ledger.failures")
          .description("Transactions that the ledger could not store")
          .register(registry);

  /// `chancery_enrollments_total`: decisions about requests for certificates.
  ///
  /// @param protocol of the endpoint, `est`
  /// @param endpoint its name, `est/factory`
  /// @param outcome `issued`, `redelivered`, `pending` or `refused`
  /// @param code why it was refused; empty otherwise
  public void enrollment(String protocol, String endpoint, String outcome, String code) {
    Counter.builder("chancery.enrollments")
        .description("Decisions about requests for certificates")
        .tags("protocol", protocol, "endpoint", endpoint, "outcome", outcome, "code", code)
        .register(registry)
        .increment();
  }

  /// `chancery_enrollment_seconds`: from the request's header to its reply.
  public void enrollmentTook(String protocol, String endpoint, Duration duration) {
    Timer.builder("chancery.enrollment")
        .description("From the header of a request for a certificate to its reply")
        .tags("protocol", protocol, "endpoint", endpoint)
        .serviceLevelObjectives(BUCKETS)
        .register(registry)
        .record(duration);
  }

  /// `chancery_http_requests_total`.
  ///
  /// @param endpoint of the route; `none` if there was none
  public void request(String listener, String endpoint, int status) {
    Counter.builder("chancery.http.requests")
        .description("HTTP requests answered")
        .tags("listener", listener, "endpoint", endpoint, "status", Integer.toString(status))
        .register(registry)
        .increment();
  }

  /// `chancery_coap_requests_total`.
  ///
  /// @param endpoint of the resource; `none` if there was none
  /// @param code such as `2.04`
  public void coapRequest(String endpoint, String code) {
    Counter.builder("chancery.coap.requests")
        .description("CoAP requests answered")
        .tags("listener", "coaps", "endpoint", endpoint, "code", code)
        .register(registry)
        .increment();
  }

  /// `chancery_connections`: those open now.
  public void watchConnections(String listener, IntSupplier open) {
    Gauge.builder("chancery.connections", open, IntSupplier::getAsInt)
        .description("Open connections")
        .tags("listener", listener)
        .strongReference(true)
        .register(registry);
  }

  /// A certificate of the server's own, for [#watchCertificates].
  ///
  /// @param purpose `tls`, `issuer`, `root`, `registration-authority` or
  ///   `registration-authority-signature`
  /// @param name of the issuer or endpoint; `server`
  public record CertificateEnd(String purpose, String name, Instant notAfter) {}

  /// `chancery_certificate_not_after_timestamp_seconds`: when each of the server's own certificates
  /// ends, as seconds since 1970.
  public void watchCertificates(Supplier<List<CertificateEnd>> ends) {
    watched.set(ends);
  }

  /// `chancery_issuer_keys_missing`: generations that sign, or are announced to, without their key
  /// on this server.
  public void watchIssuerKeys(IntSupplier missing) {
    Gauge.builder("chancery.issuer.keys.missing", missing, IntSupplier::getAsInt)
        .description("CA keys that sign, or soon will, and are not on this server")
        .strongReference(true)
        .register(registry);
  }

  void ledgerCommitTook(Duration duration) {
    ledgerCommits.record(duration);
  }

  void ledgerFailed() {
    ledgerFailures.increment();
  }

  /// The text that Prometheus scrapes.
  public String scrape() {
    // At the first scrape, since Java's management classes would slow the start.
    if (platformWatched.compareAndSet(false, true)) {
      new UptimeMetrics().bindTo(registry);
      new ProcessorMetrics().bindTo(registry);
      new JvmMemoryMetrics().bindTo(registry);
    }
    certificates.register(
        watched.get().get().stream()
            .map(end ->
                MultiGauge.Row.of(
                    Tags.of("purpose", end.purpose(), "name", end.name()),
                    end.notAfter().getEpochSecond()))
            .toList(),
        true);
    return registry.scrape();
  }
}
