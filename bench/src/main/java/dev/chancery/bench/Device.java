package dev.chancery.bench;

import dev.chancery.lab.ClientTls;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.name.SubjectNames;
import java.security.KeyPair;
import java.util.List;

/// A device that holds a certificate.
///
/// @param names those of its certificate
/// @param keyPair the key in the certificate
public record Device(SubjectNames names, KeyPair keyPair, Certificate certificate) {
  /// Connects as this device.
  ClientTls tls() {
    return ClientTls.as(certificate, keyPair);
  }

  /// The names of the device number `number`.
  static SubjectNames namesOf(int number) {
    return SubjectNames.parse(
        "CN=bench-" + number + ",O=Bench", List.of("dns:bench-" + number + ".devices.example"));
  }
}
