package dev.chancery.authority.ledger;

import dev.chancery.pki.certificate.Certificate;
import java.time.Instant;
import java.util.Optional;

/// An issued certificate as it is stored.
///
/// @param issuer the generation that signed it, see
///   [dev.chancery.authority.rollover.Generation#id()]: the issuer's name in the configuration, and
///   from the second generation on a dot and the number behind it
/// @param endpoint where it was asked for
/// @param requester who asked, see [dev.chancery.authority.requester.Requester#id()]
/// @param requestId the request that it answered
/// @param replaces hex serial of the certificate that it renews, of the same issuer, perhaps of an
///   earlier generation
public record CertificateRecord(
    Certificate certificate,
    String issuer,
    String profile,
    String endpoint,
    String requester,
    String requestId,
    Instant issuedAt,
    Optional<String> replaces,
    Optional<Revocation> revocation) {
  /// That and why it was revoked.
  ///
  /// @param reason an RFC 5280 §5.3.1 name such as `keyCompromise`
  public record Revocation(Instant at, String reason) {}
}
