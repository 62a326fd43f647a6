package dev.chancery.scep.wire;

import java.util.Arrays;
import java.util.Optional;

/// What became of a request (RFC 8894 §3.2.1.3).
public enum PkiStatus {
  SUCCESS("0"),
  FAILURE("2"),
  PENDING("3");

  private final String number;

  PkiStatus(String number) {
    this.number = number;
  }

  String number() {
    return number;
  }

  static Optional<PkiStatus> of(String number) {
    return Arrays.stream(values()).filter(status -> status.number.equals(number)).findFirst();
  }
}
