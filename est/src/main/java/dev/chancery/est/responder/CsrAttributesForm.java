package dev.chancery.est.responder;

/// In which forms an endpoint announces what it wants of requests (RFC 9908 §4). A demand for the
/// channel binding is announced in every form but `NONE`, since it is RFC 7030's own (§3.5).
public enum CsrAttributesForm {
  /// The template for clients that know it, and the older elements for those that do not.
  TEMPLATE_AND_LEGACY,
  /// The elements of RFC 7030 as RFC 9908 §3.2 has them.
  LEGACY,
  /// The template of RFC 9908 §3.4 alone.
  TEMPLATE,
  /// Nothing: 204.
  NONE;

  boolean hasTemplate() {
    return this == TEMPLATE_AND_LEGACY || this == TEMPLATE;
  }

  boolean hasLegacy() {
    return this == TEMPLATE_AND_LEGACY || this == LEGACY;
  }
}
