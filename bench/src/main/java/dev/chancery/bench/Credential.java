package dev.chancery.bench;

import java.nio.charset.StandardCharsets;
import java.util.Base64;

/// A standing credential, which any device of [Device#namesOf] can use any number of times.
record Credential(String id, String secret) {
  /// The value of the header `Authorization`.
  String basic() {
    return "Basic " + Base64.getEncoder().encodeToString(pair().getBytes(StandardCharsets.UTF_8));
  }

  /// Both in one string: SCEP's challenge password.
  String pair() {
    return id + ":" + secret;
  }
}
