package dev.chancery.pki.certificate;

import java.util.List;

/// A named database of trust anchors. The name travels with every path that is validated against
/// it, because what a validated peer may do depends on which database it was (RFC 7030 §3.7,
/// EST-012).
///
/// @param intermediates untrusted certificates that help to build paths (peers often send their
///   leaf alone)
public record TrustAnchors(
    String name, List<Certificate> anchors, List<Certificate> intermediates) {
  public TrustAnchors {
    anchors = List.copyOf(anchors);
    intermediates = List.copyOf(intermediates);
  }
}
