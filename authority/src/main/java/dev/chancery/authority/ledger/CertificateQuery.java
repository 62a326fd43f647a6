package dev.chancery.authority.ledger;

import java.time.Instant;
import java.util.Optional;

/// Which certificates to list. All conditions must hold; texts match as substrings without regard
/// to case, at least three characters long, except the serial, which matches whole.
///
/// @param subject part of the subject's RFC 4514 text
/// @param alternative part of a subject alternative name's text
/// @param serial hex
/// @param requester part of the requester's id
/// @param expiresAfter exclusive
/// @param expiresBefore exclusive
/// @param collection whether only those that nobody is known to have
/// @param limit at most this many, newest first; 1 to 10,000
public record CertificateQuery(
    Optional<String> subject,
    Optional<String> alternative,
    Optional<String> serial,
    Optional<String> requester,
    Optional<Instant> expiresAfter,
    Optional<Instant> expiresBefore,
    Collection collection,
    int limit) {
  /// Which certificates, by whether somebody has them.
  public enum Collection {
    ANY,
    /// Valid ones that nobody is known to have, see [Ledger#isCollected]; the server's own left
    /// out.
    UNCOLLECTED
  }

  /// Whoever has them.
  public CertificateQuery(
      Optional<String> subject,
      Optional<String> alternative,
      Optional<String> serial,
      Optional<String> requester,
      Optional<Instant> expiresAfter,
      Optional<Instant> expiresBefore,
      int limit) {
    this(
        subject,
        alternative,
        serial,
        requester,
        expiresAfter,
        expiresBefore,
        Collection.ANY,
        limit);
  }

  /// The newest certificates.
  public static CertificateQuery newest(int limit) {
    return new CertificateQuery(
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        limit);
  }
}
