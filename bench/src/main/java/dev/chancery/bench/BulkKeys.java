package dev.chancery.bench;

import java.math.BigInteger;
import java.security.SecureRandom;
import org.bouncycastle.asn1.x9.X9ECParameters;
import org.bouncycastle.crypto.ec.CustomNamedCurves;
import org.bouncycastle.math.ec.ECPoint;

/// Public keys of P-256 by the million: neighbours, each of which is the one before plus the
/// generator, so that their private keys are 1 apart. No two are the same. Thread-safe.
final class BulkKeys {
  /// The octets of x and y together.
  static final int POINT_OCTETS = 64;

  private static final X9ECParameters CURVE = CustomNamedCurves.getByName("P-256");

  private final BigInteger first = new BigInteger(250, new SecureRandom());

  /// The keys number `from` to `from + count - 1`, each as x and y.
  byte[][] points(long from, int count) {
    ECPoint[] points = new ECPoint[count];
    points[0] = CURVE.getG().multiply(first.add(BigInteger.valueOf(from))).normalize();
    for (int i = 1; i < count; i++) {
      points[i] = points[i - 1].add(CURVE.getG());
    }
    // One inversion for all of them.
    CURVE.getCurve().normalizeAll(points);
    byte[][] encoded = new byte[count][];
    for (int i = 0; i < count; i++) {
      encoded[i] = new byte[POINT_OCTETS];
      points[i].getAffineXCoord().encodeTo(encoded[i], 0);
      points[i].getAffineYCoord().encodeTo(encoded[i], POINT_OCTETS / 2);
    }
    return encoded;
  }
}
