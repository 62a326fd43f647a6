package dev.chancery.faults;

import dev.chancery.pki.certificate.Certificate;

/// What a device knows after it has sent its request once.
sealed interface Sent {
  /// It has the certificate: from now on the server must never lose it.
  record Acknowledged(Certificate certificate) implements Sent {}

  /// The server has said no, for good.
  record Refused(int status, String why) implements Sent {}

  /// Somebody has to decide; it asks again later (202).
  record Pending() implements Sent {}

  /// The server has said that it cannot store anything now (503).
  record Unavailable(String why) implements Sent {}

  /// It knows nothing: the connection broke before a whole answer was there.
  record Lost(String why) implements Sent {}
}
