package dev.chancery.authority.policy;

import dev.chancery.authority.profile.Profile;
import dev.chancery.pki.certificate.CertificateExtension;
import dev.chancery.pki.key.SubjectPublicKeyInfo;
import dev.chancery.pki.name.SubjectNames;
import java.time.Instant;
import java.util.List;

/// Evidence that policy has decided: exactly this may be signed. Only [Policy] makes one; the
/// issuer redeems it.
public final class Grant {
  private final String issuer;
  private final Profile profile;
  private final SubjectNames names;
  private final SubjectPublicKeyInfo key;
  private final Instant now;
  private final Instant notBefore;
  private final Instant notAfter;
  private final List<CertificateExtension> copiedExtensions;
  private final List<Finding> findings;

  Grant(
      String issuer,
      Profile profile,
      SubjectNames names,
      SubjectPublicKeyInfo key,
      Instant now,
      Instant notBefore,
      Instant notAfter,
      List<CertificateExtension> copiedExtensions,
      List<Finding> findings) {
    this.issuer = issuer;
    this.profile = profile;
    this.names = names;
    this.key = key;
    this.now = now;
    this.notBefore = notBefore;
    this.notAfter = notAfter;
    this.copiedExtensions = List.copyOf(copiedExtensions);
    this.findings = List.copyOf(findings);
  }

  /// The generation of the issuer that shall sign, see
  /// [dev.chancery.authority.rollover.Generation#id()].
  public String issuer() {
    return issuer;
  }

  public Profile profile() {
    return profile;
  }

  /// The names from the entitlement.
  public SubjectNames names() {
    return names;
  }

  public SubjectPublicKeyInfo key() {
    return key;
  }

  /// When the decision was made.
  public Instant now() {
    return now;
  }

  public Instant notBefore() {
    return notBefore;
  }

  public Instant notAfter() {
    return notAfter;
  }

  public List<CertificateExtension> copiedExtensions() {
    return copiedExtensions;
  }

  /// What deviated from rules that do not enforce.
  public List<Finding> findings() {
    return findings;
  }
}
