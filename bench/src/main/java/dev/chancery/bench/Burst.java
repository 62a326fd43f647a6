package dev.chancery.bench;

/// Many devices that come back within an hour, each on a connection of its own: a slice of that
/// hour, measured at its pace, from which the rest is reckoned.
///
/// @param devices in an hour
/// @param slice what was measured
/// @param ledgerBytesEach what the ledger has for each certificate that was issued in the whole run
/// @param cores of the machine, which the client shares
public record Burst(int devices, Paced slice, double ledgerBytesEach, int cores) {
  /// How many devices come back.
  static final int DEVICES = 1_000_000;

  private static final double SECONDS = 3_600;

  /// The pace.
  static double perSecond() {
    return DEVICES / SECONDS;
  }

  /// Of all the CPU that the machine has in an hour, what the server needs of it: 0.5 is half.
  public double shareOfMachine() {
    return devices * slice.cpuMillis() / 1e3 / (cores * SECONDS);
  }

  /// What the ledger grows by in the hour.
  public double ledgerGigabytes() {
    return devices * ledgerBytesEach / 1e9;
  }
}
