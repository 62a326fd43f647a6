package dev.chancery.authority.ledger;

import dev.chancery.pki.certificate.Certificate;
import java.time.Instant;
import java.util.Optional;

/// An issued certificate as it is stored.
///
/// @param issuer the issuer's name in the configuration
/// @param endpoint where it was asked for
/// @param requester who asked, see [dev.chancery.authority.requester.Requester#id()]
/// @param requestId the request that it answered
/// @param replaces hex serial of the certificate that it renews, of the same issuer
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
