package dev.chancery.lab;

import dev.chancery.pki.certificate.Certificate;
import java.io.IOException;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.Provider;
import java.security.cert.X509Certificate;
import java.time.Duration;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedKeyManager;
import javax.net.ssl.X509TrustManager;
import org.conscrypt.Conscrypt;
import org.jspecify.annotations.Nullable;

/// The devices' side of TLS 1.3, with Conscrypt because it is cheap. Sessions are never resumed:
/// each connection is a whole handshake. Whom it talks to it does not check, since that would cost
/// the device time and tell nothing about the server. Thread-safe.
public final class ClientTls {
  private static final Provider PROVIDER = Conscrypt.newProvider();

  private final SSLContext context;

  private ClientTls(KeyManager... keyManagers) {
    try {
      this.context = SSLContext.getInstance("TLSv1.3", PROVIDER);
      context.init(keyManagers, new TrustManager[] {new AnyServer()}, null);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("Conscrypt has no TLS 1.3", e);
    }
  }

  /// Of a device that has no certificate to show.
  public static ClientTls anonymous() {
    return new ClientTls();
  }

  /// Of a device that shows its certificate.
  ///
  /// @param keyPair the certificate's
  public static ClientTls as(Certificate certificate, KeyPair keyPair) {
    return new ClientTls(new OneKey(certificate.toX509(), keyPair.getPrivate()));
  }

  /// A connection with what lies below it, to be cut.
  public record Link(Socket plain, SSLSocket secure) implements AutoCloseable {
    /// Resets the connection without a word.
    public void cut() throws IOException {
      plain.setSoLinger(true, 0);
      plain.close();
    }

    @Override
    public void close() throws IOException {
      secure.close();
    }
  }

  /// Connects to 127.0.0.1 and completes the handshake.
  ///
  /// @param patience until the connection stands, and for each answer
  public Link connect(int port, Duration patience) throws IOException {
    Socket plain = Loopback.connect(port, patience);
    try {
      SSLSocket socket =
          (SSLSocket) context.getSocketFactory().createSocket(plain, nameless(), port, true);
      socket.setEnabledProtocols(new String[] {"TLSv1.3"});
      socket.startHandshake();
      return new Link(plain, socket);
    } catch (IOException e) {
      plain.close();
      throw e;
    }
  }

  /// A peer without a name has no place in the session cache.
  @SuppressWarnings("NullAway") // The socket factory takes null, though nobody has annotated it.
  private static String nameless() {
    return null;
  }

  private static final class AnyServer implements X509TrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }

  private static final class OneKey extends X509ExtendedKeyManager {
    private static final String ALIAS = "device";

    private final X509Certificate certificate;
    private final PrivateKey key;

    OneKey(X509Certificate certificate, PrivateKey key) {
      this.certificate = certificate;
      this.key = key;
    }

    @Override
    public String chooseClientAlias(
        String[] keyTypes, Principal @Nullable [] issuers, @Nullable Socket socket) {
      return ALIAS;
    }

    @Override
    public X509Certificate[] getCertificateChain(String alias) {
      return new X509Certificate[] {certificate};
    }

    @Override
    public PrivateKey getPrivateKey(String alias) {
      return key;
    }

    @Override
    public String[] getClientAliases(String keyType, Principal @Nullable [] issuers) {
      return new String[] {ALIAS};
    }

    @Override
    public String[] getServerAliases(String keyType, Principal @Nullable [] issuers) {
      return new String[0];
    }

    @Override
    public @Nullable String chooseServerAlias(
        String keyType, Principal @Nullable [] issuers, @Nullable Socket socket) {
      return null;
    }
  }
}
