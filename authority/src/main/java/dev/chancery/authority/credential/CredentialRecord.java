package dev.chancery.authority.credential;

import dev.chancery.authority.endpoint.NameSpace;
import dev.chancery.pki.Der;
import dev.chancery.pki.name.SubjectNames;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// A credential as it is stored: everything but the clear secret.
///
/// @param id 1 to 64 of `A-Z a-z 0-9 . _ -`; the user name of HTTP authentication
/// @param sealedSecret the secret, encrypted by the server's secret key, since some protocols
///   compute with it
/// @param names what it entitles to
/// @param profile the profile of the certificates
/// @param endpoints names of endpoints where it works; empty for all
/// @param uses how many certificates it may yield in all, at least 1
/// @param usesLeft how many are left
/// @param key hex SHA-256 of the only subject public key info it works for, if it is bound to one
/// @param binding for which device and from where, if it is bound to them
/// @param createdAt when
/// @param expiresAt from then on it works no more
/// @param revokedAt since when it works no more, if somebody revoked it
public record CredentialRecord(
    String id,
    Der sealedSecret,
    EntitledNames names,
    String profile,
    List<String> endpoints,
    int uses,
    int usesLeft,
    Optional<String> key,
    Binding binding,
    Instant createdAt,
    Instant expiresAt,
    Optional<Instant> revokedAt) {
  public CredentialRecord {
    endpoints = List.copyOf(endpoints);
  }

  /// Which names a credential entitles to.
  public sealed interface EntitledNames {
    /// Exactly these; a request may leave some out and gets them all the same.
    record Exactly(SubjectNames names) implements EntitledNames {}

    /// Whatever the request asks for inside a name space.
    record Within(NameSpace space) implements EntitledNames {}
  }
}
