package dev.chancery.transport.coap;

/// The response codes that a responder or the listener gives (RFC 7252 §12.1.2, RFC 8516), in the
/// order of their numbers.
public enum CoapCode {
  CHANGED(2, 4),
  CONTENT(2, 5),
  BAD_REQUEST(4, 0),
  UNAUTHORIZED(4, 1),
  BAD_OPTION(4, 2),
  FORBIDDEN(4, 3),
  NOT_FOUND(4, 4),
  METHOD_NOT_ALLOWED(4, 5),
  NOT_ACCEPTABLE(4, 6),
  UNSUPPORTED_CONTENT_FORMAT(4, 15),
  TOO_MANY_REQUESTS(4, 29),
  INTERNAL_SERVER_ERROR(5, 0),
  NOT_IMPLEMENTED(5, 1),
  BAD_GATEWAY(5, 2),
  SERVICE_UNAVAILABLE(5, 3),
  PROXYING_NOT_SUPPORTED(5, 5);

  private final int codeClass;
  private final int detail;

  CoapCode(int codeClass, int detail) {
    this.codeClass = codeClass;
    this.detail = detail;
  }

  /// The class, 2, 4 or 5.
  public int codeClass() {
    return codeClass;
  }

  /// The detail, from 0 to 31.
  public int detail() {
    return detail;
  }

  /// As people write it, `4.04`.
  @Override
  public String toString() {
    return "%d.%02d".formatted(codeClass, detail);
  }
}
