package dev.chancery.scep.responder;

import dev.chancery.pki.crypto.Randomness;
import java.util.Locale;
import java.util.regex.Pattern;

/// Whether a challenge password is good enough to encrypt a reply with. Whoever overhears such a
/// reply can try guesses for as long as they like, so it takes 128 bits (RFC 8894 §7.3, SCEP-147).
/// What somebody has thought up cannot be measured; so only what looks like the output of a random
/// generator counts, and only as much as its alphabet holds.
public final class ChallengeStrength {
  private static final Pattern HEX = Pattern.compile("[0-9a-f]{32,}|[0-9A-F]{32,}");
  private static final Pattern BASE32 =
      Pattern.compile("(?=.*[0-9])(?=.*[G-Zg-z])(?:[a-z0-9]{26,}|[A-Z0-9]{26,})={0,6}");
  private static final Pattern BASE64 =
      Pattern.compile("(?=.*[a-z])(?=.*[A-Z])(?=.*[0-9])(?=.*[G-Zg-z])[A-Za-z0-9+/_-]{22,}={0,2}");

  private static final String ALPHABET = "abcdefghijklmnopqrstuvwxyz234567";
  private static final int GENERATED_CHARACTERS = 26;

  /// Random hex digits have 14 different ones in 32, and fewer than 8 in one case of a million.
  private static final int MIN_DIFFERENT = 8;

  private ChallengeStrength() {}

  /// True if it has at least 128 bits as far as its form tells: 32 hex digits, 26 characters of
  /// Base32 or 22 of Base64, with variety. Part of a longer challenge is enough, between colons.
  public static boolean isEnough(String challenge) {
    for (String part : challenge.strip().split(":", -1)) {
      if ((HEX.matcher(part).matches()
              || BASE32.matcher(part).matches()
              || BASE64.matcher(part).matches())
          && isVaried(part)) {
        return true;
      }
    }
    return false;
  }

  /// A random challenge of 130 bits that is enough.
  public static String fresh() {
    String challenge;
    do {
      StringBuilder text = new StringBuilder(GENERATED_CHARACTERS);
      for (byte one : Randomness.bytes(GENERATED_CHARACTERS)) {
        text.append(ALPHABET.charAt(one & 31));
      }
      challenge = text.toString();
      // One in 200 has no digit at all and would be taken for words.
    } while (!isEnough(challenge));
    return challenge;
  }

  /// Neither few characters, nor a row such as `abcdef`, nor the same piece again and again.
  private static boolean isVaried(String text) {
    String folded = text.toLowerCase(Locale.ROOT);
    long neighbours = 0;
    for (int i = 1; i < folded.length(); i++) {
      if (Math.abs(folded.charAt(i) - folded.charAt(i - 1)) <= 1) {
        neighbours++;
      }
    }
    return folded.chars().distinct().count() >= MIN_DIFFERENT
        && neighbours * 2 < folded.length()
        && !repeats(text);
  }

  private static boolean repeats(String text) {
    for (int period = 1; period <= text.length() / 2; period++) {
      if (text.regionMatches(0, text, period, text.length() - period)) {
        return true;
      }
    }
    return false;
  }
}
