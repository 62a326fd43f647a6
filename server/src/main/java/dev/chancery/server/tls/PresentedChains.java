package dev.chancery.server.tls;

import java.net.Socket;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.function.Supplier;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;

/// Lets every client certificate through the handshake, so that each endpoint can judge it by its
/// own anchors and answer in words (EST-009, EST-014). The handshake proves possession of the key
/// and nothing else; nobody may take a chain that passed here for trusted.
final class PresentedChains extends X509ExtendedTrustManager {
  private final Supplier<List<X509Certificate>> announced;

  /// Names `announced` to clients as the CAs whose certificates are welcome; empty for no hint.
  PresentedChains(Supplier<List<X509Certificate>> announced) {
    this.announced = announced;
  }

  @Override
  public X509Certificate[] getAcceptedIssuers() {
    return announced.get().toArray(X509Certificate[]::new);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType) {}

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket) {}

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine) {}

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType) {
    throw new UnsupportedOperationException("this side is the server");
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket) {
    throw new UnsupportedOperationException("this side is the server");
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine) {
    throw new UnsupportedOperationException("this side is the server");
  }
}
