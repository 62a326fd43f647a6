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
/// @param distributionPoint where its certificates say that its CRL is; it may change at each start
public record IssuerSettings(
    String name,
    KeyType keyType,
    DistinguishedName subject,
    Duration validity,
    DistinguishedName rootSubject,
    Duration rootValidity,
    Optional<URI> distributionPoint) {}
