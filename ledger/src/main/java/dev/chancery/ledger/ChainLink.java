package dev.chancery.ledger;

import dev.chancery.authority.audit.AuditEntry;
import dev.chancery.authority.audit.AuditEvent;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What the entry of a checkpoint in one node's chain says about another's: that it had come to
/// this entry. The detail is called `chain:NODE` and is `SEQUENCE HASH`.
///
/// @param node whose chain it was; empty for the one without a name
record ChainLink(String node, long sequence, String hash) {
  private static final String PREFIX = "chain:";

  static String nameOf(String node) {
    return PREFIX + node;
  }

  static String valueOf(AuditEntry end) {
    return end.sequence() + " " + end.hash();
  }

  /// The links in an entry.
  static List<ChainLink> of(AuditEntry entry) {
    return entry.event().action() == AuditEvent.Action.CHECKPOINT_SIGNED
        ? entry.event().details().entrySet().stream()
            .flatMap(detail -> parse(detail).stream())
            .toList()
        : List.of();
  }

  private static Optional<ChainLink> parse(Map.Entry<String, String> detail) {
    String value = detail.getValue();
    int space = value.indexOf(' ');
    if (!detail.getKey().startsWith(PREFIX) || space < 0) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          new ChainLink(
              detail.getKey().substring(PREFIX.length()),
              Long.parseLong(value.substring(0, space)),
              value.substring(space + 1)));
    } catch (NumberFormatException noLink) {
      return Optional.empty();
    }
  }
}
