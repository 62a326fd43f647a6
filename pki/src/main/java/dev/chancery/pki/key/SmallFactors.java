package dev.chancery.pki.key;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;

/// Finds prime factors below 752 (NIST SP 800-89 §5.3.3). By whole-number divisions of machine
/// words, a tenth of what the greatest common divisor of two large numbers costs: this is done for
/// each RSA key that comes along, several times.
final class SmallFactors {
  private static final int LIMIT = 752;

  /// Some primes with their product, which fits into 31 bits.
  private record Group(int product, List<Integer> primes) {}

  private static final List<Group> GROUPS = groups();
  private static final BigInteger PRODUCT =
      GROUPS.stream()
          .map(group -> BigInteger.valueOf(group.product()))
          .reduce(BigInteger.ONE, BigInteger::multiply);

  private SmallFactors() {}

  /// True if a prime below 752 divides `number`.
  ///
  /// @param number positive
  static boolean divide(BigInteger number) {
    // Shorter, and divisible by the same small primes.
    int[] words = words(number.mod(PRODUCT));
    for (Group group : GROUPS) {
      long remainder = 0;
      for (int word : words) {
        remainder = ((remainder << 32) | (word & 0xffffffffL)) % group.product();
      }
      for (int prime : group.primes()) {
        if (remainder % prime == 0) {
          return true;
        }
      }
    }
    return false;
  }

  /// The number in words of 32 bits, the highest first.
  private static int[] words(BigInteger number) {
    byte[] bytes = number.toByteArray();
    int[] words = new int[(bytes.length + 3) / 4];
    for (int i = 0; i < bytes.length; i++) {
      int fromEnd = bytes.length - 1 - i;
      words[words.length - 1 - fromEnd / 4] |= (bytes[i] & 0xff) << (8 * (fromEnd % 4));
    }
    return words;
  }

  private static List<Group> groups() {
    List<Group> groups = new ArrayList<>();
    List<Integer> primes = new ArrayList<>();
    long product = 1;
    for (int candidate = 2; candidate < LIMIT; candidate++) {
      if (!BigInteger.valueOf(candidate).isProbablePrime(30)) {
        continue;
      }
      if (product * candidate > Integer.MAX_VALUE) {
        groups.add(new Group((int) product, List.copyOf(primes)));
        primes.clear();
        product = 1;
      }
      primes.add(candidate);
      product *= candidate;
    }
    groups.add(new Group((int) product, List.copyOf(primes)));
    return List.copyOf(groups);
  }
}
