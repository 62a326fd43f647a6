package dev.chancery.scep.wire;

import dev.chancery.pki.certificate.SelfSigned;
import dev.chancery.pki.cms.MessageKey;
import dev.chancery.pki.key.KeyPairs;
import dev.chancery.pki.key.KeyType;
import dev.chancery.pki.name.DistinguishedName;
import java.security.KeyPair;
import java.time.Instant;

/// Keys with self-signed certificates, made once.
final class Peers {
  static final MessageKey SERVER = of(KeyType.RSA_2048, "CN=ra");
  static final MessageKey CLIENT = of(KeyType.RSA_2048, "CN=device");

  private Peers() {}

  private static MessageKey of(KeyType type, String subject) {
    KeyPair pair = KeyPairs.generate(type);
    Instant from = Instant.parse("2026-01-01T00:00:00Z");
    return new MessageKey(
        SelfSigned.of(DistinguishedName.parse(subject), pair, from, from.plusSeconds(86_400)),
        pair.getPrivate());
  }
}
