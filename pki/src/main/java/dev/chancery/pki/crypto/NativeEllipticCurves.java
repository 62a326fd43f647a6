package dev.chancery.pki.crypto;

import java.security.NoSuchAlgorithmException;
import java.security.Provider;
import java.util.List;
import java.util.Map;

/// The elliptic curves of the accelerated provider and nothing else of it, for libraries that take
/// what comes first in the platform's list. The whole provider must not stand there, because it has
/// an ML-DSA whose keys the JDK's does not understand.
final class NativeEllipticCurves extends Provider {
  static final String NAME = "ChanceryNativeEllipticCurves";

  private static final long serialVersionUID = 1L;

  private static final Map<String, List<String>> ALGORITHMS =
      Map.of(
          "KeyPairGenerator", List.of("EC"),
          "KeyFactory", List.of("EC"),
          "KeyAgreement", List.of("ECDH"),
          "Signature", List.of("SHA256withECDSA", "SHA384withECDSA", "SHA512withECDSA"));

  NativeEllipticCurves(Provider accelerated) {
    super(NAME, "1", "elliptic curves of " + accelerated.getName());
    ALGORITHMS.forEach((type, algorithms) -> {
      for (String algorithm : algorithms) {
        Service service = accelerated.getService(type, algorithm);
        if (service != null) {
          putService(new Lent(this, service));
        }
      }
    });
  }

  private static final class Lent extends Service {
    private final Service service;

    Lent(Provider lender, Service service) {
      super(
          lender,
          service.getType(),
          service.getAlgorithm(),
          service.getClassName(),
          List.of(),
          // Keys that do not show themselves, because they are in a token, are for other providers.
          Map.of("SupportedKeyFormats", "PKCS#8|X.509"));
      this.service = service;
    }

    @Override
    public Object newInstance(Object parameter) throws NoSuchAlgorithmException {
      return service.newInstance(parameter);
    }
  }
}
