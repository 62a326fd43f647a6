package dev.chancery.authority.requester;

import dev.chancery.authority.endpoint.NameSpace;
import dev.chancery.pki.Der;
import dev.chancery.pki.crypto.Digests;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;

/// A secret that all devices of an endpoint know, for those that can be given no other. A risk:
/// whoever learns it can ask for every name in its space, until an operator changes it.
///
/// @param names what may be asked for with it; the certificate has the endpoint's profile
/// @param sha256 of the secret, so that it does not lie around
public record SharedSecret(NameSpace names, Der sha256) {
  /// Takes the secret's UTF-8 octets.
  public static SharedSecret of(NameSpace names, String secret) {
    return new SharedSecret(names, Der.of(Digests.sha256(secret.getBytes(StandardCharsets.UTF_8))));
  }

  boolean is(byte[] presented) {
    return MessageDigest.isEqual(sha256.toByteArray(), Digests.sha256(presented));
  }

  /// Secrets stay out of logs, their hashes too.
  @Override
  public String toString() {
    return "SharedSecret[" + names + "]";
  }
}
