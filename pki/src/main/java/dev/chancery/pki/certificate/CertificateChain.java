package dev.chancery.pki.certificate;

import java.util.List;

/// A certificate and what leads from it towards a root, in order: leaf first, each signed by the
/// next.
public record CertificateChain(Certificate leaf, List<Certificate> authorities) {
  public CertificateChain {
    authorities = List.copyOf(authorities);
  }

  /// Leaf and authorities as PEM, in order.
  public String toPem() {
    StringBuilder pem = new StringBuilder(leaf.toPem());
    authorities.forEach(authority -> pem.append(authority.toPem()));
    return pem.toString();
  }
}
