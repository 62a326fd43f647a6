package dev.chancery.pki.request;

import dev.chancery.pki.key.KeyWeakness;

/// The key is too weak to certify, whoever asks.
public final class WeakKeyException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final KeyWeakness weakness;

  public WeakKeyException(KeyWeakness weakness) {
    super(weakness.explanation());
    this.weakness = weakness;
  }

  public KeyWeakness weakness() {
    return weakness;
  }
}
