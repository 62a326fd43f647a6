package dev.chancery.agent;

import dev.chancery.agent.EndpointTrust.Trusted;
import dev.chancery.agent.configuration.AgentConfiguration;
import dev.chancery.agent.enrollment.FailedException;
import dev.chancery.agent.enrollment.Failure;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.certificate.PathInvalidException;
import dev.chancery.pki.certificate.ValidatedPath;
import dev.chancery.pki.key.SubjectPublicKeyInfo;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Decides whether a certificate may take the place of another (EST-121): key, path, validity and
/// names. Done here whatever the protocol's client has looked at before.
final class Verification {
  /// anyExtendedKeyUsage (RFC 5280 §4.2.1.12).
  private static final String ANY_PURPOSE = "2.5.29.37.0";

  private static final int LONGEST_CHAIN = 8;

  private Verification() {}

  /// The chain to install: `leaf` and what is above it, without the anchor.
  ///
  /// @param others from which the chain may be built
  /// @throws FailedException if the certificate is not one to install
  static List<Certificate> chain(
      Certificate leaf,
      List<Certificate> others,
      SubjectPublicKeyInfo key,
      AgentConfiguration.Certificate settings,
      Trusted trusted,
      Instant now) {
    if (!leaf.subjectPublicKeyInfo().equals(key)) {
      throw unusable("it is for another key");
    }
    if (leaf.isCa()) {
      throw unusable("it is a CA's");
    }
    if (!leaf.isValidAt(now)) {
      throw unusable(
          "it is not valid now, but from " + leaf.notBefore() + " to " + leaf.notAfter());
    }
    missingName(settings, leaf)
        .ifPresent(name -> {
          throw unusable("it is for " + leaf.names() + " and not for " + name);
        });
    List<Certificate> presented = new ArrayList<>();
    presented.add(leaf);
    presented.addAll(others);
    try {
      String purpose = leaf.extendedKeyUsage().stream().findFirst().orElse(ANY_PURPOSE);
      ValidatedPath.validate(presented, trusted.anchors(), now, purpose);
    } catch (PathInvalidException e) {
      throw new FailedException(
          Failure.Code.UNTRUSTED,
          "the certificate that came is not to be relied upon: " + e.getMessage(),
          e);
    }
    presented.addAll(trusted.anchors().intermediates());
    return upwards(leaf, presented, trusted.anchors().anchors());
  }

  private static FailedException unusable(String why) {
    return new FailedException(
        Failure.Code.UNUSABLE, "the certificate that came is not the one asked for: " + why);
  }

  /// The first configured name that the certificate does not have. What else it has is the CA's
  /// business.
  static Optional<String> missingName(
      AgentConfiguration.Certificate settings, Certificate certificate) {
    if (settings.subject().isPresent() && !settings.subject().get().equals(certificate.subject())) {
      return settings.subject().map(Object::toString);
    }
    return settings.alternatives().stream()
        .filter(name -> !certificate.names().alternatives().contains(name))
        .findFirst()
        .map(Object::toString);
  }

  private static List<Certificate> upwards(
      Certificate leaf, List<Certificate> helpers, List<Certificate> anchors) {
    List<Certificate> chain = new ArrayList<>();
    Optional<Certificate> next = Optional.of(leaf);
    while (next.isPresent() && chain.size() < LONGEST_CHAIN) {
      Certificate last = next.get();
      chain.add(last);
      next =
          anchors.stream().anyMatch(anchor -> isIssuer(anchor, last))
              ? Optional.empty()
              : helpers.stream()
                  .filter(helper -> !chain.contains(helper) && isIssuer(helper, last))
                  .findFirst();
    }
    return chain;
  }

  private static boolean isIssuer(Certificate issuer, Certificate certificate) {
    return issuer.subject().equals(certificate.issuer()) && certificate.isSignedBy(issuer);
  }

  /// True if the CA that issued `certificate` is none of those that the server names: it has been
  /// replaced, and what it issued should be too.
  static boolean issuerIsGone(Certificate certificate, Trusted trusted) {
    return !trusted.published().isEmpty()
        && trusted.published().stream().noneMatch(issuer -> isIssuer(issuer, certificate));
  }
}
