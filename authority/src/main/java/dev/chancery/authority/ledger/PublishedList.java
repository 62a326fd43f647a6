package dev.chancery.authority.ledger;

import dev.chancery.pki.Der;
import java.time.Instant;

/// A CRL as it was published.
///
/// @param number its CRL number, greater than that of every list of the issuer before it
/// @param revoked how many certificates of the issuer were revoked in all when it was made, expired
///   ones too
public record PublishedList(
    String issuer, long number, Instant thisUpdate, Instant nextUpdate, long revoked, Der list) {}
