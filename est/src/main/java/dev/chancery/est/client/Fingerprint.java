package dev.chancery.est.client;

import dev.chancery.pki.MalformedException;
import dev.chancery.pki.certificate.Certificate;
import java.util.Locale;
import java.util.regex.Pattern;

/// SHA-256 over a certificate's DER, by which a person or a configuration vouches for it (RFC 7030
/// §4.1.1). Always whole: a part of one can be forged (EST-266).
///
/// @param hex 64 lower-case digits
public record Fingerprint(String hex) {
  private static final Pattern SHA_256 = Pattern.compile("[0-9a-f]{64}");

  public Fingerprint {
    if (!SHA_256.matcher(hex).matches()) {
      throw new MalformedException("a fingerprint is a whole SHA-256: 64 hexadecimal digits");
    }
  }

  /// Reads digits of either case with or without colons and white space between them.
  ///
  /// @throws MalformedException if it is not a whole SHA-256
  public static Fingerprint parse(String text) {
    return new Fingerprint(text.replaceAll("[:\\s]", "").toLowerCase(Locale.ROOT));
  }

  public static Fingerprint of(Certificate certificate) {
    return new Fingerprint(certificate.sha256Hex());
  }

  /// Pairs of upper-case digits with colons between them, as OpenSSL prints it.
  @Override
  public String toString() {
    return hex.toUpperCase(Locale.ROOT).replaceAll("(..)(?!$)", "$1:");
  }
}
