package dev.chancery.server.tls;

import dev.chancery.pki.Der;
import dev.chancery.pki.crypto.Randomness;
import dev.chancery.transport.ChannelBindings;
import dev.chancery.transport.ChannelBindings.ChannelBinding;
import java.security.GeneralSecurityException;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLKeyException;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedKeyManager;
import javax.net.ssl.X509ExtendedTrustManager;

/// The JDK's own TLS, for platforms without Conscrypt. It has no tls-unique.
final class JdkTls implements TlsBackend {
  private static final String EXPORTER_LABEL = "EXPORTER-Channel-Binding";
  private static final int EXPORTER_BYTES = 32;

  @Override
  public String description() {
    return "jdk " + Runtime.version().feature();
  }

  @Override
  public SSLContext context(X509ExtendedKeyManager keys, X509ExtendedTrustManager trust)
      throws GeneralSecurityException {
    SSLContext context = SSLContext.getInstance("TLS", "SunJSSE");
    context.init(new KeyManager[] {keys}, new TrustManager[] {trust}, Randomness.secureRandom());
    return context;
  }

  @Override
  public ChannelBindings bindings(SSLEngine engine, String protocol) {
    return new ChannelBindings(
        new ChannelBinding.Unavailable("the JDK's TLS does not tell tls-unique"),
        protocol.equals("TLSv1.3")
            ? exporter(engine)
            : new ChannelBinding.Unavailable("tls-exporter is used with TLS 1.3 only"));
  }

  private static ChannelBinding exporter(SSLEngine engine) {
    if (!(engine.getSession() instanceof ExtendedSSLSession session)) {
      return new ChannelBinding.Unavailable("the TLS session exports no keying material");
    }
    try {
      return new ChannelBinding.Known(
          Der.of(session.exportKeyingMaterialData(EXPORTER_LABEL, new byte[0], EXPORTER_BYTES)));
    } catch (SSLKeyException | UnsupportedOperationException e) {
      return new ChannelBinding.Unavailable("exporting keying material failed: " + e.getMessage());
    }
  }
}
