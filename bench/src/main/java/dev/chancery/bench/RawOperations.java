package dev.chancery.bench;

import static dev.chancery.bench.RawOperation.ED25519_VERIFICATION;
import static dev.chancery.bench.RawOperation.ML_DSA_65_VERIFICATION;
import static dev.chancery.bench.RawOperation.P_256_AGREEMENT;
import static dev.chancery.bench.RawOperation.P_256_KEY;
import static dev.chancery.bench.RawOperation.P_256_SIGNATURE;
import static dev.chancery.bench.RawOperation.P_256_VERIFICATION;
import static dev.chancery.bench.RawOperation.RSA_2048_DECRYPTION;
import static dev.chancery.bench.RawOperation.RSA_2048_SIGNATURE;
import static dev.chancery.bench.RawOperation.RSA_2048_VERIFICATION;
import static dev.chancery.bench.RawOperation.RSA_3072_VERIFICATION;

import dev.chancery.pki.crypto.Providers;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// What bare cryptography costs on one core: less than its share no enrollment can cost.
///
/// @param provider what does the work
/// @param millis of CPU for one operation
public record RawOperations(String provider, Map<RawOperation, Double> millis) {
  public RawOperations {
    millis = new TreeMap<>(millis);
  }

  /// Measures those that the floors of `scenarios` are made of, and a P-256 signature and
  /// verification in any case.
  static RawOperations measure(List<Scenario> scenarios) {
    Map<RawOperation, Double> millis = new TreeMap<>();
    for (RawOperation operation : RawOperation.values()) {
      if (operation == P_256_SIGNATURE
          || operation == P_256_VERIFICATION
          || scenarios.stream().anyMatch(one -> of(one).contains(operation))) {
        Runnable once = operation.prepare();
        millisEach(operation.times(), once);
        millis.put(operation, millisEach(operation.times(), once));
      }
    }
    return new RawOperations(Providers.description(), millis);
  }

  /// The asymmetric cryptography that no server can do without in `scenario`, in the order in which
  /// it is done. TLS comes on top; a DTLS handshake is part of it.
  static List<RawOperation> of(Scenario scenario) {
    return switch (scenario) {
      case NEW_CERTIFICATE, NEW_PASSWORD, KEEP_ALIVE, COAPS_OPEN, KEY_P_256 ->
          List.of(P_256_VERIFICATION, P_256_SIGNATURE);
      case SERVER_KEY -> List.of(P_256_VERIFICATION, P_256_KEY, P_256_SIGNATURE);
      case COAPS_NEW ->
          List.of(
              P_256_KEY,
              P_256_SIGNATURE,
              P_256_AGREEMENT,
              P_256_VERIFICATION,
              P_256_VERIFICATION,
              P_256_SIGNATURE);
      case SCEP ->
          List.of(
              RSA_2048_VERIFICATION,
              RSA_2048_DECRYPTION,
              RSA_2048_VERIFICATION,
              P_256_SIGNATURE,
              RSA_2048_SIGNATURE);
      case KEY_RSA_2048 -> List.of(RSA_2048_VERIFICATION, P_256_SIGNATURE);
      case KEY_RSA_3072 -> List.of(RSA_3072_VERIFICATION, P_256_SIGNATURE);
      case KEY_ED25519 -> List.of(ED25519_VERIFICATION, P_256_SIGNATURE);
      case KEY_ML_DSA_65 -> List.of(ML_DSA_65_VERIFICATION, P_256_SIGNATURE);
    };
  }

  /// The cryptography of an enrollment in `scenario`.
  double floorMillis(Scenario scenario) {
    return of(scenario).stream().mapToDouble(this::millisOf).sum();
  }

  /// Of one operation, which has been measured.
  double millisOf(RawOperation operation) {
    return millis.getOrDefault(operation, 0.0);
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
