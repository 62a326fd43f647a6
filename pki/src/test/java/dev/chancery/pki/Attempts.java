package dev.chancery.pki;

/// For decoders: whatever the input, the outcome is a value or a [MalformedException].
public final class Attempts {
  /// The two outcomes that there may be.
  public enum Result {
    PARSED,
    MALFORMED
  }

  private Attempts() {}

  /// Runs `decoder`; anything but a [MalformedException] comes through.
  public static Result of(Runnable decoder) {
    try {
      decoder.run();
      return Result.PARSED;
    } catch (MalformedException e) {
      return Result.MALFORMED;
    }
  }
}
