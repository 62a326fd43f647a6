package dev.chancery.server.tls;

import dev.chancery.pki.Der;
import dev.chancery.pki.crypto.Randomness;
import dev.chancery.transport.ChannelBindings;
import dev.chancery.transport.ChannelBindings.ChannelBinding;
import java.security.GeneralSecurityException;
import java.security.Provider;
import java.util.Optional;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedKeyManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.conscrypt.Conscrypt;

/// BoringSSL through Conscrypt: half the JDK's work for a handshake, and the only one that tells
/// tls-unique.
final class ConscryptTls implements TlsBackend {
  private static final String EXPORTER_LABEL = "EXPORTER-Channel-Binding";
  private static final int EXPORTER_BYTES = 32;

  private final Provider provider;

  private ConscryptTls(Provider provider) {
    this.provider = provider;
  }

  /// Empty if the native library does not run on this platform.
  static Optional<TlsBackend> load() {
    return Conscrypt.isAvailable()
        ? Optional.of(new ConscryptTls(Conscrypt.newProvider()))
        : Optional.empty();
  }

  @Override
  public String description() {
    Conscrypt.Version version = Conscrypt.version();
    return "conscrypt " + version.major() + "." + version.minor() + "." + version.patch();
  }

  @Override
  public SSLContext context(X509ExtendedKeyManager keys, X509ExtendedTrustManager trust)
      throws GeneralSecurityException {
    SSLContext context = SSLContext.getInstance("TLS", provider);
    context.init(new KeyManager[] {keys}, new TrustManager[] {trust}, Randomness.secureRandom());
    // A session resumed with TLS 1.2 has no tls-unique unless the client knows extended master
    // secret. Conscrypt has no switch for it, so sessions are forgotten at once; TLS 1.3 tickets it
    // does not send.
    context.getServerSessionContext().setSessionTimeout(1);
    context.getServerSessionContext().setSessionCacheSize(1);
    return context;
  }

  @Override
  public ChannelBindings bindings(SSLEngine engine, String protocol) {
    return protocol.equals("TLSv1.3")
        ? new ChannelBindings(
            new ChannelBinding.Unavailable("TLS 1.3 has no tls-unique"), exporter(engine))
        : new ChannelBindings(
            unique(engine),
            // Without extended master secret it would not be unique, and Conscrypt does not say.
            new ChannelBinding.Unavailable("tls-exporter is used with TLS 1.3 only"));
  }

  private static ChannelBinding unique(SSLEngine engine) {
    byte @org.jspecify.annotations.Nullable [] unique = Conscrypt.getTlsUnique(engine);
    return unique == null || unique.length == 0
        ? new ChannelBinding.Unavailable("the session was resumed without extended master secret")
        : new ChannelBinding.Known(Der.of(unique));
  }

  private static ChannelBinding exporter(SSLEngine engine) {
    try {
      byte[] exported =
          Conscrypt.exportKeyingMaterial(engine, EXPORTER_LABEL, new byte[0], EXPORTER_BYTES);
      if (exported != null) {
        return new ChannelBinding.Known(Der.of(exported));
      }
    } catch (SSLException e) {
      return new ChannelBinding.Unavailable("exporting keying material failed: " + e.getMessage());
    }
    return new ChannelBinding.Unavailable("the handshake is not complete");
  }
}
