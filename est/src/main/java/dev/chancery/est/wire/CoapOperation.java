package dev.chancery.est.wire;

import java.util.List;
import java.util.Locale;

/// The operations of EST-coaps by their short names (RFC 9148 §4.1, table 1). There is no fullcmc.
public enum CoapOperation {
  CRTS,
  SEN,
  SREN,
  ATT,
  SKG,
  SKC;

  /// The last path segment, which is also the operation's name in log and audit.
  public String segment() {
    return name().toLowerCase(Locale.ROOT);
  }

  /// The path of the operation on the default CA.
  public String path() {
    return EstOperation.ROOT + "/" + segment();
  }

  /// The path of the operation on the CA called `label`.
  public String path(EstLabel label) {
    return EstOperation.ROOT + "/" + label.value() + "/" + segment();
  }

  /// What discovery calls it (RFC 9148 §8.2).
  public String resourceType() {
    return "ace.est." + segment();
  }

  /// The formats in which it can be answered, the one of a client that names none first. A client
  /// gets 287 only where one certificate is the whole answer, which CA certificates seldom are.
  public List<Integer> contentFormats() {
    return switch (this) {
      case CRTS -> List.of(CoapContentFormat.CERTS_ONLY);
      case SEN, SREN -> List.of(CoapContentFormat.CERTS_ONLY, CoapContentFormat.PKIX_CERT);
      case ATT -> List.of(CoapContentFormat.CSR_ATTRIBUTES);
      case SKG, SKC -> List.of(CoapContentFormat.MULTIPART_CORE);
    };
  }
}
