package dev.chancery.pki.key;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/// The fingerprint of keys made by the flawed generator of CVE-2017-15361 (Nemec et al., "The
/// Return of Coppersmith's Attack", CCS 2017, §2.2): their primes are `k·M + (65537^a mod M)` with
/// `M` a primorial, so the modulus is a power of 65537 modulo every small prime. A sound key passes
/// by chance with a probability below 2^-27.
final class Roca {
  private record Residues(int prime, BitSet powers) {}

  /// The odd primes that divide the primorial used for every key length (M of 512-bit keys: primes
  /// up to 167).
  private static final List<Residues> TABLE = table();

  private Roca() {}

  static boolean hasFingerprint(BigInteger modulus) {
    return TABLE.stream()
        .allMatch(row -> row.powers().get(modulus.mod(BigInteger.valueOf(row.prime())).intValue()));
  }

  private static List<Residues> table() {
    List<Residues> rows = new ArrayList<>();
    for (int prime = 3; prime <= 167; prime += 2) {
      if (!BigInteger.valueOf(prime).isProbablePrime(30)) {
        continue;
      }
      BitSet powers = new BitSet(prime);
      int value = 1;
      do {
        powers.set(value);
        value = value * (65537 % prime) % prime;
      } while (value != 1);
      rows.add(new Residues(prime, powers));
    }
    return List.copyOf(rows);
  }
}
