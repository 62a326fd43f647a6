package dev.chancery.server.coap;

import dev.chancery.pki.crypto.Providers;
import dev.chancery.server.configuration.Configuration.Address;
import dev.chancery.server.configuration.Configuration.Limits;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import javax.net.ssl.X509ExtendedKeyManager;
import org.eclipse.californium.core.CoapServer;
import org.eclipse.californium.core.config.CoapConfig;
import org.eclipse.californium.core.network.CoapEndpoint;
import org.eclipse.californium.elements.config.CertificateAuthenticationMode;
import org.eclipse.californium.elements.config.Configuration;
import org.eclipse.californium.elements.config.SystemConfig;
import org.eclipse.californium.elements.config.UdpConfig;
import org.eclipse.californium.scandium.DTLSConnector;
import org.eclipse.californium.scandium.config.DtlsConfig;
import org.eclipse.californium.scandium.config.DtlsConfig.DtlsRole;
import org.eclipse.californium.scandium.config.DtlsConnectorConfig;
import org.eclipse.californium.scandium.dtls.CertificateType;
import org.eclipse.californium.scandium.dtls.Handshaker;
import org.eclipse.californium.scandium.dtls.ResumptionSupportingConnectionStore;
import org.eclipse.californium.scandium.dtls.cipher.CipherSuite;

/// The CoAP listener: DTLS 1.2 with a certificate on either side (RFC 9148 §3). Californium's few
/// platform threads move datagrams; requests run on virtual threads.
public final class CoapsListener implements AutoCloseable {
  /// The mandatory one first; the other two for clients whose library has given up 8-byte tags.
  private static final List<CipherSuite> CIPHER_SUITES =
      List.of(
          CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8,
          CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_CCM,
          CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256);

  /// A request is kept in memory until its last block has come. The longest known kinds of
  /// requests, those with post-quantum keys, stay below.
  private static final int MAX_REQUEST_BYTES = 16 * 1024;

  /// A connection takes up to 20 KiB of a small heap, and Californium keeps a silent one until
  /// another needs its place. So there are fewer places than for TCP, and they are given away
  /// sooner: 600 new devices per second find one.
  private static final int MAX_CONNECTIONS = 3_000;

  private static final Duration SILENCE = Duration.ofSeconds(5);

  /// How many answers to one peer are remembered, and for how long. A client that hears nothing
  /// asks again after 2 to 3 seconds, and twice as long each time after that (RFC 7252 §4.2).
  private static final int REMEMBERED_ANSWERS = 16;

  private static final int REMEMBERED_SECONDS = 30;

  /// Bytes of a connection id (RFC 9146): a client keeps its session when its address changes.
  private static final int CONNECTION_ID_BYTES = 6;

  private final CoapServer server;
  private final CoapEndpoint endpoint;
  private final Dtls dtls;
  private final CoapAdapter adapter;

  private CoapsListener(CoapServer server, CoapEndpoint endpoint, Dtls dtls, CoapAdapter adapter) {
    this.server = server;
    this.endpoint = endpoint;
    this.dtls = dtls;
    this.adapter = adapter;
  }

  /// Prepares the listener without opening it.
  ///
  /// @param keys the server's key of the moment
  /// @param announced the CAs to name when asking for the client certificate
  public static CoapsListener prepare(
      Address address,
      Limits limits,
      X509ExtendedKeyManager keys,
      Supplier<List<X509Certificate>> announced,
      CoapAdapter adapter) {
    // Californium takes the platform's, which needs five times as long for a handshake.
    Providers.lendEllipticCurves();
    Configuration settings = settings(limits);
    DtlsConnectorConfig configuration =
        DtlsConnectorConfig.builder(settings)
            .setAddress(new InetSocketAddress(address.host(), address.port()))
            .setCertificateIdentityProvider(new DtlsIdentity(keys))
            .setAdvancedCertificateVerifier(new PresentedDtlsChains(announced))
            .build();
    Dtls dtls = Dtls.of(configuration);
    CoapEndpoint endpoint =
        new CoapEndpoint.Builder().setConfiguration(settings).setConnector(dtls).build();
    CoapServer server = new CoapServer(settings);
    server.setMessageDeliverer(adapter);
    server.addEndpoint(endpoint);
    return new CoapsListener(server, endpoint, dtls, adapter);
  }

