package dev.chancery.est.wire;

import dev.chancery.pki.Der;
import dev.chancery.pki.certificate.CertificateExtension;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/// One element of a CSR attributes answer (RFC 7030 §4.5.2, RFC 9908 §3.2).
public sealed interface CsrAttribute {
  /// A wish without a value, such as challengePassword or a signature algorithm.
  record Named(String oid) implements CsrAttribute {}

  /// The key that the request shall be for (EST-194).
  ///
  /// @param algorithm the key type's OID
  /// @param curve OID of the curve, for EC keys; empty for any
  /// @param modulusBits for RSA keys; empty for any
  record KeyWish(String algorithm, Optional<String> curve, OptionalInt modulusBits)
      implements CsrAttribute {}

  /// The extensions that the request shall ask for, each once (EST-193).
  record ExtensionWish(List<CertificateExtension> extensions) implements CsrAttribute {
    public ExtensionWish {
      extensions = List.copyOf(extensions);
    }
  }

  /// The template that the request shall follow (RFC 9908 §3.4). A client that understands it uses
  /// nothing else of the answer.
  record Template(CertificationRequestTemplate template) implements CsrAttribute {}

  /// Something that calls itself a template and breaks its rules (EST-196).
  ///
  /// @param defect the rule that is broken, in words
  record BrokenTemplate(Der element, String defect) implements CsrAttribute {}

  /// Any other element, or one that is not formed as RFC 9908 demands: kept, never believed
  /// (EST-191).
  record Unrecognized(Der element) implements CsrAttribute {}
}
