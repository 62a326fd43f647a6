package dev.chancery.bench;

import com.fasterxml.jackson.annotation.JsonValue;

/// What devices speak with the server. Each is measured on a server of its own, so that what one
/// takes of memory is not in the figures of another.
public enum Protocol {
  /// EST over HTTP/1.1 and TLS 1.3: the server as it is by default.
  EST("est"),
  /// EST over CoAP and DTLS 1.2, with a certificate on either side.
  EST_COAPS("est-coaps"),
  /// SCEP by POST over clear HTTP, with an RSA-2048 registration authority in front of a P-256 CA.
  SCEP("scep");

  private final String id;

  Protocol(String id) {
    this.id = id;
  }

  /// The name in JSON and of the data folder.
  @JsonValue
  public String id() {
    return id;
  }
}
