package dev.chancery.est.client;

/// Something to know about an exchange that went well all the same.
public enum EstWarning {
  /// RFC 7030 §6 recommends certificates only there (EST-263).
  SECRET_UNDER_IMPLICIT_ANCHORS(
      "the credential's secret goes to a server that only the system's trust anchors vouch for"),
  /// Not what RFC 8951 §3 says, but unmistakable (EST-271).
  PEM_BODY("the server sends PEM where plain Base64 belongs"),
  /// RFC 9148 §9.2 recommends to look (EST-316).
  NO_REGISTRATION_AUTHORITY(
      "only the system's trust anchors vouch for the server, and its certificate does not say that it"
          + " is a registration authority");

  private final String text;

  EstWarning(String text) {
    this.text = text;
  }

  /// One line in plain English.
  public String text() {
    return text;
  }
}
