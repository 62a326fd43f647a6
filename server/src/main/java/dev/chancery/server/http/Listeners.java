package dev.chancery.server.http;

import dev.chancery.server.configuration.Configuration;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.eclipse.jetty.http.MimeTypes;
import org.eclipse.jetty.http.UriCompliance;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.NetworkConnectionLimit;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.handler.GracefulHandler;
import org.eclipse.jetty.util.thread.QueuedThreadPool;

/// The HTTP listeners, in one Jetty server: few platform threads move bytes, each request runs on a
/// virtual thread.
public final class Listeners implements AutoCloseable {
  private static final Duration DRAIN = Duration.ofSeconds(10);
  private static final int PLATFORM_THREADS = 16;

  /// The listener without TLS.
  static final String CLEAR = "clear";

  private final Server server;
  private final ServerConnector tls;
  private final ServerConnector clear;
  private final Optional<ServerConnector> certificateless;

  private Listeners(
      Server server,
      ServerConnector tls,
      ServerConnector clear,
      Optional<ServerConnector> certificateless) {
    this.server = server;
    this.tls = tls;
    this.clear = clear;
    this.certificateless = certificateless;
  }

  /// Makes the connector of a TLS listener.
  @FunctionalInterface
  public interface Tls {
    ServerConnector connector(Server server, HttpConnectionFactory http);
  }

  /// A TLS listener beside the usual one, and where it is.
  public record Further(Tls tls, Configuration.Address address) {}

  /// The threads that the listeners run on. Making them loads much of Jetty, and its table of media
  /// types, for which it goes through all locales.
  public static QueuedThreadPool threads() {
    Objects.requireNonNull(MimeTypes.DEFAULTS);
    // Jetty would ask Java's management beans, which costs a tenth of the whole start.
    System.getProperties().putIfAbsent("org.eclipse.jetty.util.referencesPerCacheLine", "16");
    QueuedThreadPool threads = new QueuedThreadPool(PLATFORM_THREADS);
    threads.setName("http");
    threads.setVirtualThreadsExecutor(
        Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("request-", 0).factory()));
    return threads;
  }

  /// Prepares the listeners without opening them.
  ///
  /// @param threads see [#threads()]
  /// @param certificateless the listener for TLS without certificates, if there is one
  public static Listeners prepare(
      QueuedThreadPool threads,
      Configuration.Server settings,
      HttpAdapter adapter,
      Tls tls,
      Optional<Further> certificateless) {
    Server server = new Server(threads);
    ServerConnector tlsConnector = tls.connector(server, http(settings.limits()));
    ServerConnector clearConnector =
        new ServerConnector(server, null, null, null, 1, -1, http(settings.limits()));
    clearConnector.setName(CLEAR);
    place(tlsConnector, settings.tls().address(), settings.limits());
    place(clearConnector, settings.clear(), settings.limits());
    server.addConnector(tlsConnector);
    server.addConnector(clearConnector);
    Optional<ServerConnector> further =
        certificateless.map(listener -> {
          ServerConnector connector = listener.tls().connector(server, http(settings.limits()));
          place(connector, listener.address(), settings.limits());
          server.addConnector(connector);
          return connector;
        });
    server.addBean(
        new NetworkConnectionLimit(settings.limits().maxConnections(), server.getConnectors()));
    server.setHandler(new GracefulHandler(adapter));
    server.setErrorHandler(new PlainErrors());
    server.setStopTimeout(DRAIN.toMillis());
    server.setStopAtShutdown(false);
    return new Listeners(server, tlsConnector, clearConnector, further);
  }

  private static void place(
      ServerConnector connector, Configuration.Address address, Configuration.Limits limits) {
    connector.setHost(address.host());
    connector.setPort(address.port());
    connector.setIdleTimeout(limits.idleTimeout().toMillis());
    connector.setAcceptQueueSize(1024);
  }

  private static HttpConnectionFactory http(Configuration.Limits limits) {
    HttpConfiguration http = new HttpConfiguration();
    http.setSendServerVersion(false);
    http.setSendXPoweredBy(false);
    http.setRequestHeaderSize(limits.headerBytes());
    // Jetty shall pass every path on: StrictPath answers the doubtful ones with 404.
    http.setUriCompliance(UriCompliance.UNSAFE);
    return new HttpConnectionFactory(http);
  }

  /// Opens the ports.
  ///
  /// @throws Exception what Jetty throws, mostly that a port is taken
  public void open() throws Exception {
    server.start();
  }

  public int tlsPort() {
    return tls.getLocalPort();
  }

  public int clearPort() {
    return clear.getLocalPort();
  }

  /// The port for TLS without certificates, if it is served.
  public OptionalInt certificatelessPort() {
    return certificateless
        .map(connector -> OptionalInt.of(connector.getLocalPort()))
        .orElseGet(OptionalInt::empty);
  }

  /// Names of the listeners.
  public List<String> names() {
    return connectors().map(ServerConnector::getName).toList();
  }

  /// Connections open now on a listener.
  public int connections(String listener) {
    return connectors()
        .filter(connector -> connector.getName().equals(listener))
        .mapToInt(connector -> connector.getConnectedEndPoints().size())
        .sum();
  }

  private Stream<ServerConnector> connectors() {
    return Stream.concat(Stream.of(tls, clear), certificateless.stream());
  }

  /// Stops accepting and waits up to 10 seconds for the requests under way.
  @Override
  public void close() {
    try {
      server.stop();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (Exception e) {
      throw new IllegalStateException("the listeners did not stop cleanly", e);
    }
  }
}
