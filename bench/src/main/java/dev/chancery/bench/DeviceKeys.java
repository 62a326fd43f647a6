package dev.chancery.bench;

import dev.chancery.pki.key.KeyPairs;
import dev.chancery.pki.key.KeyType;
import java.security.KeyPair;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/// The keys of the devices that ask. A fresh one for each request, because the same names with the
/// same key again would be answered with the same certificate again; but RSA keys, which take long
/// to make, come around, each time with other names.
final class DeviceKeys {
  private static final int POOL = 256;

  private final IntFunction<KeyPair> keys;

  private DeviceKeys(IntFunction<KeyPair> keys) {
    this.keys = keys;
  }

  /// Makes those of a pool at once, with all cores.
  static DeviceKeys of(KeyType type) {
    if (!type.isRsa()) {
      return new DeviceKeys(_number -> KeyPairs.generate(type));
    }
    List<KeyPair> pool =
        IntStream.range(0, POOL).parallel().mapToObj(_number -> KeyPairs.generate(type)).toList();
    return new DeviceKeys(number -> pool.get(number % POOL));
  }

  /// The key of request `number`.
  KeyPair forRequest(int number) {
    return keys.apply(number);
  }
}
