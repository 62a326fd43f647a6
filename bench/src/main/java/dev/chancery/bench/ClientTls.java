package dev.chancery.bench;

import java.io.IOException;
import java.net.Socket;
import java.security.GeneralSecurityException;
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

/// The client's side of TLS 1.3, with Conscrypt because it is cheap. Sessions are never resumed:
/// each connection is a whole handshake. Whom it talks to it does not check, since that would cost
/// the client time and tell nothing about the server. Thread-safe.
final class ClientTls {
  private static final Provider PROVIDER = Conscrypt.newProvider();

  private final SSLContext context;

  private ClientTls(SSLContext context) {
    this.context = context;
  }

  static ClientTls anonymous() {
    return of(Optional.empty());
  }

  /// Shows the certificate of `device`.
  static ClientTls as(Device device) {
    return of(Optional.of(device));
  }

  private static ClientTls of(Optional<Device> device) {
    try {
      SSLContext context = SSLContext.getInstance("TLSv1.3", PROVIDER);
      context.init(
          device.map(one -> new KeyManager[] {new OneKey(one)}).orElse(new KeyManager[0]),
          new TrustManager[] {new AnyServer()},
          null);
      return new ClientTls(context);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("Conscrypt has no TLS 1.3", e);
    }
  }

  /// Connects to 127.0.0.1 and completes the handshake.
  SSLSocket connect(int port) throws IOException {
    Socket plain = HttpConnection.connect(port);
    try {
      // A peer without a name has no place in the session cache.
      SSLSocket socket =
          (SSLSocket) context.getSocketFactory().createSocket(plain, nameless(), port, true);
      socket.setEnabledProtocols(new String[] {"TLSv1.3"});
      socket.startHandshake();
      return socket;
    } catch (IOException e) {
      plain.close();
      throw e;
    }
  }

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

    OneKey(Device device) {
      this.certificate = device.certificate().toX509();
      this.key = device.keyPair().getPrivate();
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
