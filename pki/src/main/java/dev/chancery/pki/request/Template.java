package dev.chancery.pki.request;

import dev.chancery.pki.certificate.CertificateExtension;
import dev.chancery.pki.key.SubjectPublicKeyInfo;
import dev.chancery.pki.name.SubjectNames;
import java.util.List;
import java.util.Optional;

/// What a requester asks for (RFC 4211 §5), whatever the protocol. Nothing in it is granted.
///
/// @param names the subject and subject alternative names asked for
/// @param extensions the extensions asked for, subjectAltName among them if there was one
/// @param changedNames the names a renewed certificate shall have instead of `names` (RFC 6402
///   §2.8)
public record Template(
    SubjectNames names,
    SubjectPublicKeyInfo subjectPublicKey,
    List<CertificateExtension> extensions,
    Optional<SubjectNames> changedNames) {
  public Template {
    extensions = List.copyOf(extensions);
  }
}
