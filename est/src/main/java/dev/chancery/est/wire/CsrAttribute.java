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

  /// Any other element, or one that is not formed as RFC 9908 demands: kept, never believed
  /// (EST-191).
  record Unrecognized(Der element) implements CsrAttribute {}
}
