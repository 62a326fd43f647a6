package dev.chancery.server.configuration;

import dev.chancery.pki.MalformedException;
import java.util.Map;
import java.util.TreeMap;

/// The extended key usages that have a name (RFC 5280 §4.2.1.12, RFC 6402 §2.10).
final class ExtendedKeyUsages {
  private static final Map<String, String> BY_NAME =
      new TreeMap<>(
          Map.of(
              "serverAuth", "1.3.6.1.5.5.7.3.1",
              "clientAuth", "1.3.6.1.5.5.7.3.2",
              "codeSigning", "1.3.6.1.5.5.7.3.3",
              "emailProtection", "1.3.6.1.5.5.7.3.4",
              "timeStamping", "1.3.6.1.5.5.7.3.8",
              "OCSPSigning", "1.3.6.1.5.5.7.3.9",
              "ipsecIKE", "1.3.6.1.5.5.7.3.17",
              "cmcCA", "1.3.6.1.5.5.7.3.27",
              "cmcRA", "1.3.6.1.5.5.7.3.28",
              "smartcardLogon", "1.3.6.1.4.1.311.20.2.2"));

  private ExtendedKeyUsages() {}

  static String names() {
    return String.join(", ", BY_NAME.keySet());
  }

  /// The dotted object identifier.
  static String parse(String text) {
    String oid = BY_NAME.getOrDefault(text, text);
    if (!oid.matches("[0-2](\\.(0|[1-9]\\d*))+")) {
      throw new MalformedException(
          "extended key usages are " + names() + " or object identifiers such as 1.2.3");
    }
    return oid;
  }
}
