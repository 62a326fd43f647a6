package dev.chancery.authority.requester;

import dev.chancery.authority.EnrollmentRequest.Operation;
import dev.chancery.authority.Refusal;
import dev.chancery.authority.RefusedException;
import dev.chancery.authority.endpoint.Endpoint;
import dev.chancery.authority.endpoint.Endpoint.DeviceAnchors;
import dev.chancery.authority.endpoint.Endpoint.Expired;
import dev.chancery.authority.endpoint.Endpoint.ForeignIssuer;
import dev.chancery.authority.endpoint.Endpoint.RegistrationAuthorityScope;
import dev.chancery.authority.endpoint.NameSpace;
import dev.chancery.authority.issuance.Issuers;
import dev.chancery.authority.ledger.CertificateRecord;
import dev.chancery.authority.ledger.Ledger;
import dev.chancery.authority.rollover.Generation;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.certificate.PathInvalidException;
import dev.chancery.pki.certificate.SerialNumber;
import dev.chancery.pki.certificate.ValidatedPath;
import dev.chancery.pki.name.DistinguishedName;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// Finds out who the holder of a presented certificate chain is. The transport has proven that the
/// peer holds the leaf's key; this class decides what the leaf is worth at an endpoint, and which
/// anchors say so (RFC 7030 §3.3.2, EST-224). Thread-safe.
public final class CertificateAuthentication {
  /// id-kp-clientAuth (RFC 5280 §4.2.1.12).
  public static final String CLIENT_AUTH = "1.3.6.1.5.5.7.3.2";

  /// id-kp-cmcRA (RFC 6402 §2.10).
  public static final String CMC_RA = "1.3.6.1.5.5.7.3.28";

  private final Ledger ledger;
  private final Issuers issuers;
  private final Clock clock;
  private final RevocationFiles revocations = new RevocationFiles();

  public CertificateAuthentication(Ledger ledger, Issuers issuers, Clock clock) {
    this.ledger = ledger;
    this.issuers = issuers;
    this.clock = clock;
  }

  /// Who the peer is.
  ///
  /// @param presented leaf first, not empty
  /// @param operation a renewal may use a certificate that expired within the endpoint's grace
  /// @throws RefusedException if the certificate is worth nothing here
  public Requester authenticate(
      Endpoint endpoint, List<Certificate> presented, Operation operation) {
    Certificate leaf = presented.getFirst();
    Optional<Generation> issuer =
        issuers.living(endpoint.issuer()).stream()
            .filter(candidate -> candidate.certificate().subject().equals(leaf.issuer()))
            .filter(candidate -> leaf.isSignedBy(candidate.certificate()))
            .findFirst();
    return issuer.isPresent()
        ? ownCertificate(endpoint, leaf, issuer.get(), operation)
        : foreignCertificate(endpoint, presented);
  }

  /// One of the server behind the endpoint, or a device's.
  private Requester foreignCertificate(Endpoint endpoint, List<Certificate> presented) {
    if (endpoint.behind().isPresent()) {
      ForeignIssuer behind = endpoint.behind().get();
      Instant now = clock.instant();
      try {
        ValidatedPath path = ValidatedPath.validate(presented, behind.anchors(), now, CLIENT_AUTH);
        revocations.refuseRevoked(path, behind.revocationLists(), now);
        return new Requester.RelayedHolder(path);
      } catch (PathInvalidException e) {
        if (e.reason() != PathInvalidException.Cause.UNTRUSTED) {
          throw refusal(e);
        }
      }
    }
    return deviceCertificate(endpoint, presented);
  }

