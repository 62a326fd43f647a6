package dev.chancery.server.proxy;

import dev.chancery.pki.certificate.Certificate;
import java.util.List;

/// A reverse proxy that ends the TLS of clients and speaks TLS to this server with a certificate of
/// its own (EST-033, EST-251). Only a connection with exactly such a certificate is the proxy's;
/// its dates and issuer do not matter, since it was named one by one.
///
/// @param name for log and audit
/// @param certificates those that the proxy presents, one after the other in its life
public record TrustedProxy(
    String name,
    List<Certificate> certificates,
    CertificateField certificateField,
    ClientAddress clientAddress,
    ChannelBinding channelBinding) {
  public TrustedProxy {
    certificates = List.copyOf(certificates);
  }

  /// In which header field the proxy puts its client's certificate.
  public enum CertificateField {
    /// `Client-Cert` and `Client-Cert-Chain` (RFC 9440).
    CLIENT_CERT,
    /// `X-SSL-Client-Cert` with percent-encoded PEM, as nginx makes it.
    X_SSL_CLIENT_CERT
  }

  /// Whose address counts in log and limits.
  public enum ClientAddress {
    /// The proxy's own.
    PROXY,
    /// The last one in `X-Forwarded-For`, which the proxy has set.
    X_FORWARDED_FOR
  }

  /// What becomes of the linking of identity and proof of possession (RFC 7030 section 3.5).
  public enum ChannelBinding {
    /// The binding is unknown: linked requests are refused, and no endpoint may demand one.
    NONE,
    /// The proxy tells its connection's bindings in `Client-Channel-Binding`.
    FORWARDED
  }
}
