package dev.chancery.scep.wire;

import java.util.Arrays;
import java.util.Optional;

/// The kinds of messages (RFC 8894 §3.2.1.2). There are no others: what is not here is refused, the
/// number 18 of old drafts among it (SCEP-063, SCEP-203).
public enum MessageType {
  CERT_REP("3", "CertRep"),
  RENEWAL_REQ("17", "RenewalReq"),
  PKCS_REQ("19", "PKCSReq"),
  CERT_POLL("20", "CertPoll"),
  GET_CERT("21", "GetCert"),
  GET_CRL("22", "GetCRL");

  private final String number;
  private final String id;

  MessageType(String number, String id) {
    this.number = number;
    this.id = id;
  }

  /// The decimal text on the wire.
  public String number() {
    return number;
  }

  /// The RFC's name.
  public String id() {
    return id;
  }

  /// The one with exactly that decimal text: `019` is none.
  public static Optional<MessageType> of(String number) {
    return Arrays.stream(values()).filter(type -> type.number.equals(number)).findFirst();
  }

  @Override
  public String toString() {
    return id;
  }
}
