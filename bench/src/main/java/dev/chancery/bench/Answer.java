package dev.chancery.bench;

import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.cms.CertsOnly;
import java.util.Base64;
import java.util.List;

/// What came back.
///
/// @param body as text; EST's bodies are Base64
record Answer(int status, String body) {
  /// The one certificate of a successful answer.
  Certificate certificate() {
    List<Certificate> certificates = CertsOnly.parse(Base64.getMimeDecoder().decode(body));
    if (status != 200 || certificates.size() != 1) {
      throw new BenchException(
          "an answer holds " + certificates.size() + " certificates (status " + status + ")");
    }
    return certificates.getFirst();
  }
}
