package dev.chancery.pki.certificate;

import dev.chancery.pki.MalformedException;
import java.security.GeneralSecurityException;
import java.security.InvalidAlgorithmParameterException;
import java.security.cert.CertPathBuilder;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertStore;
import java.security.cert.CollectionCertStoreParameters;
import java.security.cert.PKIXBuilderParameters;
import java.security.cert.PKIXCertPathBuilderResult;
import java.security.cert.TrustAnchor;
import java.security.cert.X509CertSelector;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// Evidence that a certificate chains to an anchor of a database by RFC 5280 §6 at a given time.
/// Only [#validate] makes one. Revocation is not part of it: whoever issued the certificates
/// answers that.
public final class ValidatedPath {
  /// Bounds how often a path is tried anew.
  private static final int MAX_LINKS = 4;

  private final List<Certificate> certificates;
  private final String anchors;

  private ValidatedPath(List<Certificate> certificates, String anchors) {
    this.certificates = certificates;
    this.anchors = anchors;
  }

  /// Builds and validates a path from the first certificate of `presented`; the others only help.
  ///
  /// @param keyPurpose an OID the leaf's extended key usage must allow (absent usage or
  ///   anyExtendedKeyUsage allow all)
  /// @throws PathInvalidException saying what is wrong
  public static ValidatedPath validate(
      List<Certificate> presented, TrustAnchors trusted, Instant at, String keyPurpose) {
    Certificate leaf = presented.getFirst();
    Set<String> purposes = leaf.extendedKeyUsage();
    if (!purposes.isEmpty()
        && !purposes.contains(keyPurpose)
        && !purposes.contains("2.5.29.37.0")) {
      throw new PathInvalidException(
          PathInvalidException.Cause.WRONG_PURPOSE,
          "the certificate's extended key usage does not include " + keyPurpose);
    }
    if (at.isAfter(leaf.notAfter())) {
      throw new PathInvalidException(
          PathInvalidException.Cause.EXPIRED, "the certificate expired at " + leaf.notAfter());
    }
    if (at.isBefore(leaf.notBefore())) {
      throw new PathInvalidException(
          PathInvalidException.Cause.NOT_YET_VALID,
          "the certificate is not valid before " + leaf.notBefore());
    }
    try {
      Set<TrustAnchor> anchors = new HashSet<>();
      for (Certificate anchor : trusted.anchors()) {
        anchors.add(new TrustAnchor(anchor.toX509(), null));
      }
      if (anchors.isEmpty()) {
        throw untrusted(trusted);
      }
      List<X509Certificate> helpers = new ArrayList<>();
      presented.forEach(certificate -> helpers.add(certificate.toX509()));
      trusted.intermediates().forEach(certificate -> helpers.add(certificate.toX509()));
      return new ValidatedPath(
          pathOf(helpers, anchors, at).stream().map(Certificate::of).toList(), trusted.name());
    } catch (CertPathBuilderException e) {
      if (e.getCause() instanceof CertPathValidatorException invalid) {
        throw new PathInvalidException(
            PathInvalidException.Cause.INVALID,
            "the certificate's path is not valid (" + invalid.getReason() + ")",
            invalid);
      }
      throw untrusted(trusted);
    } catch (InvalidAlgorithmParameterException e) {
      throw new IllegalStateException("path validation was set up wrongly", e);
    } catch (GeneralSecurityException | MalformedException e) {
      throw new PathInvalidException(
          PathInvalidException.Cause.INVALID, "the certificate's path cannot be validated", e);
    }
  }

  /// After a root's key update there are certificates in both directions between two keys of one
  /// name (RFC 4210 §4.4). The platform's path builder may take the wrong one of them and not come
  /// back, so each is left out once before the path is given up.
  private static List<X509Certificate> pathOf(
      List<X509Certificate> helpers, Set<TrustAnchor> anchors, Instant at)
      throws GeneralSecurityException {
    try {
      return build(helpers, anchors, at);
    } catch (CertPathBuilderException e) {
      List<X509Certificate> links =
          helpers.subList(1, helpers.size()).stream()
              .filter(one -> one.getSubjectX500Principal().equals(one.getIssuerX500Principal()))
              .distinct()
              .limit(MAX_LINKS)
              .toList();
      for (X509Certificate link : links) {
        List<X509Certificate> others = new ArrayList<>(helpers);
        others.removeAll(List.of(link));
        try {
          return build(others, anchors, at);
        } catch (CertPathBuilderException nextOne) {
          e.addSuppressed(nextOne);
        }
      }
      throw e;
    }
  }

  /// A path from the first of `helpers` to an anchor.
  private static List<X509Certificate> build(
      List<X509Certificate> helpers, Set<TrustAnchor> anchors, Instant at)
      throws GeneralSecurityException {
    X509CertSelector target = new X509CertSelector();
    target.setCertificate(helpers.getFirst());
    PKIXBuilderParameters parameters = new PKIXBuilderParameters(anchors, target);
    parameters.addCertStore(
        CertStore.getInstance("Collection", new CollectionCertStoreParameters(helpers)));
    parameters.setRevocationEnabled(false);
    parameters.setDate(Date.from(at));
    var result = (PKIXCertPathBuilderResult) CertPathBuilder.getInstance("PKIX").build(parameters);
    List<X509Certificate> path = new ArrayList<>();
    result.getCertPath().getCertificates().forEach(one -> path.add((X509Certificate) one));
    path.add(result.getTrustAnchor().getTrustedCert());
    return path;
  }

  private static PathInvalidException untrusted(TrustAnchors trusted) {
    return new PathInvalidException(
        PathInvalidException.Cause.UNTRUSTED,
        "the certificate does not chain to an anchor of \"" + trusted.name() + "\"");
  }

  /// The certificate whose path it is.
  public Certificate leaf() {
    return certificates.getFirst();
  }

  /// The anchor it ends at.
  public Certificate anchor() {
    return certificates.getLast();
  }

  /// All of it, from [#leaf] to [#anchor]; each was issued by the one behind it.
  public List<Certificate> certificates() {
    return certificates;
  }

  /// The name of the database that holds the anchor.
  public String anchors() {
    return anchors;
  }
}
