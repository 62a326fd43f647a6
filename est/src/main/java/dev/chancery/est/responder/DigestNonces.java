package dev.chancery.est.responder;

import dev.chancery.pki.crypto.Randomness;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/// Nonces of HTTP Digest (RFC 7616 §3.3). A nonce carries its time and a MAC, so handing one out
/// costs no memory; only those that have been used are remembered, with their count, so that
/// nothing is taken twice. Memory is bounded: when it is full, the older half is forgotten and with
/// it every nonce as old as that. The key lives as long as this object; nonces of another one are
/// stale. Thread-safe.
final class DigestNonces {
  /// A client answers the challenge at once, and may go on with the nonce for some requests.
  static final Duration LIFETIME = Duration.ofMinutes(5);

  private static final int TIME_BYTES = 8;
  private static final int RANDOM_BYTES = 12;
  private static final int MAC_BYTES = 16;
  private static final int BYTES = TIME_BYTES + RANDOM_BYTES + MAC_BYTES;

  private final Clock clock;
  private final int capacity;
  private final SecretKeySpec key;

  /// Guards what follows.
  private final ReentrantLock uses = new ReentrantLock();

  private final Map<String, Use> used = new HashMap<>();
  private Instant forgotten = Instant.MIN;

  private record Use(Instant issued, long count) {}

  /// Remembers up to `capacity` nonces that are in use.
  DigestNonces(Clock clock, int capacity) {
    this.clock = clock;
    this.capacity = capacity;
    this.key = new SecretKeySpec(Randomness.bytes(32), "HmacSHA256");
  }

  /// A nonce for a challenge of `realm`.
  String fresh(String realm) {
    byte[] content =
        ByteBuffer.allocate(TIME_BYTES + RANDOM_BYTES)
            .putLong(clock.millis())
            .put(Randomness.bytes(RANDOM_BYTES))
            .array();
    byte[] nonce = Arrays.copyOf(content, BYTES);
    System.arraycopy(mac(content, realm), 0, nonce, content.length, MAC_BYTES);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(nonce);
  }

  /// True if `nonce` is ours, for that realm, not too old, and has not been used with `count` or a
  /// higher one.
  boolean isUsable(String realm, String nonce, long count) {
    Optional<Instant> issued = issued(realm, nonce);
    if (issued.isEmpty()) {
      return false;
    }
    uses.lock();
    try {
      return isUsable(nonce, issued.get(), count);
    } finally {
      uses.unlock();
    }
  }

  /// Uses up `count` of `nonce`; of several that try, one succeeds.
  ///
  /// @return whether it was usable
  boolean use(String realm, String nonce, long count) {
    Optional<Instant> issued = issued(realm, nonce);
    if (issued.isEmpty()) {
      return false;
    }
    uses.lock();
    try {
      if (!isUsable(nonce, issued.get(), count)) {
        return false;
      }
      if (used.size() >= capacity) {
        forget();
      }
      used.put(nonce, new Use(issued.get(), count));
      return true;
    } finally {
      uses.unlock();
    }
  }

  private boolean isUsable(String nonce, Instant issued, long count) {
    Use before = used.get(nonce);
    return issued.isAfter(forgotten) && count > (before == null ? 0 : before.count());
  }

  private void forget() {
    used.values().removeIf(use -> isOver(use.issued()));
    if (used.size() < capacity) {
      return;
    }
    List<Instant> times = used.values().stream().map(Use::issued).sorted().toList();
    forgotten = times.get(times.size() / 2);
    used.values().removeIf(use -> !use.issued().isAfter(forgotten));
  }

  /// How many are remembered.
  int remembered() {
    uses.lock();
    try {
      return used.size();
    } finally {
      uses.unlock();
    }
  }

  private Optional<Instant> issued(String realm, String nonce) {
    byte[] bytes;
    try {
      bytes = Base64.getUrlDecoder().decode(nonce);
    } catch (IllegalArgumentException notBase64) {
      return Optional.empty();
    }
    if (bytes.length != BYTES) {
      return Optional.empty();
    }
    byte[] content = Arrays.copyOf(bytes, TIME_BYTES + RANDOM_BYTES);
    byte[] mac = Arrays.copyOfRange(bytes, content.length, BYTES);
    if (!MessageDigest.isEqual(mac, mac(content, realm))) {
      return Optional.empty();
    }
    Instant issued = Instant.ofEpochMilli(ByteBuffer.wrap(content).getLong());
    return isOver(issued) ? Optional.empty() : Optional.of(issued);
  }

  private boolean isOver(Instant issued) {
    return !clock.instant().isBefore(issued.plus(LIFETIME));
  }

  private byte[] mac(byte[] content, String realm) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(key);
      mac.update(content);
      mac.update(realm.getBytes(StandardCharsets.UTF_8));
      return Arrays.copyOf(mac.doFinal(), MAC_BYTES);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this Java platform lacks HmacSHA256", e);
    }
  }
}
