package dev.chancery.transport;

import dev.chancery.pki.Der;

/// What ties a message to the TLS connection that carries it (RFC 5929, RFC 9266). Each is either
/// known or, with the reason, not: a responder must never mistake "cannot tell" for "nothing to
/// check" (EST-247).
///
/// @param tlsUnique the first Finished of the latest handshake (TLS 1.2)
/// @param tlsExporter 32 bytes under `EXPORTER-Channel-Binding` (TLS 1.3, or 1.2 with extended
///   master secret)
public record ChannelBindings(ChannelBinding tlsUnique, ChannelBinding tlsExporter) {
  /// One binding.
  public sealed interface ChannelBinding {
    /// The bytes; both ends have the same.
    record Known(Der bytes) implements ChannelBinding {}

    /// There is none, for this reason (words for the log).
    record Unavailable(String reason) implements ChannelBinding {}
  }
}
