package dev.chancery.authority.profile;

import java.util.Locale;

/// The rules of a profile whose strictness can be set. Not among them, because they always hold:
/// authentication, proof of possession, strong keys, the CA's own key, names from the entitlement
/// only.
public enum Rule {
  /// The request's names are among those entitled. When not enforced, names that are not entitled
  /// are left out.
  REQUESTED_NAMES("the names in the request are among the entitled ones", RuleMode.ENFORCE),
  /// The request asks for no extension beyond what the profile sets or copies. When not enforced,
  /// it is left out.
  REQUESTED_EXTENSIONS(
      "the request asks for no extension that the profile does not give", RuleMode.ENFORCE),
  /// The key is of a type that the profile lists. Weak keys are refused in every mode.
  KEY_TYPE("the key is of a listed type", RuleMode.ENFORCE),
  /// A renewal does not come before the renewal window opens.
  RENEWAL_WINDOW("a renewal comes within the renewal window", RuleMode.ENFORCE),
  /// A renewal names exactly what the old certificate names. When not enforced, the old names are
  /// used.
  RENEWAL_NAMES("a renewal keeps the old certificate's names", RuleMode.ENFORCE),
  /// A certificate that has been renewed already does not renew again.
  SUPERSEDED("a certificate is renewed once", RuleMode.OBSERVE);

  private final String meaning;
  private final RuleMode defaultMode;

  Rule(String meaning, RuleMode defaultMode) {
    this.meaning = meaning;
    this.defaultMode = defaultMode;
  }

  /// `requested-names`.
  public String id() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /// For the configuration reference.
  public String meaning() {
    return meaning;
  }

  public RuleMode defaultMode() {
    return defaultMode;
  }
}
