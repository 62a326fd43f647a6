package dev.chancery.faults;

import dev.chancery.pki.certificate.Certificate;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.Provider;
import java.security.cert.X509Certificate;
import java.util.Optional;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedKeyManager;
import javax.net.ssl.X509TrustManager;
import org.conscrypt.Conscrypt;
import org.jspecify.annotations.Nullable;

/// The devices' side of TLS 1.3. Whom it talks to it does not check: that is not what is proved
/// here. Thread-safe.
final class ClientTls {
  private static final Provider PROVIDER = Conscrypt.newProvider();

  /// Longer than the longest pause and the server's own deadline together.
  private static final int TIMEOUT_MILLIS = 90_000;

  private final SSLContext context;

  private ClientTls(SSLContext context) {
    this.context = context;
  }

  /// A device's certificate with its key.
  record Identity(KeyPair keyPair, Certificate certificate) {}

  static ClientTls of(Optional<Identity> identity) {
    try {
      SSLContext context = SSLContext.getInstance("TLSv1.3", PROVIDER);
      context.init(
          identity.map(one -> new KeyManager[] {new OneKey(one)}).orElse(new KeyManager[0]),
          new TrustManager[] {new AnyServer()},
          null);
      return new ClientTls(context);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("Conscrypt has no TLS 1.3", e);
    }
  }

  /// A connection with what lies below it, to be cut.
  record Link(Socket plain, SSLSocket secure) implements AutoCloseable {
    /// Resets the connection without a word.
    void cut() throws IOException {
      plain.setSoLinger(true, 0);
      plain.close();
    }

    @Override
    public void close() throws IOException {
      secure.close();
    }
  }

  /// Connects to 127.0.0.1 and completes the handshake.
  Link connect(int port) throws IOException {
    Socket plain = new Socket();
    try {
      plain.setTcpNoDelay(true);
      plain.setSoTimeout(TIMEOUT_MILLIS);
      plain.connect(
          new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), port),
          TIMEOUT_MILLIS);
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

  /// A peer without a name has no place in the session cache, so that each connection is a whole
  /// handshake.
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

    OneKey(Identity identity) {
      this.certificate = identity.certificate().toX509();
      this.key = identity.keyPair().getPrivate();
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
