package dev.chancery.est.client;

import dev.chancery.pki.request.CertificationRequest;

/// Makes the certification request for a connection, after its handshake. Called once for each
/// connection: a repeat after a 202, a redirect or a demand for authentication needs a new request
/// if requests are linked (EST-249). The key, and the names, must stay the same.
@FunctionalInterface
public interface RequestSource {
  /// The request to send.
  ///
  /// @param link ties it to the connection; need not be used
  /// @throws EstClientException.Unable if a link is needed and there is none
  CertificationRequest on(ChannelLink link);
}
