package dev.chancery.scep.wire;

import java.util.Arrays;
import java.util.Optional;

/// Why a request failed (RFC 8894 §3.2.1.4).
public enum FailInfo {
  /// An algorithm is unknown or not allowed.
  BAD_ALG("0", "badAlg"),
  /// The message's signature or digest is wrong.
  BAD_MESSAGE_CHECK("1", "badMessageCheck"),
  /// The transaction is not permitted or not supported.
  BAD_REQUEST("2", "badRequest"),
  /// The message's time is not close enough to the system's.
  BAD_TIME("3", "badTime"),
  /// No certificate or request could be identified.
  BAD_CERT_ID("4", "badCertId");

  private final String number;
  private final String id;

  FailInfo(String number, String id) {
    this.number = number;
    this.id = id;
  }

  String number() {
    return number;
  }

  /// The RFC's name.
  public String id() {
    return id;
  }

  static Optional<FailInfo> of(String number) {
    return Arrays.stream(values()).filter(info -> info.number.equals(number)).findFirst();
  }

  @Override
  public String toString() {
    return id;
  }
}
