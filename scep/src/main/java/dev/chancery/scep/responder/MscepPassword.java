package dev.chancery.scep.responder;

import dev.chancery.pki.crypto.Randomness;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/// A challenge password in the form that NDES gives it, which device managers look for on its page:
/// 32 upper-case hex digits (SCEP-196). The first 8 name the credential, the other 24 (96 bits) are
/// its secret.
///
/// @param id the credential's, such as `mscep-0a1b2c3d`
public record MscepPassword(String id, String secret) {
  private static final Pattern FORM = Pattern.compile("[0-9A-F]{32}");
  private static final int BYTES = 16;
  private static final int NAME_DIGITS = 8;

  /// A random one.
  public static MscepPassword fresh() {
    return of(HexFormat.of().withUpperCase().formatHex(Randomness.bytes(BYTES)));
  }

  /// Takes a challenge apart, if it has the form.
  static Optional<MscepPassword> parse(String challenge) {
    return FORM.matcher(challenge).matches() ? Optional.of(of(challenge)) : Optional.empty();
  }

  private static MscepPassword of(String digits) {
    return new MscepPassword(
        "mscep-" + digits.substring(0, NAME_DIGITS).toLowerCase(Locale.ROOT),
        digits.substring(NAME_DIGITS));
  }

  /// The password as the device sends it.
  public String text() {
    return id.substring("mscep-".length()).toUpperCase(Locale.ROOT) + secret;
  }

  /// Secrets stay out of logs.
  @Override
  public String toString() {
    return "MscepPassword[" + id + "]";
  }
}
