package dev.chancery.agent.tls;

import dev.chancery.agent.store.Identity;
import dev.chancery.pki.certificate.Certificate;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedKeyManager;
import org.jspecify.annotations.Nullable;

/// The key and certificate in use, for servers and clients. A handshake that has begun with one
/// pair ends with it: each pair has an alias of its own, and the last few stay. Issuers that the
/// other side names are not looked at, since many name none, or the wrong ones. Thread-safe.
public final class EnrolledKeyManager extends X509ExtendedKeyManager {
  private static final int KEPT = 3;
  private static final String PREFIX = "enrolled-";

  /// One pair, as TLS wants it.
  private static final class Pair {
    private final PrivateKey key;
    private final X509Certificate[] chain;

    Pair(Identity identity) {
      this.key = platformKey(identity.key());
      this.chain =
          identity.chain().stream().map(Certificate::toX509).toArray(X509Certificate[]::new);
    }

    /// A key of the platform's own provider: the platform's TLS does not take all others.
    private static PrivateKey platformKey(PrivateKey key) {
      byte[] encoded = key.getEncoded();
      if (encoded == null) {
        return key; // In a token.
      }
      try {
        return KeyFactory.getInstance(key.getAlgorithm())
            .generatePrivate(new PKCS8EncodedKeySpec(encoded));
      } catch (GeneralSecurityException unknownToThePlatform) {
        return key;
      }
    }
  }

  private final ConcurrentMap<Long, Pair> pairs = new ConcurrentHashMap<>();
  private final AtomicLong latest = new AtomicLong();

  EnrolledKeyManager() {}

  /// New handshakes use `identity` from now on.
  void use(Identity identity) {
    long number = latest.get() + 1;
    pairs.put(number, new Pair(identity));
    latest.set(number);
    pairs.keySet().removeIf(old -> old <= number - KEPT);
  }

  private @Nullable String chosen(String... keyTypes) {
    long number = latest.get();
    Pair pair = pairs.get(number);
    if (pair == null) {
      return null;
    }
    String algorithm = pair.chain[0].getPublicKey().getAlgorithm();
    boolean usable =
        Arrays.stream(keyTypes)
            .anyMatch(type ->
                type.equals(algorithm)
                    || (algorithm.equals("RSA") && type.startsWith("RSA"))
                    || (algorithm.equals("EC") && type.startsWith("EC"))
                    || (algorithm.startsWith("Ed") && type.startsWith("Ed")));
    return usable ? PREFIX + number : null;
  }

  private Optional<Pair> pair(@Nullable String alias) {
    if (alias == null || !alias.startsWith(PREFIX)) {
      return Optional.empty();
    }
    try {
      return Optional.ofNullable(pairs.get(Long.valueOf(alias.substring(PREFIX.length()))));
    } catch (NumberFormatException notOurs) {
      return Optional.empty();
    }
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

  @Override
  public @Nullable String chooseServerAlias(
      String keyType, Principal @Nullable [] issuers, @Nullable Socket socket) {
    return chosen(keyType);
  }

  @Override
  public @Nullable String chooseEngineServerAlias(
      String keyType, Principal @Nullable [] issuers, @Nullable SSLEngine engine) {
    return chosen(keyType);
  }

  @Override
  public X509Certificate @Nullable [] getCertificateChain(String alias) {
    return pair(alias).map(pair -> pair.chain.clone()).orElse(null);
  }

  @Override
  public @Nullable PrivateKey getPrivateKey(String alias) {
    return pair(alias).map(pair -> pair.key).orElse(null);
  }

  @Override
  public String @Nullable [] getClientAliases(String keyType, Principal @Nullable [] issuers) {
    String alias = chosen(keyType);
    return alias == null ? null : new String[] {alias};
  }

  @Override
  public String @Nullable [] getServerAliases(String keyType, Principal @Nullable [] issuers) {
    return getClientAliases(keyType, issuers);
  }
}
