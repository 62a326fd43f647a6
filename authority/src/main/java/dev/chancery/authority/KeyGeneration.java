package dev.chancery.authority;

import dev.chancery.pki.key.GeneratedKey;
import dev.chancery.pki.key.KeyType;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/// Makes keys for others, few at a time: an RSA key takes up to seconds of CPU time, and requests
/// for them must not keep everybody else waiting. Thread-safe.
final class KeyGeneration {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final Semaphore turns;

  /// Lets half of the processors make keys.
  KeyGeneration() {
    this.turns = new Semaphore(Math.max(1, Runtime.getRuntime().availableProcessors() / 2), true);
  }

  /// A fresh key.
  ///
  /// @throws RefusedException if it is not this caller's turn for 20 seconds
  GeneratedKey make(KeyType type) {
    try {
      if (!turns.tryAcquire(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
        throw new RefusedException(
            Refusal.Code.RATE_LIMITED,
            "the server has more keys to make than it can now",
            "try again later, or make the key yourself and use simpleenroll");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while waiting to make a key", e);
    }
    try {
      return GeneratedKey.make(type);
    } finally {
      turns.release();
    }
  }
}
