package dev.chancery.configuration;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/// What somebody may have meant.
final class Spelling {
  private Spelling() {}

  /// The word most like `written`, if one is like it at all.
  static Optional<String> nearest(String written, List<String> words) {
    return words.stream()
        .filter(word -> distance(written, word) <= Math.max(2, word.length() / 3))
        .min(Comparator.comparingInt(word -> distance(written, word)));
  }

  /// Levenshtein's: how many letters to insert, delete or replace.
  private static int distance(String left, String right) {
    int[] previous = new int[right.length() + 1];
    for (int j = 0; j <= right.length(); j++) {
      previous[j] = j;
    }
    for (int i = 1; i <= left.length(); i++) {
      int[] current = new int[right.length() + 1];
      current[0] = i;
      for (int j = 1; j <= right.length(); j++) {
        int replaced = previous[j - 1] + (left.charAt(i - 1) == right.charAt(j - 1) ? 0 : 1);
        current[j] = Math.min(replaced, Math.min(previous[j], current[j - 1]) + 1);
      }
      previous = current;
    }
    return previous[right.length()];
  }
}
