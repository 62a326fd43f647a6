package dev.chancery.server.metrics;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicBoolean;
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

  /// `chancery_server_certificate_expiry_seconds`: when the server's own certificate ends, as
  /// seconds since 1970.
  public void watchServerCertificate(Supplier<Instant> notAfter) {
    Gauge.builder("chancery.server.certificate.expiry", () -> notAfter.get().getEpochSecond())
        .description("End of the server's own certificate, in seconds since 1970")
        .baseUnit("seconds")
        .strongReference(true)
        .register(registry);
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
    return registry.scrape();
  }
}
