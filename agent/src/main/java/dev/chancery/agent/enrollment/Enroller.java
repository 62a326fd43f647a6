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
}
