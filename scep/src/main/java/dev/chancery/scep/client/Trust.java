package dev.chancery.scep.client;

import dev.chancery.pki.MalformedException;
import dev.chancery.pki.certificate.Certificate;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/// By what a client knows the server's CA (RFC 8894 §2.2).
public sealed interface Trust {
  /// The SHA-256 of a CA certificate that GetCACert sends, as a person vouches for it.
  ///
  /// @param sha256Hex 64 lower-case digits
  record Fingerprint(String sha256Hex) implements Trust {
    private static final Pattern SHA_256 = Pattern.compile("[0-9a-f]{64}");

    public Fingerprint {
      if (!SHA_256.matcher(sha256Hex).matches()) {
        throw new MalformedException("a fingerprint is a whole SHA-256: 64 hexadecimal digits");
      }
    }

    /// Reads digits of either case with or without colons and white space between them.
    ///
    /// @throws MalformedException if it is not a whole SHA-256
    public static Fingerprint parse(String text) {
      return new Fingerprint(text.replaceAll("[:\\s]", "").toLowerCase(Locale.ROOT));
    }
  }

  /// CA certificates that are known already.
  record Anchors(List<Certificate> certificates) implements Trust {
    public Anchors {
      certificates = List.copyOf(certificates);
    }
  }

  /// By nothing: for looking at a server, never for enrolling.
  record Nothing() implements Trust {}
}
