package dev.chancery.server.tls;

import dev.chancery.server.configuration.Configuration.TlsProvider;
import dev.chancery.transport.ChannelBindings;
import java.security.GeneralSecurityException;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedKeyManager;
import javax.net.ssl.X509ExtendedTrustManager;

/// An implementation of TLS. Both answer the same, except for the channel bindings they can tell.
/// Thread-safe.
public sealed interface TlsBackend permits ConscryptTls, JdkTls {
  /// For log and status: `conscrypt 2.9.0`, `jdk`.
  String description();

  SSLContext context(X509ExtendedKeyManager keys, X509ExtendedTrustManager trust)
      throws GeneralSecurityException;

  /// The bindings of an established connection.
  ///
  /// @param protocol of the connection, `TLSv1.2` or `TLSv1.3`
  ChannelBindings bindings(SSLEngine engine, String protocol);

  /// The implementation that the configuration asks for.
  ///
  /// @throws IllegalStateException if Conscrypt is demanded and does not run here
  static TlsBackend of(TlsProvider provider) {
    return switch (provider) {
      case JDK -> new JdkTls();
      case CONSCRYPT ->
          ConscryptTls.load()
              .orElseThrow(
                  () -> new IllegalStateException("Conscrypt does not run on this platform"));
      case AUTO -> {
        var conscrypt = ConscryptTls.load();
        yield conscrypt.isPresent() ? conscrypt.get() : new JdkTls();
      }
    };
  }
}
