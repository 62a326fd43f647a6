package dev.chancery.est.client;

import dev.chancery.pki.cms.KeyDecryption;
import dev.chancery.pki.cms.SmimeCapabilities;
import dev.chancery.pki.key.KeyPairs;
import dev.chancery.pki.key.KeyType;
import dev.chancery.pki.name.SubjectNames;
import dev.chancery.pki.request.CertificationRequest;
import dev.chancery.pki.request.CertificationRequestBuilder;

/// What a client asks for that lets the server make its key (RFC 7030 §4.4.1).
///
/// @param hint the wanted type of key; the server decides
/// @param protection how the key shall travel
public record ServerKeyOrder(SubjectNames names, KeyType hint, Protection protection) {
  /// How the key shall travel.
  public sealed interface Protection {
    /// Protected by the connection alone.
    record TlsAlone() implements Protection {}

    /// Encrypted besides, so that only this client reads it. A key in the clear is refused then.
    record Encrypted(KeyDecryption decryption) implements Protection {}
  }

  /// The request. Its key and signature mean nothing; they are made and thrown away here.
  ///
  /// @throws dev.chancery.pki.MalformedException if the certificate to encrypt for has no subject
  ///   key identifier
  CertificationRequest request() {
    CertificationRequestBuilder builder =
        CertificationRequestBuilder.builder(names, KeyPairs.generate(hint));
    return switch (protection) {
      case Protection.TlsAlone() -> builder.build();
      case Protection.Encrypted(KeyDecryption.BySharedKey shared) ->
          builder.decryptKeyIdentifier(shared.key().identifier(), SmimeCapabilities.ours()).build();
      case Protection.Encrypted(KeyDecryption.ByCertificate holder) ->
          builder
              .asymmetricDecryptKeyIdentifier(holder.keyIdentifier(), SmimeCapabilities.ours())
              .build();
    };
  }
}
