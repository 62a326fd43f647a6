package dev.chancery.est.responder;

import dev.chancery.authority.requester.DigestResponse.Algorithm;
import java.util.List;

/// Whether an endpoint offers HTTP Digest (RFC 7616) beside Basic, and with which algorithms.
public enum HttpDigest {
  OFF,
  SHA_256,
  /// For clients that know nothing newer; MD5 is no longer fit for it.
  SHA_256_AND_MD5;

  /// In order of preference.
  List<Algorithm> algorithms() {
    return switch (this) {
      case OFF -> List.of();
      case SHA_256 -> List.of(Algorithm.SHA_256);
      case SHA_256_AND_MD5 -> List.of(Algorithm.SHA_256, Algorithm.MD5);
    };
  }
}
