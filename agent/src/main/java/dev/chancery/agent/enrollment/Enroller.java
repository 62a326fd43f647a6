package dev.chancery.agent.enrollment;

import dev.chancery.est.client.Fingerprint;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.certificate.TrustAnchors;
import dev.chancery.pki.name.SubjectNames;
import java.security.KeyPair;
import java.util.List;

/// One server, spoken to in one protocol. Every call blocks and ends within a few times the
/// endpoint's timeout. Implementations are thread-safe and keep nothing between calls.
public interface Enroller {
  /// Gets the CA certificates from whoever answers, and believes the one that `pinned` names.
  ///
  /// @throws FailedException if none has that fingerprint, or there is no usable answer
  TrustAnchors bootstrap(Fingerprint pinned);

  /// Gets the CA certificates that chain to `anchors`; the others are left out.
  ///
  /// @throws FailedException if there is no usable answer
  List<Certificate> caCertificates(TrustAnchors anchors);

  /// Asks for a first certificate. The same key and names again are the same request, so that a
  /// lost answer can be fetched once more.
  Answer enroll(TrustAnchors anchors, Proof proof, KeyPair key, SubjectNames names);

  /// Asks for the successor of what `holder` has, with its key or another.
  Answer renew(TrustAnchors anchors, Proof.Holder holder, KeyPair key, SubjectNames names);

  /// Asks what became of an [#enroll] that was to wait. In a protocol without a question of its own
  /// for that, the same request is made again.
  default Answer pollEnrollment(
      TrustAnchors anchors, Proof proof, KeyPair key, SubjectNames names) {
    return enroll(anchors, proof, key, names);
  }

  /// Asks what became of a [#renew] that was to wait.
  default Answer pollRenewal(
      TrustAnchors anchors, Proof.Holder holder, KeyPair key, SubjectNames names) {
    return renew(anchors, holder, key, names);
  }
}
