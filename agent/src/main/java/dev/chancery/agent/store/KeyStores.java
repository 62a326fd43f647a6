package dev.chancery.agent.store;

import dev.chancery.agent.configuration.AgentConfiguration.Format;
import dev.chancery.pki.certificate.Certificate;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/// Java's key stores: one key and its chain, under the certificate's name.
final class KeyStores {
  private KeyStores() {}

  static String fileName(Format format) {
    return switch (format) {
      case PKCS12 -> "keystore.p12";
      case JKS -> "keystore.jks";
      case PEM, COMBINED -> throw new IllegalArgumentException(format + " is no key store");
    };
  }

  static byte[] encode(Identity identity, String name, Format format, char[] password)
      throws IOException {
    try {
      KeyStore store = KeyStore.getInstance(format.name());
      store.load(null, null);
      store.setKeyEntry(
          name,
          identity.key(),
          password,
          identity.chain().stream().map(Certificate::toX509).toArray(X509Certificate[]::new));
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      store.store(bytes, password);
      return bytes.toByteArray();
    } catch (GeneralSecurityException e) {
      throw new IOException("the key store cannot be made", e);
    }
  }

  static Optional<Identity> read(byte[] bytes, Format format, char[] password) throws IOException {
    try {
      KeyStore store = KeyStore.getInstance(format.name());
      store.load(new ByteArrayInputStream(bytes), password);
      for (String alias : Collections.list(store.aliases())) {
        if (store.getKey(alias, password) instanceof PrivateKey key) {
          List<Certificate> chain = new ArrayList<>();
          for (var certificate : store.getCertificateChain(alias)) {
            chain.add(Certificate.of((X509Certificate) certificate));
          }
          return Identity.of(key, chain, Optional.empty());
        }
      }
      return Optional.empty();
    } catch (GeneralSecurityException e) {
      throw new IOException("the key store cannot be read; is the password right?", e);
    }
  }
}
