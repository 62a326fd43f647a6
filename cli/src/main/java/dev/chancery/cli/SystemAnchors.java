package dev.chancery.cli;

import dev.chancery.est.client.EstClient;
import dev.chancery.pki.MalformedException;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.certificate.TrustAnchors;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/// The anchors that this Java installation trusts: implicit ones in the words of RFC 7030.
final class SystemAnchors {
  private SystemAnchors() {}

  static TrustAnchors read() {
    try {
      TrustManagerFactory factory =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      @Nullable KeyStore platform = null;
      factory.init(platform);
      List<Certificate> anchors =
          Arrays.stream(factory.getTrustManagers())
              .filter(X509TrustManager.class::isInstance)
              .map(X509TrustManager.class::cast)
              .flatMap(manager -> Arrays.stream(manager.getAcceptedIssuers()))
              .flatMap(SystemAnchors::readable)
              .toList();
      return new TrustAnchors(EstClient.IMPLICIT, anchors, List.of());
    } catch (GeneralSecurityException e) {
      throw new FailedException("the system's trust anchors cannot be read", "", e);
    }
  }

  /// Some old roots have names or keys that we do not take; nothing is lost without them.
  private static Stream<Certificate> readable(X509Certificate anchor) {
    try {
      return Optional.of(Certificate.of(anchor)).stream();
    } catch (MalformedException e) {
      return Stream.empty();
    }
  }
}
