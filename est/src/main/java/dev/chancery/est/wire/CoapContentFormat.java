package dev.chancery.est.wire;

/// The CoAP Content-Formats of EST-coaps (RFC 9148 §8.1). Payloads are raw DER, never Base64
/// (EST-306). There is no CMC, hence neither 282 nor 283 (EST-307).
public final class CoapContentFormat {
  /// `application/multipart-core` (RFC 8710), around a key and its certificate.
  public static final int MULTIPART_CORE = 62;

  /// `application/pkcs7-mime; smime-type=server-generated-key`.
  public static final int SERVER_GENERATED_KEY = 280;

  /// `application/pkcs7-mime; smime-type=certs-only`.
  public static final int CERTS_ONLY = 281;

  /// `application/pkcs8`.
  public static final int PKCS8 = 284;

  /// `application/csrattrs`.
  public static final int CSR_ATTRIBUTES = 285;

  /// `application/pkcs10`.
  public static final int PKCS10 = 286;

  /// `application/pkix-cert`: one certificate.
  public static final int PKIX_CERT = 287;

  private CoapContentFormat() {}
}
