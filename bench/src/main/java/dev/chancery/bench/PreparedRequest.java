package dev.chancery.bench;

import dev.chancery.lab.LabException;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.cms.CertsOnly;
import dev.chancery.pki.key.SubjectPublicKeyInfo;
import java.util.List;
import java.util.Optional;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/// A request that is ready to be sent, so that the client does next to nothing while the server is
/// measured, and which knows how its answer is to be read.
final class PreparedRequest {
  /// Knows the answers of one protocol.
  interface Reading {
    /// Why an answer is none that was hoped for; looks only as far as it costs next to nothing,
    /// because each answer is looked at while the clock runs.
    default Optional<String> problem(byte[] body) {
      return body.length == 0 ? Optional.of("nothing") : Optional.empty();
    }

    /// The new certificate, after a thorough look.
    ///
    /// @throws LabException if there is not exactly one, or if it is for another key
    Certificate certificate(byte[] body);
  }

  private final byte[] bytes;
  private final Reading reading;

  /// @param bytes what goes over the wire, within what the session adds
  PreparedRequest(byte[] bytes, Reading reading) {
    this.bytes = bytes;
    this.reading = reading;
  }

  /// Makes the requests number 0, 1, … `count` - 1, with all cores.
  static List<PreparedRequest> prepare(int count, IntFunction<PreparedRequest> one) {
    return IntStream.range(0, count).parallel().mapToObj(one).toList();
  }

  byte[] bytes() {
    return bytes;
  }

  /// Why `answer` is none that was hoped for.
  Optional<String> problemOf(Answer answer) {
    return answer.problem().or(() -> reading.problem(answer.body()));
  }

  /// The certificate in an answer without a problem.
  Certificate certificateIn(Answer answer) {
    return reading.certificate(answer.body());
  }

  /// The one certificate of a certs-only message, which must be for `key`.
  static Certificate certificateFor(SubjectPublicKeyInfo key, byte[] certsOnly) {
    List<Certificate> certificates = CertsOnly.parse(certsOnly);
    if (certificates.size() != 1) {
      throw new LabException("an answer holds " + certificates.size() + " certificates");
    }
    if (!certificates.getFirst().subjectPublicKeyInfo().equals(key)) {
      throw new LabException("a certificate is for another key than the one asked for");
    }
    return certificates.getFirst();
  }
}
