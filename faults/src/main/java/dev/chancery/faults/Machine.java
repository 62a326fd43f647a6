package dev.chancery.faults;

import java.util.Locale;

/// Where a run took place.
final class Machine {
  private Machine() {}

  /// One line for people.
  static String description() {
    return String.format(
        Locale.ROOT,
        "%s %s, %d cores, JDK %s",
        System.getProperty("os.name"),
        System.getProperty("os.version"),
        Runtime.getRuntime().availableProcessors(),
        Runtime.version());
  }
}
