package dev.chancery.est.client;

import dev.chancery.pki.MalformedException;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.certificate.PathInvalidException;
import dev.chancery.pki.certificate.TrustAnchors;
import dev.chancery.pki.certificate.ValidatedPath;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedKeyManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/// TLS contexts for one connection each, so that no session of one is resumed by another.
final class ClientTls {
  private ClientTls() {}

  /// Trusts `anchors`, for `host` only.
  static SSLContext authenticated(
      TrustAnchors anchors,
      String host,
      Clock clock,
      Optional<ClientAuthentication.Holder> holder) {
    return context(new ExplicitTrust(anchors, host, clock), holder);
  }

  /// Trusts nobody and goes on all the same: for fetching CA certificates whose fingerprint is
  /// known, and for nothing else (RFC 7030 §4.1.1).
  static SSLContext unauthenticated() {
    return context(new NoTrust(), Optional.empty());
  }

  private static SSLContext context(
      TrustManager trust, Optional<ClientAuthentication.Holder> holder) {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      KeyManager[] keys =
          holder.map(one -> new KeyManager[] {new OneKey(one)}).orElse(new KeyManager[0]);
      context.init(keys, new TrustManager[] {trust}, null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this Java platform has no TLS", e);
    }
  }

  /// Path and identity in one place: the handshake fails before anything else is sent (EST-261).
  private static final class ExplicitTrust extends ServerTrust {
    private final TrustAnchors anchors;
    private final String host;
    private final Clock clock;

    ExplicitTrust(TrustAnchors anchors, String host, Clock clock) {
      this.anchors = anchors;
      this.host = host;
      this.clock = clock;
    }

    @Override
    void check(X509Certificate[] chain) throws CertificateException {
      try {
        List<Certificate> presented = Arrays.stream(chain).map(Certificate::of).toList();
        Certificate leaf = presented.getFirst();
        ValidatedPath.validate(presented, anchors, clock.instant(), ServerIdentity.purpose(leaf));
        if (!ServerIdentity.speaksFor(host, leaf)) {
          throw new CertificateException(
              "the server's certificate is for " + leaf.names() + " and not for " + host);
        }
      } catch (PathInvalidException | MalformedException e) {
        throw new CertificateException("the server is not to be trusted: " + e.getMessage(), e);
      }
    }
  }

  private static final class NoTrust extends ServerTrust {
    @Override
    void check(X509Certificate[] chain) {
      // The fingerprint of what this connection delivers is the check.
    }
  }

  private abstract static class ServerTrust extends X509ExtendedTrustManager {
    abstract void check(X509Certificate[] chain) throws CertificateException;

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType)
        throws CertificateException {
      check(chain);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket)
        throws CertificateException {
      check(chain);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
        throws CertificateException {
      check(chain);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType)
        throws CertificateException {
      throw new CertificateException("this is a client");
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket)
        throws CertificateException {
      throw new CertificateException("this is a client");
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
        throws CertificateException {
      throw new CertificateException("this is a client");
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
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
