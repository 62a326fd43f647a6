package dev.chancery.authority.rollover;

import dev.chancery.pki.certificate.Certificate;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// One CA key pair of an issuer, with the root above it and the dates of its life. What it is at an
/// instant follows from the dates of all generations of the issuer, see [Generations]: so whoever
/// has read them switches at the same instant as everybody else.
///
/// @param issuer the issuer's name in the configuration
/// @param number 1 for the first; each follows on the one before
/// @param certificate the issuing CA's
/// @param root the self-signed one above it
/// @param links if the root is another one than before: NewWithOld, then OldWithNew (RFC 4210
///   §4.4); else empty
/// @param announcedFrom from when requesters are told of it
/// @param activeFrom from when it signs what is asked for
/// @param retiredFrom from when its certificates count for nothing here; if it was never active, it
///   was withdrawn
public record Generation(
    String issuer,
    int number,
    Certificate certificate,
    Certificate root,
    List<Certificate> links,
    Instant preparedAt,
    Optional<Instant> announcedFrom,
    Optional<Instant> activeFrom,
    Optional<Instant> retiredFrom) {
  public Generation {
    if (number < 1) {
      throw new IllegalArgumentException("generations are numbered from 1");
    }
    links = List.copyOf(links);
    preparedAt = inMilliseconds(preparedAt);
    announcedFrom = announcedFrom.map(Generation::inMilliseconds);
    activeFrom = activeFrom.map(Generation::inMilliseconds);
    retiredFrom = retiredFrom.map(Generation::inMilliseconds);
  }

  private static Instant inMilliseconds(Instant instant) {
    return Instant.ofEpochMilli(instant.toEpochMilli());
  }

  /// What a generation is at an instant.
  public enum State {
    /// Its key is there, and nobody is told of it.
    PREPARED,
    /// Requesters are told of it; it signs for those that ask for it alone.
    ANNOUNCED,
    /// It signs.
    ACTIVE,
    /// Another one signs; its certificates and CRLs live on.
    RETIRING,
    /// Over.
    RETIRED;

    /// `announced`.
    public String id() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /// The name under which the ledger knows what this generation has issued: the issuer's name for
  /// the first, `NAME.2` for the second. No issuer's name holds a dot.
  public String id() {
    return id(issuer, number);
  }

  /// See [#id()].
  public static String id(String issuer, int number) {
    return number == 1 ? issuer : issuer + "." + number;
  }

  /// The issuer's name in a generation's [#id()].
  public static String issuerOf(String id) {
    int dot = id.indexOf('.');
    return dot < 0 ? id : id.substring(0, dot);
  }

  /// The issuing certificate and the root: what is above the certificates that it issues.
  public List<Certificate> chain() {
    return List.of(certificate, root);
  }

  /// True if the root changes with it.
  public boolean bringsRoot() {
    return !links.isEmpty();
  }

  /// The same, announced from `at` on.
  public Generation announced(Instant at) {
    return with(Optional.of(at), activeFrom, retiredFrom);
  }

  /// The same, active from `at` on.
  public Generation active(Instant at) {
    return with(announcedFrom, Optional.of(at), retiredFrom);
  }

  /// The same, retired from `at` on.
  public Generation retired(Instant at) {
    return with(announcedFrom, activeFrom, Optional.of(at));
  }

  private Generation with(
      Optional<Instant> announced, Optional<Instant> active, Optional<Instant> retired) {
    return new Generation(
        issuer, number, certificate, root, links, preparedAt, announced, active, retired);
  }
}
