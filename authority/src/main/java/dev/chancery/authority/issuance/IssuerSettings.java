package dev.chancery.authority.issuance;

import dev.chancery.pki.key.KeyType;
import dev.chancery.pki.name.DistinguishedName;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;

/// How an issuer is made on the first start; later starts find it on disk and only check the name.
///
/// @param name the name in configuration, file names and ledger: lower-case letters, digits and
///   hyphens
/// @param subject its certificate's subject
/// @param rootSubject the subject of the self-signed root above it
/// @param distributionPoint where certificates of its first generation say that its CRL is; those
///   of the others are in the same place. It may change at each start
public record IssuerSettings(
    String name,
    KeyType keyType,
    DistinguishedName subject,
    Duration validity,
    DistinguishedName rootSubject,
    Duration rootValidity,
    Optional<URI> distributionPoint) {
  /// Where the CRL of a generation is.
  ///
  /// @param id see [dev.chancery.authority.rollover.Generation#id()]
  Optional<URI> distributionPointOf(String id) {
    return distributionPoint.map(first -> id.equals(name) ? first : first.resolve(id + ".crl"));
  }
}
