package dev.chancery.agent.state;

import dev.chancery.agent.enrollment.Failure;
import dev.chancery.pki.certificate.Certificate;
import java.time.Instant;
import java.util.Optional;

/// What the agent remembers of one certificate. What is on disk as key and certificate counts, not
/// this: it can be lost, and only history is lost with it.
///
/// @param due when to look at it again
/// @param failures in a row; 0 when all is well
/// @param failure the last one, while there is one
/// @param waiting true while somebody has to decide about the request under way
/// @param polls how often that was the answer, in a row
/// @param certificate the one in use
/// @param draw where in the jitter its renewal falls, from 0 to 1
/// @param layout a digest of what the files were made from beside key and certificate
/// @param delivering the version that is being put in use; 0 between deliveries
public record CertificateState(
    Instant due,
    int failures,
    Optional<Failure> failure,
    boolean waiting,
    int polls,
    Optional<Held> certificate,
    double draw,
    String layout,
    long delivering) {
  /// The certificate in use, as far as status and planning need it.
  public record Held(
      String subject, String serialNumber, String sha256, Instant notBefore, Instant notAfter) {
    public static Held of(Certificate certificate) {
      return new Held(
          certificate.names().toString(),
          certificate.serialNumber().toString(),
          certificate.sha256Hex(),
          certificate.notBefore(),
          certificate.notAfter());
    }
  }

  /// Of a certificate that has never been worked on.
  public static CertificateState fresh(double draw) {
    return new CertificateState(
        Instant.EPOCH, 0, Optional.empty(), false, 0, Optional.empty(), draw, "", 0);
  }

  public CertificateState withDue(Instant at) {
    return new CertificateState(
        at, failures, failure, waiting, polls, certificate, draw, layout, delivering);
  }

  /// An attempt came to nothing.
  public CertificateState failed(Failure why, Instant next) {
    return new CertificateState(
        next, failures + 1, Optional.of(why), false, 0, certificate, draw, layout, delivering);
  }

  /// As [#failed], without forgetting that somebody has to decide.
  public CertificateState interrupted(Failure why, Instant next) {
    return new CertificateState(
        next,
        failures + 1,
        Optional.of(why),
        waiting,
        polls,
        certificate,
        draw,
        layout,
        delivering);
  }

  /// Somebody has to decide.
  public CertificateState waitingUntil(Instant next) {
    return new CertificateState(
        next, 0, Optional.empty(), true, polls + 1, certificate, draw, layout, delivering);
  }

  public CertificateState delivering(long version) {
    return new CertificateState(
        due, failures, failure, waiting, polls, certificate, draw, layout, version);
  }

  /// The certificate is in use and all is well.
  public CertificateState settled(Held held, double newDraw, String newLayout) {
    return new CertificateState(
        due, 0, Optional.empty(), false, 0, Optional.of(held), newDraw, newLayout, 0);
  }

  /// The same, looking at another certificate.
  public CertificateState holding(Optional<Held> held) {
    return new CertificateState(
        due, failures, failure, waiting, polls, held, draw, layout, delivering);
  }
}
