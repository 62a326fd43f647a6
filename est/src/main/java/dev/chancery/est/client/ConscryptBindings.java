package dev.chancery.est.client;

import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import org.conscrypt.Conscrypt;
import org.jspecify.annotations.Nullable;

/// The only class that names Conscrypt, which is optional: nothing loads it unless a connection is
/// Conscrypt's.
final class ConscryptBindings {
  private ConscryptBindings() {}

  static byte @Nullable [] tlsUnique(SSLSocket socket) {
    return Conscrypt.getTlsUnique(socket);
  }

  static byte[] exporter(SSLSocket socket, String label, byte[] context, int length)
      throws SSLException {
    return Conscrypt.exportKeyingMaterial(socket, label, context, length);
  }
}
