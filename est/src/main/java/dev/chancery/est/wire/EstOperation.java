package dev.chancery.est.wire;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// The operations of RFC 7030 §3.2.2, in the order of its table.
public enum EstOperation {
  CACERTS,
  SIMPLEENROLL,
  SIMPLEREENROLL,
  FULLCMC,
  SERVERKEYGEN,
  CSRATTRS;

  /// Where every operation lives (RFC 7030 §3.2.2).
  public static final String ROOT = "/.well-known/est";

  /// The last path segment, which is also the operation's name in log and audit.
  public String segment() {
    return name().toLowerCase(Locale.ROOT);
  }

  /// The path of the operation on the default CA.
  public String path() {
    return ROOT + "/" + segment();
  }

  /// The path of the operation on the CA called `label`.
  public String path(EstLabel label) {
    return ROOT + "/" + label.value() + "/" + segment();
  }

  /// The operation at the end of `path`, or empty if it ends with none. Case matters (EST-026).
  public static Optional<EstOperation> atEndOf(String path) {
    String last = path.substring(path.lastIndexOf('/') + 1);
    return Arrays.stream(values())
        .filter(operation -> operation.segment().equals(last))
        .findFirst();
  }

  /// Names that RFC 8295 and RFC 9148 give to operations that are not among ours. No label may be
  /// called so, or enabling one of them later would hide a CA (EST-022).
  static final List<String> OF_OTHER_RFCS =
      List.of(
          "pal",
          "eecerts",
          "crls",
          "symmetrickeys",
          "firmware",
          "tamp",
          "return",
          "crts",
          "sen",
          "sren",
          "att",
          "skg",
          "skc");
}
