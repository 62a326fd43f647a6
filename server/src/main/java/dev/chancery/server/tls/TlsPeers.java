package dev.chancery.server.tls;

import dev.chancery.pki.MalformedException;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.transport.Peer;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.ssl.SslConnection;
import org.eclipse.jetty.server.Request;

/// Tells who is at the other end of a request's connection. What a TLS connection says is parsed
/// once and kept with the connection.
public final class TlsPeers {
  private static final String ATTRIBUTE = TlsPeers.class.getName();

  private final TlsBackend backend;

  public TlsPeers(TlsBackend backend) {
    this.backend = backend;
  }

  /// The peer.
  ///
  /// @throws MalformedException if it presented a certificate that cannot be read
  public Peer of(Request request) {
    if (request.getConnectionMetaData().getAttribute(ATTRIBUTE) instanceof Peer known) {
      return known;
    }
    String address = Request.getRemoteAddr(request);
    EndPoint endPoint = request.getConnectionMetaData().getConnection().getEndPoint();
    Peer peer =
        endPoint instanceof SslConnection.SslEndPoint tls
            ? tls(address, tls)
            : new Peer.Cleartext(address);
    request.getConnectionMetaData().setAttribute(ATTRIBUTE, peer);
    return peer;
  }

  private Peer tls(String address, SslConnection.SslEndPoint endPoint) {
    if (endPoint.getSslConnection().getSSLEngine() instanceof KeyedHandshake keyed) {
      return keyed.peer(address);
    }
    EndPoint.SslSessionData session = endPoint.getSslSessionData();
    String protocol = session.sslSession().getProtocol();
    X509Certificate[] presented = session.peerCertificates();
    List<Certificate> chain =
        presented == null ? List.of() : Arrays.stream(presented).map(Certificate::of).toList();
    return new Peer.Tls(
        address,
        protocol,
        session.cipherSuite(),
        chain,
        Optional.empty(),
        () -> backend.bindings(endPoint.getSslConnection().getSSLEngine(), protocol));
  }
}
