package dev.chancery.server.scep.outbound;

import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.key.SubjectPublicKeyInfo;
import java.io.IOException;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/// Whom to believe on the other side, and as whom to appear.
///
/// @param anchors what the server's certificate chains to; empty for the platform's public CAs
/// @param keySha256 hex SHA-256 of the server's subject public key info, demanded beside a valid
///   path
/// @param identity the client certificate to show if asked
public record OutboundTrust(
    List<Certificate> anchors, Optional<String> keySha256, Optional<Identity> identity) {
  /// The platform's CAs, no pin, no client certificate.
  public static final OutboundTrust PUBLIC =
      new OutboundTrust(List.of(), Optional.empty(), Optional.empty());

  public OutboundTrust {
    anchors = List.copyOf(anchors);
  }

  /// A key with its chain, leaf first.
  public record Identity(PrivateKey key, List<Certificate> chain) {
    public Identity {
      chain = List.copyOf(chain);
    }

    /// Keys stay out of logs.
    @Override
    public String toString() {
      return "Identity[" + chain.getFirst().subject() + "]";
    }
  }

  SSLContext context() {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      TrustManager trust = trustManager();
      context.init(keyManagers(), new TrustManager[] {trust}, null);
      return context;
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalStateException("this Java platform has no TLS", e);
    }
  }

  private TrustManager trustManager() throws GeneralSecurityException, IOException {
    TrustManagerFactory factory =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(anchors.isEmpty() ? null : anchorStore());
    X509ExtendedTrustManager platform =
        Arrays.stream(factory.getTrustManagers())
            .filter(X509ExtendedTrustManager.class::isInstance)
            .map(X509ExtendedTrustManager.class::cast)
            .findFirst()
            .orElseThrow(() -> new IllegalStateException("this Java platform validates no paths"));
    return keySha256.isPresent() ? new Pinned(platform, keySha256.get()) : platform;
  }

  private KeyStore anchorStore() throws GeneralSecurityException, IOException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    for (Certificate anchor : anchors) {
      store.setCertificateEntry(anchor.sha256Hex(), anchor.toX509());
    }
    return store;
  }

  private KeyManager @Nullable [] keyManagers() throws GeneralSecurityException, IOException {
    if (identity.isEmpty()) {
      return null;
    }
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    store.setKeyEntry(
        "client",
        identity.get().key(),
        new char[0],
        identity.get().chain().stream().map(Certificate::toX509).toArray(X509Certificate[]::new));
    KeyManagerFactory factory =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    factory.init(store, new char[0]);
    return factory.getKeyManagers();
  }

  /// The platform's validation, host name included, and one key.
  private static final class Pinned extends X509ExtendedTrustManager {
    private final X509ExtendedTrustManager platform;
    private final String keySha256;

    Pinned(X509ExtendedTrustManager platform, String keySha256) {
      this.platform = platform;
      this.keySha256 = keySha256;
    }

    private void checkPin(X509Certificate[] chain) throws CertificateException {
      if (!SubjectPublicKeyInfo.of(chain[0].getPublicKey()).sha256Hex().equals(keySha256)) {
        throw new CertificateException("the server has another key than the pinned one");
      }
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
        throws CertificateException {
      platform.checkServerTrusted(chain, authType, engine);
      checkPin(chain);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket)
        throws CertificateException {
      platform.checkServerTrusted(chain, authType, socket);
      checkPin(chain);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType)
        throws CertificateException {
      platform.checkServerTrusted(chain, authType);
      checkPin(chain);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
        throws CertificateException {
      throw new CertificateException("this is a client");
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket)
        throws CertificateException {
      throw new CertificateException("this is a client");
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType)
        throws CertificateException {
      throw new CertificateException("this is a client");
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return platform.getAcceptedIssuers();
    }
  }
}
