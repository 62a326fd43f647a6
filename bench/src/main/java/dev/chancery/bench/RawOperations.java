package dev.chancery.bench;

import dev.chancery.pki.crypto.Providers;
import dev.chancery.pki.crypto.SignatureAlgorithm;
import dev.chancery.pki.key.KeyPairs;
import dev.chancery.pki.key.KeyType;
import dev.chancery.pki.key.SubjectPublicKeyInfo;
import java.lang.management.ManagementFactory;
import java.security.KeyPair;

/// What the bare cryptography of an issuance costs on one core: one signature made, one verified,
/// by the code that the server uses.
///
/// @param provider what does the work
public record RawOperations(String provider, double signMillis, double verifyMillis) {
  private static final int WARM_UP = 20_000;

  /// Both together: less than this no enrollment can cost.
  public double signAndVerifyMillis() {
    return signMillis + verifyMillis;
  }

  static RawOperations measure(int operations) {
    KeyPair pair = KeyPairs.generate(KeyType.P_256);
    SubjectPublicKeyInfo key = SubjectPublicKeyInfo.of(pair.getPublic());
    SignatureAlgorithm algorithm = SignatureAlgorithm.of(KeyType.P_256);
    byte[] message = new byte[400];
    byte[] signature = algorithm.sign(pair.getPrivate(), message);
    Runnable sign = () -> algorithm.sign(pair.getPrivate(), message);
    Runnable verify =
        () -> {
          if (!algorithm.verifies(key, message, signature)) {
            throw new BenchException("a signature does not verify");
          }
        };
    millisEach(WARM_UP, sign);
    millisEach(WARM_UP, verify);
    return new RawOperations(
        Providers.description(), millisEach(operations, sign), millisEach(operations, verify));
  }

  private static double millisEach(int times, Runnable operation) {
    var threads = ManagementFactory.getThreadMXBean();
    long begun = threads.getCurrentThreadCpuTime();
    for (int i = 0; i < times; i++) {
      operation.run();
    }
    return (threads.getCurrentThreadCpuTime() - begun) / 1e6 / times;
  }
}
