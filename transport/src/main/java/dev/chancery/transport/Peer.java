package dev.chancery.transport;

import dev.chancery.pki.certificate.Certificate;
import java.util.List;
import java.util.Optional;

/// Who is at the other end, as far as the transport knows. Nothing here is believed yet: chains are
/// as presented, and each endpoint validates them against its own anchors.
public sealed interface Peer {
  /// The address, for log and rate limits; a numeric IP address without port, or `local`.
  String address();

  /// A clear-text connection.
  record Cleartext(String address) implements Peer {}

  /// A TLS connection.
  ///
  /// @param protocol `TLSv1.2` or `TLSv1.3`
  /// @param presented the client's chain, leaf first; empty if it sent none. The client has proven
  ///   possession of the leaf's key and nothing else.
  /// @param key what the handshake was keyed with, if it went without certificates (RFC 7030
  ///   §3.3.3)
  /// @param bindings is asked only if a message needs them, since exporting keying material costs
  ///   something
  record Tls(
      String address,
      String protocol,
      String cipherSuite,
      List<Certificate> presented,
      Optional<HandshakeKey> key,
      Bindings bindings)
      implements Peer {
    public Tls {
      presented = List.copyOf(presented);
    }

    /// A secret that both ends have proven in the handshake to know. A responder believes the kinds
    /// that it knows, and no others.
    public interface HandshakeKey {
      /// Whose secret it is, for people; a credential's id.
      String identity();
    }

    /// Fetches the channel bindings of the connection. Thread-safe.
    @FunctionalInterface
    public interface Bindings {
      ChannelBindings get();
    }
  }
}
