package dev.chancery.authority.profile;

import java.util.Locale;

/// How strict a rule is. Whatever the mode, a certificate holds only what the requester is entitled
/// to: a rule that does not enforce lets a deviating request through, not the deviation.
public enum RuleMode {
  /// A deviation is written to the audit.
  OBSERVE,
  /// A deviation is written to the audit and logged as a warning.
  WARN,
  /// A deviation refuses the request.
  ENFORCE;

  /// `observe`, `warn`, `enforce`.
  public String id() {
    return name().toLowerCase(Locale.ROOT);
  }
}
