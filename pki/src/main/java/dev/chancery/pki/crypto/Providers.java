package dev.chancery.pki.crypto;

import com.amazon.corretto.crypto.provider.AmazonCorrettoCryptoProvider;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.Provider;
import java.security.Security;
import java.security.Signature;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import javax.crypto.Cipher;
import javax.crypto.KeyAgreement;
import javax.crypto.NoSuchPaddingException;
import javax.crypto.SecretKeyFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Chooses the implementation of each algorithm, explicitly and without touching the platform's
/// provider list (but for [#lendEllipticCurves]): the Amazon Corretto Crypto Provider where its
/// native library runs, otherwise the JDK. ML-DSA always comes from the JDK.
public final class Providers {
  private static final Logger LOG = LoggerFactory.getLogger(Providers.class);
  private static final Optional<AmazonCorrettoCryptoProvider> ACCELERATED = load();

  /// Who does what: a handful of names, asked for with every signature.
  private static final Map<String, Optional<Provider>> KNOWN = new ConcurrentHashMap<>();

  private Providers() {}

  private static Optional<AmazonCorrettoCryptoProvider> load() {
    try {
      AmazonCorrettoCryptoProvider provider = AmazonCorrettoCryptoProvider.INSTANCE;
      if (provider.getLoadingError() == null) {
        return Optional.of(provider);
      }
      LOG.info("native cryptography is not available here; using the JDK's (slower)");
    } catch (RuntimeException | LinkageError e) {
      LOG.info("native cryptography does not start; using the JDK's (slower)", e);
    }
    return Optional.empty();
  }

  /// What does the work, for logs and reports.
  public static String description() {
    return ACCELERATED.map(Provider::toString).orElse("JDK");
  }

  /// Lets the accelerated provider test itself. That takes longer than to load it, nearly all of it
  /// for algorithms that nobody asks for here, so a server does it when it serves. If a test fails,
  /// the log says so, and the provider itself gives out nothing from then on.
  public static void selfTest() {
    try {
      ACCELERATED.ifPresent(AmazonCorrettoCryptoProvider::assertHealthy);
    } catch (RuntimeException e) {
      LOG.error("native cryptography fails its self-tests; it is not used from now on", e);
    }
  }

  /// A signature object of the fastest provider that has `algorithm` (a JCA name such as
  /// `SHA256withECDSA`).
  public static Signature signature(String algorithm) throws GeneralSecurityException {
    Optional<Provider> provider = accelerated("Signature", algorithm);
    return provider.isPresent()
        ? Signature.getInstance(algorithm, provider.get())
        : Signature.getInstance(algorithm);
  }

  /// A key factory for `algorithm` (`EC`, `RSA`, `Ed25519`, `ML-DSA`).
  public static KeyFactory keyFactory(String algorithm) throws GeneralSecurityException {
    Optional<Provider> provider = accelerated("KeyFactory", algorithm);
    return provider.isPresent()
        ? KeyFactory.getInstance(algorithm, provider.get())
        : KeyFactory.getInstance(algorithm);
  }

  /// A key pair generator for `algorithm`.
  public static KeyPairGenerator keyPairGenerator(String algorithm)
      throws GeneralSecurityException {
    Optional<Provider> provider = accelerated("KeyPairGenerator", algorithm);
    return provider.isPresent()
        ? KeyPairGenerator.getInstance(algorithm, provider.get())
        : KeyPairGenerator.getInstance(algorithm);
  }

  /// A cipher for a whole transformation such as `AES/CBC/NoPadding`.
  public static Cipher cipher(String transformation) throws GeneralSecurityException {
    // A provider may list a whole transformation, or only its algorithm and take modes beside it.
    String algorithm = transformation.replaceFirst("/.*", "");
    Optional<Provider> provider =
        accelerated("Cipher", transformation).or(() -> accelerated("Cipher", algorithm));
    if (provider.isPresent()) {
      try {
        return Cipher.getInstance(transformation, provider.get());
      } catch (NoSuchAlgorithmException | NoSuchPaddingException modeIsNotAmongThem) {
        return Cipher.getInstance(transformation);
      }
    }
    return Cipher.getInstance(transformation);
  }

  /// A message digest.
  public static MessageDigest messageDigest(String algorithm) throws GeneralSecurityException {
    Optional<Provider> provider = accelerated("MessageDigest", algorithm);
    return provider.isPresent()
        ? MessageDigest.getInstance(algorithm, provider.get())
        : MessageDigest.getInstance(algorithm);
  }

  /// A key agreement, such as `ECDH`.
  public static KeyAgreement keyAgreement(String algorithm) throws GeneralSecurityException {
    Optional<Provider> provider = accelerated("KeyAgreement", algorithm);
    return provider.isPresent()
        ? KeyAgreement.getInstance(algorithm, provider.get())
        : KeyAgreement.getInstance(algorithm);
  }

  /// A factory that derives keys, such as `PBKDF2WithHmacSHA256`.
  public static SecretKeyFactory secretKeyFactory(String algorithm)
      throws GeneralSecurityException {
    Optional<Provider> provider = accelerated("SecretKeyFactory", algorithm);
    return provider.isPresent()
        ? SecretKeyFactory.getInstance(algorithm, provider.get())
        : SecretKeyFactory.getInstance(algorithm);
  }

  /// Puts the accelerated elliptic curves, and only these, first in the platform's list, for a
  /// library that names no provider. Does nothing where there is no accelerated provider, or if it
  /// has been done.
  public static void lendEllipticCurves() {
    ACCELERATED.ifPresent(
        provider -> Security.insertProviderAt(new NativeEllipticCurves(provider), 1));
  }

  private static Optional<Provider> accelerated(String type, String algorithm) {
    if (algorithm.startsWith("ML-DSA")) {
      return Optional.empty();
    }
    return KNOWN.computeIfAbsent(
        type + "." + algorithm,
        _name ->
            ACCELERATED
                .filter(provider -> provider.getService(type, algorithm) != null)
                .map(Provider.class::cast));
  }
}
