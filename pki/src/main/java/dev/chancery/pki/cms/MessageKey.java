package dev.chancery.pki.cms;

import dev.chancery.pki.certificate.Certificate;
import java.security.PrivateKey;

/// A private key with its certificate, for signing messages and opening envelopes. The key does not
/// come out again, so whoever holds this can work with it but not copy it.
public final class MessageKey {
  private final Certificate certificate;
  private final PrivateKey privateKey;

  /// Takes a pair that belongs together.
  public MessageKey(Certificate certificate, PrivateKey privateKey) {
    this.certificate = certificate;
    this.privateKey = privateKey;
  }

  public Certificate certificate() {
    return certificate;
  }

  PrivateKey privateKey() {
    return privateKey;
  }

  @Override
  public String toString() {
    return "MessageKey[" + certificate + "]";
  }
}
