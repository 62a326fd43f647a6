package dev.chancery.est.client;

import dev.chancery.pki.certificate.Certificate;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.Provider;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.Optional;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedKeyManager;
import org.jspecify.annotations.Nullable;

/// TLS contexts for one connection each, so that no session of one is resumed by another.
///
/// @param provider where TLS comes from; empty for the platform's
record ClientTls(Optional<Provider> provider) {
  /// A context for one connection.
  ///
  /// @param holder the certificate to show if the server asks for one
  SSLContext context(ServerTrust trust, Optional<ClientAuthentication.Holder> holder) {
    try {
      SSLContext context =
          provider.isPresent()
              ? SSLContext.getInstance("TLS", provider.get())
              : SSLContext.getInstance("TLS");
      KeyManager[] keys =
          holder.map(one -> new KeyManager[] {new OneKey(one)}).orElse(new KeyManager[0]);
      context.init(keys, new TrustManager[] {trust}, null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this Java platform has no TLS", e);
    }
  }

  /// The one key, whatever issuers the server names: many name none, or the wrong ones (EST-010).
  private static final class OneKey extends X509ExtendedKeyManager {
    private static final String ALIAS = "holder";

    private final PrivateKey key;
    private final X509Certificate[] chain;

    OneKey(ClientAuthentication.Holder holder) {
      this.key = holder.key();
      this.chain = holder.chain().stream().map(Certificate::toX509).toArray(X509Certificate[]::new);
    }

    @Override
    public @Nullable String chooseClientAlias(
        String[] keyTypes, Principal @Nullable [] issuers, @Nullable Socket socket) {
      return chosen(keyTypes);
    }

    @Override
    public @Nullable String chooseEngineClientAlias(
        String[] keyTypes, Principal @Nullable [] issuers, @Nullable SSLEngine engine) {
      return chosen(keyTypes);
    }

    private @Nullable String chosen(String[] keyTypes) {
      String algorithm = chain[0].getPublicKey().getAlgorithm();
      boolean usable =
          Arrays.stream(keyTypes)
              .anyMatch(type ->
                  type.equals(algorithm) || (algorithm.equals("RSA") && type.startsWith("RSA")));
      return usable ? ALIAS : null;
    }

    @Override
    public X509Certificate[] getCertificateChain(String alias) {
      return chain.clone();
    }

    @Override
    public PrivateKey getPrivateKey(String alias) {
      return key;
    }

    @Override
    public String @Nullable [] getClientAliases(String keyType, Principal @Nullable [] issuers) {
      return new String[] {ALIAS};
    }

    @Override
    public String @Nullable [] getServerAliases(String keyType, Principal @Nullable [] issuers) {
      return null;
    }

    @Override
    public @Nullable String chooseServerAlias(
        String keyType, Principal @Nullable [] issuers, @Nullable Socket socket) {
      return null;
    }
  }
}
