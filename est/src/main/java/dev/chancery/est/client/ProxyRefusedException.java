package dev.chancery.est.client;

import java.io.IOException;

/// The proxy does not let through.
final class ProxyRefusedException extends IOException {
  private static final long serialVersionUID = 1L;

  ProxyRefusedException(String message) {
    super(message);
  }
}