  /// Our own certificates need no path building: the issuer's key has signed this one, and the
  /// ledger says that it did.
  private Requester ownCertificate(
      Endpoint endpoint, Certificate leaf, Generation issuer, Operation operation) {
    Instant now = clock.instant();
    SerialNumber serial = leaf.serialNumber();
    CertificateRecord record =
        ledger
            .recordOf(issuer.id(), leaf)
            .orElseThrow(() ->
                new RefusedException(
                    Refusal.Code.CERTIFICATE_UNTRUSTED,
                    "the certificate " + serial + " is not in the ledger",
                    "enrol again with a credential"));
    if (record.revocation().isPresent()) {
      throw new RefusedException(
          Refusal.Code.CERTIFICATE_REVOKED,
          "the certificate " + serial + " was revoked at " + record.revocation().get().at(),
          "enrol again with a new key and a credential");
    }
    if (now.isBefore(leaf.notBefore())) {
      throw new RefusedException(
          Refusal.Code.CERTIFICATE_NOT_YET_VALID,
          "the certificate " + serial + " is not valid before " + leaf.notBefore(),
          "check this server's clock and the device's");
    }
    boolean graced =
        operation == Operation.RENEWAL
            && !now.isAfter(leaf.notAfter().plus(endpoint.expiredGrace()));
    if (now.isAfter(leaf.notAfter()) && !graced) {
      throw new RefusedException(
          Refusal.Code.CERTIFICATE_EXPIRED,
          "the certificate " + serial + " expired at " + leaf.notAfter(),
          "enrol again with a credential");
    }
    if (!issuer.certificate().isValidAt(now)) {
      throw new RefusedException(
          Refusal.Code.CERTIFICATE_UNTRUSTED,
          "the issuer of the certificate " + serial + " is not valid now",
          "ask the operator to roll the issuer over, and enrol again with a credential");
    }
    if (leaf.extendedKeyUsage().contains(CMC_RA)) {
      return registrationAuthority(endpoint, record);
    }
    if (!leaf.extendedKeyUsage().isEmpty() && !leaf.extendedKeyUsage().contains(CLIENT_AUTH)) {
      throw new RefusedException(
          Refusal.Code.CERTIFICATE_NOT_ENTITLED,
          "the certificate " + serial + " is not for client authentication",
          "ask the operator to add clientAuth to the profile \"" + record.profile() + "\"");
    }
    return new Requester.CertificateHolder(record);
  }

  private static Requester registrationAuthority(Endpoint endpoint, CertificateRecord record) {
    DistinguishedName subject = record.certificate().subject();
    RegistrationAuthorityScope scope =
        endpoint.registrationAuthorities().stream()
            .filter(entry -> DistinguishedName.parse(entry.subject()).equals(subject))
            .findFirst()
            .orElseThrow(() ->
                new RefusedException(
                    Refusal.Code.CERTIFICATE_NOT_ENTITLED,
                    "the registration authority "
                        + subject
                        + " has no rights at "
                        + endpoint.name(),
                    "ask the operator to list it under registration-authorities of that endpoint"));
    return new Requester.RegistrationAuthority(record, scope);
  }

  private Requester deviceCertificate(Endpoint endpoint, List<Certificate> presented) {
    Optional<PathInvalidException> nearest = Optional.empty();
    for (DeviceAnchors database : endpoint.deviceAnchors()) {
      try {
        Instant now = clock.instant();
        ValidatedPath path =
            ValidatedPath.validate(
                presented, database.anchors(), judged(presented, database, now), CLIENT_AUTH);
        if (!database.revocationLists().isEmpty()) {
          revocations.refuseRevoked(path, database.revocationLists(), now);
        }
        if (database.allow().stream().anyMatch(entry -> allows(entry, path.leaf()))) {
          return new Requester.DeviceHolder(path, database);
        }
        throw new RefusedException(
            Refusal.Code.CERTIFICATE_NOT_ENTITLED,
            "the device "
                + path.leaf().subject()
                + " is not on the allow-list of \""
                + path.anchors()
                + "\"",
            "ask the operator to add it at " + endpoint.name());
      } catch (PathInvalidException e) {
        if (nearest.isEmpty() || e.reason() != PathInvalidException.Cause.UNTRUSTED) {
          nearest = Optional.of(e);
        }
      }
    }
    throw nearest
        .map(CertificateAuthentication::refusal)
        .orElseGet(() ->
            new RefusedException(
                Refusal.Code.CERTIFICATE_UNTRUSTED,
                "the certificate was not issued by the CA of " + endpoint.name(),
                "present one of its certificates or authenticate with a credential"));
  }

  /// The time for which a device's path has to be valid: now, or its end where that does not
  /// matter.
  private static Instant judged(List<Certificate> presented, DeviceAnchors database, Instant now) {
    Instant end = presented.getFirst().notAfter();
    return database.expired() == Expired.ACCEPTED && now.isAfter(end) ? end : now;
  }

  private static RefusedException refusal(PathInvalidException e) {
    Refusal.Code code =
        switch (e.reason()) {
          case EXPIRED -> Refusal.Code.CERTIFICATE_EXPIRED;
          case NOT_YET_VALID -> Refusal.Code.CERTIFICATE_NOT_YET_VALID;
          case WRONG_PURPOSE -> Refusal.Code.CERTIFICATE_NOT_ENTITLED;
          case UNTRUSTED, INVALID -> Refusal.Code.CERTIFICATE_UNTRUSTED;
        };
    String message = e.getMessage();
    return new RefusedException(
        new Refusal(
            code,
            message == null ? "the certificate is not valid" : message,
            "present a certificate that this endpoint trusts"),
        e);
  }

  private static boolean allows(String entry, Certificate leaf) {
    return entry.startsWith("serial:")
        ? SerialNumber.parse(entry.substring("serial:".length())).equals(leaf.serialNumber())
        : NameSpace.covers(entry, leaf.subject());
  }
}
