package dev.chancery.server.tls;

import dev.chancery.transport.Peer;

/// A TLS engine whose handshake needs no certificates: it knows itself whose secret keyed it.
public interface KeyedHandshake {
  /// The peer, once the handshake is complete.
  Peer.Tls peer(String address);
}
