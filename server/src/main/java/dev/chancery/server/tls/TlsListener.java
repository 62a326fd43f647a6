package dev.chancery.server.tls;

import dev.chancery.server.configuration.Configuration;
import dev.chancery.server.configuration.Configuration.TlsVersion;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.function.Supplier;
import javax.net.ssl.SSLException;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.ssl.SslConnection;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.SslConnectionFactory;
import org.eclipse.jetty.util.ssl.SslContextFactory;

/// Makes the TLS listener.
public final class TlsListener {
  /// Forward secret and authenticated encryption, nothing else (EST-004).
  private static final String[] CIPHER_SUITES = {
    "TLS_AES_128_GCM_SHA256",
    "TLS_AES_256_GCM_SHA384",
    "TLS_CHACHA20_POLY1305_SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
  };

  private TlsListener() {}

  /// A connector that asks for a client certificate without demanding one (EST-009).
  ///
  /// @param announced the CAs to name when asking
  public static ServerConnector connector(
      Server server,
      HttpConnectionFactory http,
      Configuration.Tls settings,
      TlsBackend backend,
      ServerCertificate certificate,
      Supplier<List<X509Certificate>> announced) {
    SslContextFactory.Server context = new SslContextFactory.Server();
    try {
      context.setSslContext(
          backend.context(certificate.keyManager(), new PresentedChains(announced)));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("TLS does not start with " + backend.description(), e);
    }
    context.setWantClientAuth(true);
    context.setRenegotiationAllowed(false);
    context.setSniRequired(false);
    context.setExcludeProtocols();
    context.setIncludeProtocols(
        settings.protocols().stream().map(TlsVersion::id).toArray(String[]::new));
    context.setExcludeCipherSuites();
    context.setIncludeCipherSuites(CIPHER_SUITES);

    SslConnectionFactory tls = new SslConnectionFactory(context, "http/1.1");
    // Otherwise Jetty refuses clients that connect by address or without SNI (EST-013).
    tls.setEnsureSecureRequestCustomizer(false);
    ServerConnector connector = new ServerConnector(server, null, null, null, 1, -1, tls, http);
    connector.addBean(new EngineCloser());
    connector.setName("tls");
    return connector;
  }

  /// Conscrypt's engines hold two file descriptors each until they are closed in both directions,
  /// which does not happen when a client resets the connection.
  private static final class EngineCloser implements Connection.Listener {
    @Override
    public void onOpened(Connection connection) {}

    @Override
    public void onClosed(Connection connection) {
      if (connection instanceof SslConnection tls) {
        tls.getSSLEngine().closeOutbound();
        try {
          tls.getSSLEngine().closeInbound();
        } catch (SSLException withoutCloseNotify) {
          // The peer went away without saying so; the engine is closed all the same.
        }
      }
    }
  }
}
