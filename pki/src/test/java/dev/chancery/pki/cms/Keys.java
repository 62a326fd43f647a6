package dev.chancery.pki.cms;

import dev.chancery.pki.certificate.SelfSigned;
import dev.chancery.pki.key.KeyPairs;
import dev.chancery.pki.key.KeyType;
import dev.chancery.pki.name.DistinguishedName;
import java.security.KeyPair;
import java.time.Instant;

/// Keys with self-signed certificates, made once.
final class Keys {
  static final MessageKey RSA = of(KeyType.RSA_2048, "CN=rsa");
  static final MessageKey OTHER_RSA = of(KeyType.RSA_2048, "CN=other");
  static final MessageKey P_256 = of(KeyType.P_256, "CN=p256");
  static final MessageKey P_384 = of(KeyType.P_384, "CN=p384");

  private Keys() {}

  static MessageKey of(KeyType type, String subject) {
    KeyPair pair = KeyPairs.generate(type);
    Instant from = Instant.parse("2026-01-01T00:00:00Z");
    return new MessageKey(
        SelfSigned.of(DistinguishedName.parse(subject), pair, from, from.plusSeconds(86_400)),
        pair.getPrivate());
  }
}