  // Deprecated in favour of the switch above it, but its default still lets some who resume go on
  // without a cookie.
  @SuppressWarnings("deprecation")
  private static Configuration settings(Limits limits) {
    int connections = Math.min(limits.maxConnections(), MAX_CONNECTIONS);
    // Named one by one, since by default Californium reads and writes a file of properties.
    return new Configuration(
            CoapConfig.DEFINITIONS,
            UdpConfig.DEFINITIONS,
            DtlsConfig.DEFINITIONS,
            SystemConfig.DEFINITIONS)
        .set(CoapConfig.MAX_RESOURCE_BODY_SIZE, Math.min(limits.bodyBytes(), MAX_REQUEST_BYTES))
        .set(CoapConfig.MAX_ACTIVE_PEERS, connections)
        // Answers are remembered for duplicates of their requests, and fill the heap. A duplicate
        // that comes later is answered with the same certificate by the ledger.
        .set(CoapConfig.DEDUPLICATOR, CoapConfig.DEDUPLICATOR_PEERS_MARK_AND_SWEEP)
        .set(CoapConfig.PEERS_MARK_AND_SWEEP_MESSAGES, REMEMBERED_ANSWERS)
        .set(CoapConfig.EXCHANGE_LIFETIME, REMEMBERED_SECONDS, TimeUnit.SECONDS)
        .set(DtlsConfig.DTLS_ROLE, DtlsRole.SERVER_ONLY)
        .set(DtlsConfig.DTLS_CLIENT_AUTHENTICATION_MODE, CertificateAuthenticationMode.NEEDED)
        .set(DtlsConfig.DTLS_CERTIFICATE_TYPES, List.of(CertificateType.X_509))
        .set(DtlsConfig.DTLS_CIPHER_SUITES, CIPHER_SUITES)
        .set(DtlsConfig.DTLS_CONNECTION_ID_LENGTH, CONNECTION_ID_BYTES)
        // A cookie before any state and before any large flight, also for those who resume: this
        // server amplifies nothing for a forged address.
        .set(DtlsConfig.DTLS_USE_HELLO_VERIFY_REQUEST, true)
        .set(DtlsConfig.DTLS_VERIFY_PEERS_ON_RESUMPTION_THRESHOLD, 0)
        .set(DtlsConfig.DTLS_MAX_CONNECTIONS, connections)
        // A newcomer takes the place of whoever has been silent for so long.
        .set(
            DtlsConfig.DTLS_STALE_CONNECTION_THRESHOLD,
            Math.min(limits.idleTimeout().toMillis(), SILENCE.toMillis()),
            TimeUnit.MILLISECONDS);
  }

  /// Opens the port.
  ///
  /// @throws IOException if it is taken
  public void open() throws IOException {
    try {
      server.start();
    } catch (IllegalStateException e) {
      throw new IOException("the UDP port for CoAP cannot be opened", e);
    }
  }

  public int port() {
    return endpoint.getAddress().getPort();
  }

  /// DTLS connections that are kept now.
  public int connections() {
    return dtls.connections();
  }

  /// Stops accepting and waits for the requests under way.
  @Override
  public void close() {
    adapter.close();
    server.destroy();
  }

  /// A connector that tells how many connections it keeps.
  private static final class Dtls extends DTLSConnector {
    private final ResumptionSupportingConnectionStore connections;
    private final int maxConnections;
    private final AtomicInteger handshakes = new AtomicInteger();

    private Dtls(
        DtlsConnectorConfig configuration, ResumptionSupportingConnectionStore connections) {
      super(configuration, connections);
      this.connections = connections;
      this.maxConnections = configuration.get(DtlsConfig.DTLS_MAX_CONNECTIONS);
    }

    static Dtls of(DtlsConnectorConfig configuration) {
      return new Dtls(configuration, createConnectionStore(configuration));
    }

    /// Californium remembers each handshake for 135 seconds and, as soon as it remembers as many as
    /// there may be connections, answers no newcomer. That many devices on a busy day are no
    /// attack, and connections that are silent have a limit of their own; so it may forget in time.
    // Deprecated in favour of a listener, which does not know its connector.
    @Override
    @SuppressWarnings("deprecation")
    protected void onInitializeHandshaker(Handshaker handshaker) {
      if (handshakes.incrementAndGet() % (maxConnections / 2 + 1) == 0) {
        clearRecentHandshakes();
      }
    }

    int connections() {
      return maxConnections - connections.remainingCapacity();
    }
  }
}
