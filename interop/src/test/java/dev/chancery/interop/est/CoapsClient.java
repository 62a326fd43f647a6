package dev.chancery.interop.est;

import dev.chancery.interop.Wire;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.cms.CertsOnly;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;
import org.eclipse.californium.core.coap.CoAP;
import org.eclipse.californium.core.coap.Request;
import org.eclipse.californium.core.coap.Response;
import org.eclipse.californium.core.config.CoapConfig;
import org.eclipse.californium.core.network.CoapEndpoint;
import org.eclipse.californium.elements.config.Configuration;
import org.eclipse.californium.elements.config.SystemConfig;
import org.eclipse.californium.elements.config.UdpConfig;
import org.eclipse.californium.scandium.DTLSConnector;
import org.eclipse.californium.scandium.config.DtlsConfig;
import org.eclipse.californium.scandium.config.DtlsConfig.DtlsRole;
import org.eclipse.californium.scandium.config.DtlsConnectorConfig;
import org.eclipse.californium.scandium.dtls.CertificateType;
import org.eclipse.californium.scandium.dtls.cipher.CipherSuite;
import org.eclipse.californium.scandium.dtls.x509.SingleCertificateProvider;
import org.eclipse.californium.scandium.dtls.x509.StaticNewAdvancedCertificateVerifier;

/// A constrained device: Californium's CoAP and DTLS with the one suite that RFC 9148 demands.
final class CoapsClient implements AutoCloseable {
  static final int LARGEST_BLOCK = 1024;
  private static final long PATIENCE_MILLIS = 20_000;

  private final int port;
  private final CoapEndpoint endpoint;

  private CoapsClient(int port, CoapEndpoint endpoint) {
    this.port = port;
    this.endpoint = endpoint;
  }

  static CoapsClient connect(int port, Certificate root, Wire.Identity identity) {
    return connect(port, root, Optional.of(identity), LARGEST_BLOCK);
  }

  /// Trusts `root` alone.
  ///
  /// @param blockSize in which longer requests are sent
  static CoapsClient connect(
      int port, Certificate root, Optional<Wire.Identity> identity, int blockSize) {
    Configuration settings =
        new Configuration(
                CoapConfig.DEFINITIONS,
                UdpConfig.DEFINITIONS,
                DtlsConfig.DEFINITIONS,
                SystemConfig.DEFINITIONS)
            .set(CoapConfig.MAX_MESSAGE_SIZE, blockSize)
            .set(CoapConfig.PREFERRED_BLOCK_SIZE, blockSize)
            .set(CoapConfig.MAX_RESOURCE_BODY_SIZE, 64 * 1024)
            .set(DtlsConfig.DTLS_ROLE, DtlsRole.CLIENT_ONLY)
            .set(
                DtlsConfig.DTLS_CIPHER_SUITES,
                List.of(CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8));
    DtlsConnectorConfig.Builder dtls =
        DtlsConnectorConfig.builder(settings)
            .setAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
            .setAdvancedCertificateVerifier(
                StaticNewAdvancedCertificateVerifier.builder()
                    .setTrustedCertificates(root.toX509())
                    .build());
    identity.ifPresent(who ->
        dtls.setCertificateIdentityProvider(
            new SingleCertificateProvider(
                who.keyPair().getPrivate(),
                who.chain().stream().map(Certificate::toX509).toArray(X509Certificate[]::new),
                CertificateType.X_509)));
    CoapEndpoint endpoint =
        new CoapEndpoint.Builder()
            .setConfiguration(settings)
            .setConnector(new DTLSConnector(dtls.build()))
            .build();
    try {
      endpoint.start();
    } catch (IOException e) {
      throw new UncheckedIOException("no CoAP client", e);
    }
    return new CoapsClient(port, endpoint);
  }

  /// `GET /.well-known/est/OPERATION`.
  Response get(String operation) {
    return send(request(CoAP.Code.GET, "/.well-known/est/" + operation));
  }

  /// `POST /.well-known/est/OPERATION` with Content-Format 286.
  Response post(String operation, byte[] payload) {
    Request request = request(CoAP.Code.POST, "/.well-known/est/" + operation);
    request.getOptions().setContentFormat(286);
    request.setPayload(payload);
    return send(request);
  }

  Request request(CoAP.Code code, String path) {
    Request request = new Request(code);
    request.setURI("coaps://localhost:" + port + path);
    return request;
  }

  /// Sends and waits for the answer.
  Response send(Request request) {
    return trySend(request)
        .orElseThrow(() -> new AssertionError("no answer: " + request.getSendError()));
  }

  /// The same; empty if there can be no answer.
  Optional<Response> trySend(Request request) {
    try {
      request.send(endpoint);
      return Optional.ofNullable(request.waitForResponse(PATIENCE_MILLIS));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /// The one certificate in an answer of format 281.
  static Certificate certificateIn(Response response) {
    if (!response.isSuccess()) {
      throw new AssertionError(response.getCode() + ": " + response.getPayloadString());
    }
    List<Certificate> certificates = CertsOnly.parse(response.getPayload());
    if (certificates.size() != 1) {
      throw new AssertionError(certificates.size() + " certificates");
    }
    return certificates.getFirst();
  }

  @Override
  public void close() {
    endpoint.destroy();
  }
}
