package dev.chancery.server.tls.certificateless;

import dev.chancery.authority.Authority;
import dev.chancery.authority.requester.CredentialAuthentication;
import dev.chancery.pki.crypto.Randomness;
import dev.chancery.server.configuration.Configuration.CertificatelessMechanism;
import java.net.InetSocketAddress;
import java.util.Set;
import java.util.function.Supplier;
import org.bouncycastle.tls.crypto.TlsCrypto;
import org.bouncycastle.tls.crypto.impl.bc.BcTlsCrypto;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.ssl.SslConnection;
import org.eclipse.jetty.server.AbstractConnectionFactory;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.HostPort;

/// Makes the listener for TLS without certificates: Jetty's connections, with an engine that has no
/// certificate.
public final class CertificatelessListener {
  private static final String NAME = "certificate-less-tls";

  private CertificatelessListener() {}

  /// A connector that serves HTTP to whoever completes a handshake with a credential.
  ///
  /// @param mechanisms at least one
  /// @param credentials looks credentials up, with the limits in force
  /// @param authority audits the handshakes that fail
  public static ServerConnector connector(
      Server server,
      HttpConnectionFactory http,
      Set<CertificatelessMechanism> mechanisms,
      Supplier<CredentialAuthentication> credentials,
      Authority authority) {
    ServerConnector connector =
        new ServerConnector(
            server,
            null,
            null,
            null,
            1,
            -1,
            new Tls(
                new BcTlsCrypto(Randomness.secureRandom()),
                mechanisms,
                credentials,
                authority,
                http),
            http);
    connector.setName(NAME);
    return connector;
  }

  private static final class Tls extends AbstractConnectionFactory {
    private final TlsCrypto crypto;
    private final Set<CertificatelessMechanism> mechanisms;
    private final Supplier<CredentialAuthentication> credentials;
    private final Authority authority;
    private final HttpConnectionFactory http;

    Tls(
        TlsCrypto crypto,
        Set<CertificatelessMechanism> mechanisms,
        Supplier<CredentialAuthentication> credentials,
        Authority authority,
        HttpConnectionFactory http) {
      super("ssl");
      this.crypto = crypto;
      this.mechanisms = mechanisms;
      this.credentials = credentials;
      this.authority = authority;
      this.http = http;
    }

    @Override
    public Connection newConnection(Connector connector, EndPoint endPoint) {
      HandshakeKeys keys = new HandshakeKeys(credentials.get(), authority, addressOf(endPoint));
      SslConnection connection =
          new SslConnection(
              connector.getByteBufferPool(),
              connector.getExecutor(),
              null,
              endPoint,
              new CertificatelessEngine(new CertificatelessServer(crypto, mechanisms, keys)));
      connection.setRenegotiationAllowed(false);
      configure(connection, connector, endPoint);
      EndPoint clear = connection.getSslEndPoint();
      clear.setConnection(http.newConnection(connector, clear));
      return connection;
    }

    /// As the requests on the connection have it, so that failures here and there count together.
    private static String addressOf(EndPoint endPoint) {
      return endPoint.getRemoteSocketAddress() instanceof InetSocketAddress address
              && address.getAddress() != null
          ? HostPort.normalizeHost(address.getAddress().getHostAddress())
          : "unknown";
    }
  }
}
