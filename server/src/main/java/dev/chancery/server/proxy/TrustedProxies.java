package dev.chancery.server.proxy;

import dev.chancery.pki.MalformedException;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.transport.ChannelBindings;
import dev.chancery.transport.Headers;
import dev.chancery.transport.Peer;
import java.net.InetAddress;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Tells the proxy's client from the proxy. A connection of a proxy is never taken for one of a
/// device: without a forwarded certificate its client counts as one that presented none. Header
/// fields of everybody else are not looked at. Immutable.
public final class TrustedProxies {
  private final Map<Certificate, TrustedProxy> byCertificate = new HashMap<>();

  public TrustedProxies(List<TrustedProxy> proxies) {
    for (TrustedProxy proxy : proxies) {
      proxy.certificates().forEach(certificate -> byCertificate.put(certificate, proxy));
    }
  }

  /// The client behind `peer` if that is a trusted proxy, else `peer` itself.
  ///
  /// @throws MalformedException if a trusted proxy sends fields that cannot be read
  public Peer clientOf(Peer peer, Headers headers) {
    if (byCertificate.isEmpty()
        || !(peer instanceof Peer.Tls connection)
        || connection.presented().isEmpty()) {
      return peer;
    }
    TrustedProxy proxy = byCertificate.get(connection.presented().getFirst());
    return proxy == null ? peer : client(proxy, connection, headers);
  }

  private static Peer client(TrustedProxy proxy, Peer.Tls connection, Headers headers) {
    ForwardedFields fields = new ForwardedFields(headers);
    ChannelBindings bindings =
        switch (proxy.channelBinding()) {
          case NONE -> ForwardedFields.noBindings("TLS ends at the proxy " + proxy.name());
          case FORWARDED -> fields.channelBindings();
        };
    boolean isTls12 = bindings.tlsUnique() instanceof ChannelBindings.ChannelBinding.Known;
    return new Peer.Tls(
        switch (proxy.clientAddress()) {
          case PROXY -> connection.address();
          case X_FORWARDED_FOR -> address(fields.lastForwardedFor());
        },
        isTls12 ? "TLSv1.2" : "unknown",
        "unknown",
        switch (proxy.certificateField()) {
          case CLIENT_CERT -> fields.clientCert();
          case X_SSL_CLIENT_CERT -> fields.escapedPem();
        },
        Optional.empty(),
        () -> bindings);
  }

  private static String address(String literal) {
    try {
      return InetAddress.ofLiteral(literal).getHostAddress();
    } catch (IllegalArgumentException e) {
      throw new MalformedException("X-Forwarded-For does not end in an IP address", e);
    }
  }
}
