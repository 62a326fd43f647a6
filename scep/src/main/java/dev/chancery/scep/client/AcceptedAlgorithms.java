package dev.chancery.scep.client;

import dev.chancery.pki.cms.ContentCipher;
import dev.chancery.pki.cms.DigestAlgorithm;
import dev.chancery.scep.wire.Capability;
import java.util.Set;

/// What a client sends and takes. Capabilities are not authenticated, so they never widen this
/// (SCEP-026).
public enum AcceptedAlgorithms {
  /// SHA-2 and AES.
  MODERN,
  /// Also SHA-1 and triple DES, for servers that know nothing else. Only when somebody says so.
  WEAK;

  boolean allows(DigestAlgorithm digest) {
    return switch (digest) {
      case SHA_256, SHA_384, SHA_512 -> true;
      case SHA_1 -> this == WEAK;
      case MD5 -> false;
    };
  }

  boolean allows(ContentCipher cipher) {
    return switch (cipher) {
      case AES_128, AES_192, AES_256 -> true;
      case DES_EDE3 -> this == WEAK;
      case DES -> false;
    };
  }

  /// The digest to send with: SHA-256 unless the server knows SHA-1 alone and that is accepted.
  DigestAlgorithm digest(Set<Capability> capabilities) {
    boolean sha1Only =
        capabilities.contains(Capability.SHA_1)
            && !capabilities.contains(Capability.SHA_256)
            && !capabilities.contains(Capability.SCEP_STANDARD);
    return this == WEAK && sha1Only ? DigestAlgorithm.SHA_1 : DigestAlgorithm.SHA_256;
  }

  /// The cipher to send with: AES-128 unless the server knows triple DES alone and that is
  /// accepted.
  ContentCipher cipher(Set<Capability> capabilities) {
    boolean tripleDesOnly =
        capabilities.contains(Capability.DES3)
            && !capabilities.contains(Capability.AES)
            && !capabilities.contains(Capability.SCEP_STANDARD);
    return this == WEAK && tripleDesOnly ? ContentCipher.DES_EDE3 : ContentCipher.AES_128;
  }
}
