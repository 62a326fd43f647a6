package dev.chancery.server.coap;

import java.net.InetSocketAddress;
import java.security.cert.CertPath;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.function.Supplier;
import javax.security.auth.x500.X500Principal;
import org.eclipse.californium.scandium.dtls.AlertMessage;
import org.eclipse.californium.scandium.dtls.AlertMessage.AlertDescription;
import org.eclipse.californium.scandium.dtls.AlertMessage.AlertLevel;
import org.eclipse.californium.scandium.dtls.CertificateMessage;
import org.eclipse.californium.scandium.dtls.CertificateType;
import org.eclipse.californium.scandium.dtls.CertificateVerificationResult;
import org.eclipse.californium.scandium.dtls.ConnectionId;
import org.eclipse.californium.scandium.dtls.HandshakeException;
import org.eclipse.californium.scandium.dtls.HandshakeResultHandler;
import org.eclipse.californium.scandium.dtls.x509.NewAdvancedCertificateVerifier;
import org.eclipse.californium.scandium.util.ServerNames;
import org.jspecify.annotations.Nullable;

/// Lets every client certificate through the handshake, as on the TLS listener, so that each
/// endpoint can judge it by its own anchors and answer in words. The handshake proves possession of
/// the key and nothing else; nobody may take a chain that passed here for trusted.
final class PresentedDtlsChains implements NewAdvancedCertificateVerifier {
  private final Supplier<List<X509Certificate>> announced;

  /// Names `announced` to clients as the CAs whose certificates are welcome; empty for no hint.
  PresentedDtlsChains(Supplier<List<X509Certificate>> announced) {
    this.announced = announced;
  }

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
    if (presented == null || presented.getCertificates().isEmpty()) {
      return new CertificateVerificationResult(
          connection,
          new HandshakeException(
              "no client certificate",
              new AlertMessage(AlertLevel.FATAL, AlertDescription.BAD_CERTIFICATE)),
          null);
    }
    return new CertificateVerificationResult(connection, presented, null);
  }

  @Override
  public List<X500Principal> getAcceptedIssuers() {
    return announced.get().stream().map(X509Certificate::getSubjectX500Principal).toList();
  }

  @Override
  public void setResultHandler(HandshakeResultHandler handler) {
    // Results are given at once.
  }
}
