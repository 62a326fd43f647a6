package dev.chancery.server.coap;

import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.X509ExtendedKeyManager;
import javax.security.auth.x500.X500Principal;
import org.eclipse.californium.scandium.dtls.CertificateIdentityResult;
import org.eclipse.californium.scandium.dtls.CertificateType;
import org.eclipse.californium.scandium.dtls.ConnectionId;
import org.eclipse.californium.scandium.dtls.HandshakeResultHandler;
import org.eclipse.californium.scandium.dtls.SignatureAndHashAlgorithm;
import org.eclipse.californium.scandium.dtls.cipher.CipherSuite.CertificateKeyAlgorithm;
import org.eclipse.californium.scandium.dtls.cipher.XECDHECryptography.SupportedGroup;
import org.eclipse.californium.scandium.dtls.x509.CertificateProvider;
import org.eclipse.californium.scandium.util.ServerNames;
import org.jspecify.annotations.Nullable;

/// Gives each DTLS handshake the server's certificate of the moment: the one that TLS has, renewed
/// with it.
final class DtlsIdentity implements CertificateProvider {
  private final X509ExtendedKeyManager keys;

  DtlsIdentity(X509ExtendedKeyManager keys) {
    this.keys = keys;
  }

  @Override
  public List<CertificateKeyAlgorithm> getSupportedCertificateKeyAlgorithms() {
    return List.of(CertificateKeyAlgorithm.EC);
  }

  @Override
  public List<CertificateType> getSupportedCertificateTypes() {
    return List.of(CertificateType.X_509);
  }

  @Override
  public CertificateIdentityResult requestCertificateIdentity(
      ConnectionId connection,
      boolean client,
      @Nullable List<X500Principal> issuers,
      @Nullable ServerNames serverNames,
      @Nullable List<CertificateKeyAlgorithm> keyAlgorithms,
      @Nullable List<SignatureAndHashAlgorithm> signatureAlgorithms,
      @Nullable List<SupportedGroup> curves) {
    String alias = keys.chooseServerAlias("EC", null, null);
    PrivateKey key = alias == null ? null : keys.getPrivateKey(alias);
    X509Certificate[] chain = alias == null ? null : keys.getCertificateChain(alias);
    return key == null || chain == null
        ? new CertificateIdentityResult(connection)
        : new CertificateIdentityResult(connection, key, List.of(chain));
  }

  @Override
  public void setResultHandler(HandshakeResultHandler handler) {
    // Results are given at once.
  }
}
