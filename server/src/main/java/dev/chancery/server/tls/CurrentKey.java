package dev.chancery.server.tls;

import java.net.Socket;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedKeyManager;
import org.jspecify.annotations.Nullable;

/// Gives each handshake the server's key of the moment, so that a renewal needs no restart. A
/// handshake asks several times, so the key before is kept too. Thread-safe.
final class CurrentKey extends X509ExtendedKeyManager {
  private record Offer(ServerIdentity identity, List<X509Certificate> chain) {}

  private record Offers(Offer current, Offer previous) {}

  private final AtomicReference<@Nullable Offers> offers = new AtomicReference<>();

  void use(ServerIdentity identity) {
    Offer fresh = new Offer(identity, identity.x509Chain());
    offers.updateAndGet(old -> new Offers(fresh, old == null ? fresh : old.current()));
  }

  @Override
  public @Nullable String chooseEngineServerAlias(
      String keyType, Principal @Nullable [] issuers, SSLEngine engine) {
    return chooseServerAlias(keyType, issuers, null);
  }

  @Override
  public @Nullable String chooseServerAlias(
      String keyType, Principal @Nullable [] issuers, @Nullable Socket socket) {
    Offers now = offers.get();
    if (now == null) {
      return null;
    }
    ServerIdentity identity = now.current().identity();
    // JSSE asks for `EC`, `RSASSA-PSS` and so on; Conscrypt for the key exchange's algorithm.
    String algorithm = identity.key().getAlgorithm();
    return keyType.startsWith(algorithm) || keyType.endsWith("_" + algorithm)
        ? identity.alias()
        : null;
  }

  @Override
  public X509Certificate @Nullable [] getCertificateChain(String alias) {
    Offer offer = offer(alias);
    return offer == null ? null : offer.chain().toArray(X509Certificate[]::new);
  }

  @Override
  public @Nullable PrivateKey getPrivateKey(String alias) {
    Offer offer = offer(alias);
    return offer == null ? null : offer.identity().key();
  }

  private @Nullable Offer offer(String alias) {
    Offers now = offers.get();
    if (now == null) {
      return null;
    }
    if (now.current().identity().alias().equals(alias)) {
      return now.current();
    }
    return now.previous().identity().alias().equals(alias) ? now.previous() : null;
  }

  @Override
  public String @Nullable [] getServerAliases(String keyType, Principal @Nullable [] issuers) {
    String alias = chooseServerAlias(keyType, issuers, null);
    return alias == null ? null : new String[] {alias};
  }

  @Override
  public String @Nullable [] getClientAliases(String keyType, Principal @Nullable [] issuers) {
    return null;
  }

  @Override
  public @Nullable String chooseClientAlias(
      String[] keyType, Principal @Nullable [] issuers, @Nullable Socket socket) {
    return null;
  }
}
