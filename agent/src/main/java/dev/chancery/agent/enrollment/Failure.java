package dev.chancery.agent.enrollment;

import java.util.Locale;

/// Why an attempt came to nothing. What was there before is still there.
///
/// @param what one sentence without a period, safe to print
public record Failure(Code code, String what) {
  /// Stable names, for status and log.
  public enum Code {
    /// The server said no.
    REFUSED,
    /// The server, or what it delivered, is not to be trusted.
    UNTRUSTED,
    /// The server could not be reached, or does not speak the protocol.
    UNREACHABLE,
    /// The server answers that it cannot answer now (HTTP 429 or 503).
    UNAVAILABLE,
    /// The certificate that came is not one to install: its key, names or validity are wrong.
    UNUSABLE,
    /// There is neither a certificate to renew nor anything to enrol with.
    NO_PROOF,
    /// Files could not be read or written.
    FILES,
    /// A hook failed; the old files are in place again, if there were any.
    HOOK,
    /// Another process works on the certificate at the moment.
    BUSY,
    /// The agent itself failed.
    INTERNAL;

    /// Such as `no-proof`.
    public String id() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }
}
