package dev.chancery.authority;

import dev.chancery.pki.cms.KeyPackageSigner;

/// Who vouches for keys that are made here, so that a client can tell by the issuer's certificate
/// that the key came from this server.
///
/// For implementations: thread-safe; may block to get a certificate; an [IllegalStateException]
/// with the reason says that there is none.
@FunctionalInterface
public interface KeyPackageSigners {
  /// The signer whose certificate `issuer` has made.
  KeyPackageSigner of(String issuer);
}
