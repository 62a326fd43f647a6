package dev.chancery.est.client;

import dev.chancery.est.client.EstClientException.Code;
import dev.chancery.pki.MalformedException;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.certificate.PathInvalidException;
import dev.chancery.pki.certificate.TrustAnchors;
import dev.chancery.pki.certificate.ValidatedPath;
import java.net.Socket;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.util.Arrays;
import java.util.List;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;

/// Decides in the handshake whether the server is the right one: path and identity in one place, so
/// that it fails before anything else is sent (EST-261).
abstract class ServerTrust extends X509ExtendedTrustManager {
  /// The server is not to be trusted, and why.
  static final class RejectedException extends CertificateException {
    private static final long serialVersionUID = 1L;

    private final Code code;

    RejectedException(Code code, String message) {
      super(message);
      this.code = code;
    }

    Code code() {
      return code;
    }
  }

  private static final X509Certificate[] NONE = new X509Certificate[0];

  private ServerTrust() {}

  /// Trusts `anchors`. Explicit ones vouch for a server that has the configured name or that of the
  /// latest redirect, and for registration authorities (RFC 7030 §3.6.1). All others count as
  /// implicit and vouch only for the name that is in the URL (RFC 7030 §3.6.2).
  ///
  /// @param configured the host that the user named
  /// @param current the host of this connection: the same, or that of a redirect
  static ServerTrust in(TrustAnchors anchors, String configured, String current, Clock clock) {
    return new Anchored(anchors, configured, current, clock);
  }

  /// Trusts nobody and goes on all the same: for fetching CA certificates whose fingerprint is
  /// known, and for nothing else (RFC 7030 §4.1.1).
  static ServerTrust unauthenticated() {
    return new Nobody();
  }

  abstract void check(List<Certificate> chain) throws CertificateException;

  private static final class Anchored extends ServerTrust {
    private final TrustAnchors anchors;
    private final String configured;
    private final String current;
    private final Clock clock;

    Anchored(TrustAnchors anchors, String configured, String current, Clock clock) {
      this.anchors = anchors;
      this.configured = configured;
      this.current = current;
      this.clock = clock;
    }

    @Override
    void check(List<Certificate> chain) throws CertificateException {
      Certificate leaf = chain.getFirst();
      boolean explicit = EstClient.areExplicit(anchors);
      boolean authority = explicit && ServerIdentity.isRegistrationAuthority(leaf);
      try {
        ValidatedPath.validate(
            chain,
            anchors,
            clock.instant(),
            authority ? ServerIdentity.CMC_RA : ServerIdentity.SERVER_AUTH);
      } catch (PathInvalidException e) {
        throw new RejectedException(
            Code.SERVER_UNTRUSTED, "the server is not to be trusted: " + e.getMessage());
      }
      boolean named =
          ServerIdentity.speaksFor(current, leaf)
              || (explicit && ServerIdentity.speaksFor(configured, leaf));
      if (!named && !authority) {
        throw new RejectedException(
            Code.SERVER_NAME_MISMATCH,
            "the server's certificate is for " + leaf.names() + " and not for " + current);
      }
    }

    /// What JSSE puts into certificate_authorities (RFC 8446 §4.2.4) if the JVM is told to:
    /// `-Djdk.tls.client.enableCAExtension=true` (EST-066).
    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return EstClient.areExplicit(anchors)
          ? anchors.anchors().stream().map(Certificate::toX509).toArray(X509Certificate[]::new)
          : NONE;
    }
  }

  private static final class Nobody extends ServerTrust {
    @Override
    void check(List<Certificate> chain) {
      // The fingerprint of what this connection delivers is the check.
    }
  }

  private void check(X509Certificate[] chain) throws CertificateException {
    try {
      check(Arrays.stream(chain).map(Certificate::of).toList());
    } catch (MalformedException e) {
      throw new RejectedException(
          Code.SERVER_UNTRUSTED, "the server's certificate is malformed: " + e.safeMessage());
    }
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType)
      throws CertificateException {
    check(chain);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket)
      throws CertificateException {
    check(chain);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
      throws CertificateException {
    check(chain);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType)
      throws CertificateException {
    throw new CertificateException("this is a client");
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket)
      throws CertificateException {
    throw new CertificateException("this is a client");
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
      throws CertificateException {
    throw new CertificateException("this is a client");
  }

  @Override
  public X509Certificate[] getAcceptedIssuers() {
    return NONE;
  }
}
