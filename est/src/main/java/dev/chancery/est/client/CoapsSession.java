package dev.chancery.est.client;

import dev.chancery.est.client.EstClientException.Code;
import dev.chancery.est.wire.CoapContentFormat;
import dev.chancery.est.wire.CoapOperation;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.certificate.TrustAnchors;
import dev.chancery.transport.Body;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
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

/// A DTLS session with one server, and requests over it one after the other: CoAP with block-wise
/// transfer, DTLS 1.2 with the one suite that RFC 9148 §3 demands.
final class CoapsSession implements AutoCloseable {
  /// What fits into an IPv6 packet of the smallest size with all headers around it.
  private static final int BLOCK = 512;

  private static final int MAX_ANSWER = 64 * 1024;

  /// An answer.
  ///
  /// @param status as in HTTP: 2.04 is 204
  /// @param format its Content-Format; 65535 for none
  /// @param maxAge for how long it stays as it is; 60 seconds unless it says (RFC 7252 §5.10.5)
  record Answer(int status, int format, Body payload, Duration maxAge) {}

  private final EstServer server;
  private final Duration timeout;
  private final ServerCertificateCheck check;
  private final CoapEndpoint endpoint;

  private CoapsSession(
      EstServer server, Duration timeout, ServerCertificateCheck check, CoapEndpoint endpoint) {
    this.server = server;
    this.timeout = timeout;
    this.check = check;
    this.endpoint = endpoint;
  }

  /// Makes ready for a session; the first request opens it.
  ///
  /// @throws EstClientException if this side cannot do it
  static CoapsSession open(
      EstServer server,
      TrustAnchors anchors,
      ClientAuthentication.Holder holder,
      Duration timeout,
      Clock clock) {
    ServerCertificateCheck check =
        new ServerCertificateCheck(ServerTrust.in(anchors, server.host(), server.host(), clock));
    Configuration settings =
        new Configuration(
                CoapConfig.DEFINITIONS,
                UdpConfig.DEFINITIONS,
                DtlsConfig.DEFINITIONS,
                SystemConfig.DEFINITIONS)
            .set(CoapConfig.MAX_MESSAGE_SIZE, BLOCK)
            .set(CoapConfig.PREFERRED_BLOCK_SIZE, BLOCK)
            .set(CoapConfig.MAX_RESOURCE_BODY_SIZE, MAX_ANSWER)
            .set(DtlsConfig.DTLS_ROLE, DtlsRole.CLIENT_ONLY)
            .set(
                DtlsConfig.DTLS_CIPHER_SUITES,
                List.of(CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8));
    try {
      DtlsConnectorConfig dtls =
          DtlsConnectorConfig.builder(settings)
              .setAddress(new InetSocketAddress(0))
              .setAdvancedCertificateVerifier(check)
              .setCertificateIdentityProvider(
                  new SingleCertificateProvider(
                      holder.key(),
                      holder.chain().stream()
                          .map(Certificate::toX509)
                          .toArray(X509Certificate[]::new),
                      CertificateType.X_509))
              .build();
      CoapEndpoint endpoint =
          new CoapEndpoint.Builder()
              .setConfiguration(settings)
              .setConnector(new DTLSConnector(dtls))
              .build();
      endpoint.start();
      return new CoapsSession(server, timeout, check, endpoint);
    } catch (IllegalStateException | IllegalArgumentException e) {
      throw new EstClientException.Transport(
          Code.TLS_FAILED,
          "DTLS cannot be done with this certificate and key; RFC 9148 wants P-256",
          e);
    } catch (IOException e) {
      throw new EstClientException.Transport(Code.UNREACHABLE, "no UDP port can be opened", e);
    }
  }

  /// `GET` an operation.
  Answer get(CoapOperation operation) {
    return send(new Request(CoAP.Code.GET), operation);
  }

  /// `POST` a certification request.
  Answer post(CoapOperation operation, byte[] request) {
    Request message = new Request(CoAP.Code.POST);
    message.getOptions().setContentFormat(CoapContentFormat.PKCS10);
    message.setPayload(request);
    return send(message, operation);
  }

  /// What the server showed in the handshake; empty before it.
  Optional<List<Certificate>> serverChain() {
    return check.accepted();
  }

  private Answer send(Request request, CoapOperation operation) {
    request.setURI(server.url(operation));
    try {
      request.send(endpoint);
      Response response = request.waitForResponse(timeout.toMillis());
      if (response == null) {
        request.cancel();
        throw noAnswer(request);
      }
      return new Answer(
          response.getCode().codeClass * 100 + response.getCode().codeDetail,
          response.getOptions().getContentFormat(),
          Body.of(response.getPayload()),
          Duration.ofSeconds(response.getOptions().getMaxAge()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new EstClientException.Transport(
          Code.UNREACHABLE, "interrupted while waiting for an answer", e);
    }
  }

  private EstClientException noAnswer(Request request) {
    Optional<ServerTrust.RejectedException> rejected = check.rejected();
    if (rejected.isPresent()) {
      return new EstClientException.Untrusted(
          rejected.get().code(),
          Optional.ofNullable(rejected.get().getMessage()).orElse("the server is not trusted"),
          rejected.get());
    }
    Throwable error = request.getSendError();
    return error == null
        ? new EstClientException.Transport(
            Code.TIMEOUT, "no answer within " + timeout.toSeconds() + " seconds", null)
        : new EstClientException.Transport(
            Code.TLS_FAILED,
            "no DTLS session with the server: " + Explanation.sanitized(String.valueOf(error)),
            error);
  }

  @Override
  public void close() {
    endpoint.destroy();
  }
}
