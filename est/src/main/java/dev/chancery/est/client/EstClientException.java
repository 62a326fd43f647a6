package dev.chancery.est.client;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Why a client did not get what it asked for. Nothing was stored or believed.
public abstract sealed class EstClientException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /// What went wrong, in a word that stays the same across versions.
  public enum Code {
    /// The server said no.
    REFUSED("refused"),
    /// An error status with a web page: something else than an EST server answers there.
    WEB_PAGE("web-page"),
    /// No CA certificate has the fingerprint that was given.
    FINGERPRINT_MISMATCH("fingerprint-mismatch"),
    /// The server's certificate does not chain to an anchor, or is not valid now.
    SERVER_UNTRUSTED("server-untrusted"),
    /// The server's certificate is for another name.
    SERVER_NAME_MISMATCH("server-name-mismatch"),
    /// The CA certificates that were sent contain none that can be believed.
    ANCHORS_UNTRUSTED("anchors-untrusted"),
    /// A redirect leads where this client does not go.
    REDIRECT_REFUSED("redirect-refused"),
    /// The certificate that came is for another key.
    CERTIFICATE_FOR_ANOTHER_KEY("certificate-for-another-key"),
    /// The certificate that came does not chain to an anchor, or is not valid now.
    CERTIFICATE_UNTRUSTED("certificate-untrusted"),
    /// The certificate that came bears names that were not to be expected.
    CERTIFICATE_NAMES("certificate-names"),
    /// The key came in the clear though it was to be encrypted.
    KEY_UNPROTECTED("key-unprotected"),
    /// The key was signed by somebody who may not vouch for it.
    KEY_MAKER_UNTRUSTED("key-maker-untrusted"),
    /// There is no connection, or it broke.
    UNREACHABLE("unreachable"),
    /// The server took too long.
    TIMEOUT("timeout"),
    /// The proxy does not let through.
    PROXY_REFUSED("proxy-refused"),
    /// The two sides have no TLS in common, or the server rejects the client's certificate.
    TLS_FAILED("tls-failed"),
    /// What came is not what RFC 7030 describes.
    NOT_EST("not-est"),
    /// The server asks for HTTP authentication that this client does not have or must not use.
    AUTHENTICATION_UNSUPPORTED("authentication-unsupported"),
    /// The request has to be linked to the connection, and this TLS stack cannot tell how.
    BINDING_UNAVAILABLE("binding-unavailable"),
    /// A key is not taken from a server that only implicit anchors vouch for.
    KEY_UNDER_IMPLICIT_ANCHORS("key-under-implicit-anchors"),
    /// The server wants things in the request that nobody has provided.
    ATTRIBUTES_UNMET("attributes-unmet");

    private final String id;

    Code(String id) {
      this.id = id;
    }

    /// Such as `server-untrusted`.
    public String id() {
      return id;
    }
  }

  private final Code code;

  private EstClientException(Code code, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.code = code;
  }

  /// What went wrong.
  public Code code() {
    return code;
  }

  /// The server said no.
  public static final class Refused extends EstClientException {
    private static final long serialVersionUID = 1L;

    private final int status;
    private final String explanation;
    private final @Nullable Duration retryAfter;

    Refused(int status, String explanation, Optional<Duration> retryAfter) {
      super(
          Code.REFUSED,
          "the server answered "
              + status
              + (explanation.isEmpty() ? " without explanation" : ": " + explanation),
          null);
      this.status = status;
      this.explanation = explanation;
      this.retryAfter = retryAfter.orElse(null);
    }

    private Refused(int status, Code code, String message, Optional<Duration> retryAfter) {
      super(code, message, null);
      this.status = status;
      this.explanation = "";
      this.retryAfter = retryAfter.orElse(null);
    }

    /// The answer is a page for people; it is not shown.
    static Refused byWebPage(int status, Optional<Duration> retryAfter) {
      return new Refused(
          status,
          Code.WEB_PAGE,
          "the server answered "
              + status
              + " with a web page: something else than an EST server may stand there",
          retryAfter);
    }

    /// True if nothing was decided: the server has too much to do (429, RFC 6585 §4), or cannot
    /// answer now (503). The same request may be granted later.
    public boolean isForNow() {
      return status == 429 || status == 503;
    }

    /// When the server wants to be asked again, from now on: between a second and a day. Empty if
    /// it did not say.
    public Optional<Duration> retryAfter() {
      return Optional.ofNullable(retryAfter);
    }

    /// The HTTP status code; never 200 or 202.
    public int status() {
      return status;
    }

    /// The server's words, safe to print: one line, bounded, without control characters. Empty if
    /// it gave none.
    public String explanation() {
      return explanation;
    }
  }

  /// The server, or what it delivered, is not to be trusted.
  public static final class Untrusted extends EstClientException {
    private static final long serialVersionUID = 1L;

    Untrusted(Code code, String message, @Nullable Throwable cause) {
      super(code, message, cause);
    }
  }

  /// The server could not be reached, or does not speak EST.
  public static final class Transport extends EstClientException {
    private static final long serialVersionUID = 1L;

    Transport(Code code, String message, @Nullable Throwable cause) {
      super(code, message, cause);
    }
  }

  /// This side cannot make the request that the server wants.
  public static final class Unable extends EstClientException {
    private static final long serialVersionUID = 1L;

    private final transient List<String> reasons;

    Unable(Code code, String message) {
      this(code, message, List.of());
    }

    /// Several things at once.
    Unable(Code code, String message, List<String> reasons) {
      super(code, reasons.isEmpty() ? message : message + ": " + String.join("; ", reasons), null);
      this.reasons = List.copyOf(reasons);
    }

    /// Each thing that is missing, in plain words; empty if the message says it all.
    public List<String> reasons() {
      return reasons == null ? List.of() : reasons;
    }
  }
}
