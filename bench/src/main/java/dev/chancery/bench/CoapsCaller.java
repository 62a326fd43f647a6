package dev.chancery.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.cert.CertPath;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.security.auth.x500.X500Principal;
import org.eclipse.californium.core.coap.CoAP;
import org.eclipse.californium.core.coap.Request;
import org.eclipse.californium.core.coap.Response;
import org.eclipse.californium.core.config.CoapConfig;
import org.eclipse.californium.core.network.CoapEndpoint;
import org.eclipse.californium.elements.AddressEndpointContext;
import org.eclipse.californium.elements.DtlsEndpointContext;
import org.eclipse.californium.elements.MapBasedEndpointContext;
import org.eclipse.californium.elements.config.Configuration;
import org.eclipse.californium.elements.config.SystemConfig;
import org.eclipse.californium.elements.config.UdpConfig;
import org.eclipse.californium.scandium.DTLSConnector;
import org.eclipse.californium.scandium.config.DtlsConfig;
import org.eclipse.californium.scandium.config.DtlsConfig.DtlsRole;
import org.eclipse.californium.scandium.config.DtlsConnectorConfig;
import org.eclipse.californium.scandium.dtls.CertificateMessage;
import org.eclipse.californium.scandium.dtls.CertificateType;
import org.eclipse.californium.scandium.dtls.CertificateVerificationResult;
import org.eclipse.californium.scandium.dtls.ConnectionId;
import org.eclipse.californium.scandium.dtls.HandshakeResultHandler;
import org.eclipse.californium.scandium.dtls.cipher.CipherSuite;
import org.eclipse.californium.scandium.dtls.x509.NewAdvancedCertificateVerifier;
import org.eclipse.californium.scandium.dtls.x509.SingleCertificateProvider;
import org.eclipse.californium.scandium.util.ServerNames;
import org.jspecify.annotations.Nullable;

/// A constrained device: Californium with the one cipher suite that RFC 9148 demands. Its socket
/// stays the same; each session that it opens begins with a whole DTLS handshake. One session at a
/// time.
final class CoapsCaller implements Caller {
  private static final long PATIENCE_MILLIS = 60_000;
  private static final int PKCS_10 = 286;

  private final CoapEndpoint endpoint;
  private final InetSocketAddress server;
  private final String path;

  private CoapsCaller(CoapEndpoint endpoint, InetSocketAddress server, String path) {
    this.endpoint = endpoint;
    this.server = server;
    this.path = path;
  }

  /// @param operation the last segment of the path, such as `sen`
  static CoapsCaller as(Device device, int port, String operation) {
    Configuration settings =
        new Configuration(
                CoapConfig.DEFINITIONS,
                UdpConfig.DEFINITIONS,
                DtlsConfig.DEFINITIONS,
                SystemConfig.DEFINITIONS)
            .set(DtlsConfig.DTLS_ROLE, DtlsRole.CLIENT_ONLY)
            .set(DtlsConfig.DTLS_RECEIVER_THREAD_COUNT, 1)
            .set(DtlsConfig.DTLS_CONNECTOR_THREAD_COUNT, 1)
            .set(DtlsConfig.DTLS_MAX_CONNECTIONS, 16)
            .set(CoapConfig.MAX_ACTIVE_PEERS, 16)
            .set(CoapConfig.PROTOCOL_STAGE_THREAD_COUNT, 1)
            .set(
                DtlsConfig.DTLS_CIPHER_SUITES,
                List.of(CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8));
    DtlsConnectorConfig dtls =
        DtlsConnectorConfig.builder(settings)
            .setAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
            .setAdvancedCertificateVerifier(new AnyServer())
            .setCertificateIdentityProvider(
                new SingleCertificateProvider(
                    device.keyPair().getPrivate(),
                    new X509Certificate[] {device.certificate().toX509()},
                    CertificateType.X_509))
            .build();
    CoapEndpoint endpoint =
        new CoapEndpoint.Builder()
            .setConfiguration(settings)
            .setConnector(new DTLSConnector(dtls))
            .build();
    try {
      endpoint.start();
    } catch (IOException e) {
      throw new UncheckedIOException("no CoAP client", e);
    }
    return new CoapsCaller(
        endpoint,
        new InetSocketAddress(InetAddress.getLoopbackAddress(), port),
        "coaps://127.0.0.1:" + port + "/.well-known/est/" + operation);
  }

  @Override
  public Session open() {
    return new Open();
  }

  @Override
  public void close() {
    endpoint.destroy();
  }

  /// The handshake is made by the first request.
  private final class Open implements Session {
    private boolean shaken;

    @Override
    public Answer send(PreparedRequest prepared) throws IOException {
      Request request = new Request(CoAP.Code.POST);
      request.setURI(path);
      request.getOptions().setContentFormat(PKCS_10);
      request.setPayload(prepared.bytes());
      request.setDestinationContext(
          shaken
              ? new AddressEndpointContext(server)
              : new MapBasedEndpointContext(
                  server, null, DtlsEndpointContext.ATTRIBUE_HANDSHAKE_MODE_FORCE_FULL));
      shaken = true;
      Response response = answer(request);
      return response.isSuccess()
          ? Answer.of(response.getPayload())
          : Answer.refused(response.getCode() + ": " + response.getPayloadString());
    }

    private Response answer(Request request) throws IOException {
      try {
        request.send(endpoint);
        @Nullable Response response = request.waitForResponse(PATIENCE_MILLIS);
        if (response == null) {
          throw new IOException("no answer by CoAP", request.getSendError());
        }
        return response;
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IOException("interrupted", e);
      }
    }

    /// A session ends without a word anyway: datagrams stop coming.
    @Override
    public void reset() {}

    @Override
    public void close() {}
  }

  /// Whom it talks to it does not check, since that would cost the client time.
  private static final class AnyServer implements NewAdvancedCertificateVerifier {
    @Override
    public List<CertificateType> getSupportedCertificateTypes() {
      return List.of(CertificateType.X_509);
    }

    @Override
    public CertificateVerificationResult verifyCertificate(
        ConnectionId connection,
        @Nullable ServerNames serverName,
        InetSocketAddress remotePeer,
        boolean clientUsage,
        boolean verifySubject,
        boolean truncateCertificatePath,
        CertificateMessage message) {
      CertPath presented = message.getCertificateChain();
      return new CertificateVerificationResult(connection, presented, null);
    }

    @Override
    public List<X500Principal> getAcceptedIssuers() {
      return List.of();
    }

    @Override
    public void setResultHandler(HandshakeResultHandler handler) {
      // Results are given at once.
    }
  }
}
