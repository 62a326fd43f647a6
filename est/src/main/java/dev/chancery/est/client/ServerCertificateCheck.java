package dev.chancery.est.client;

import dev.chancery.est.client.EstClientException.Code;
import dev.chancery.pki.MalformedException;
import dev.chancery.pki.certificate.Certificate;
import java.net.InetSocketAddress;
import java.security.cert.CertPath;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
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

/// Has [ServerTrust] decide in a DTLS handshake too, and remembers why it said no: what the library
/// passes on is an alert.
final class ServerCertificateCheck implements NewAdvancedCertificateVerifier {
  private final ServerTrust trust;
  private final AtomicReference<@Nullable List<Certificate>> accepted = new AtomicReference<>();
  private final AtomicReference<ServerTrust.@Nullable RejectedException> rejected =
      new AtomicReference<>();

  ServerCertificateCheck(ServerTrust trust) {
    this.trust = trust;
  }

  /// The chain of the latest handshake that went well.
  Optional<List<Certificate>> accepted() {
    return Optional.ofNullable(accepted.get());
  }

  /// Why the latest handshake did not.
  Optional<ServerTrust.RejectedException> rejected() {
    return Optional.ofNullable(rejected.get());
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
    rejected.set(null);
    CertPath presented = message.getCertificateChain();
    try {
      if (presented == null || presented.getCertificates().isEmpty()) {
        throw new ServerTrust.RejectedException(
            Code.SERVER_UNTRUSTED, "the server sent no certificate");
      }
      List<Certificate> chain =
          presented.getCertificates().stream()
              .map(one -> Certificate.of((X509Certificate) one))
              .toList();
      trust.check(chain);
      accepted.set(chain);
      return new CertificateVerificationResult(connection, presented, null);
    } catch (ServerTrust.RejectedException e) {
      return refused(connection, e);
    } catch (CertificateException | MalformedException e) {
      return refused(
          connection,
          new ServerTrust.RejectedException(
              Code.SERVER_UNTRUSTED, "the server's certificate is malformed"));
    }
  }

  private CertificateVerificationResult refused(
      ConnectionId connection, ServerTrust.RejectedException why) {
    rejected.set(why);
    return new CertificateVerificationResult(
        connection,
        new HandshakeException(
            "the server is not to be trusted",
            new AlertMessage(AlertLevel.FATAL, AlertDescription.BAD_CERTIFICATE)),
        null);
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
