package dev.chancery.scep.client;

import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.key.KeyWeakness;
import dev.chancery.scep.wire.Capability;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/// Tells in plain words what a server does wrong or weakly, from what it shows to everybody.
public final class Diagnosis {
  private static final Duration SOON = Duration.ofDays(30);

  private Diagnosis() {}

  /// How bad something is.
  public enum Severity {
    /// As it should be, or good to know.
    OK,
    /// Works, but weakly or not for every client.
    WEAK,
    /// Keeps clients from enrolling.
    BROKEN;

    public String id() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /// One thing that was found.
  ///
  /// @param hint what to do about it; may be empty
  public record Finding(Severity severity, String what, String hint) {}

  /// Asks the server and judges its answers.
  ///
  /// @param now by which validity is judged
  /// @throws ScepClientException.Transport if it cannot be reached at all
  public static List<Finding> of(ScepClient client, Instant now) {
    List<Finding> findings = new ArrayList<>();
    List<Certificate> certificates = client.caCertificates();
    capabilities(client.capabilities(), findings);
    certificates.forEach(certificate -> certificate(certificate, now, findings));
    connected(certificates, findings);
    return findings;
  }

  private static void capabilities(Set<Capability> capabilities, List<Finding> findings) {
    if (capabilities.isEmpty()) {
      findings.add(
          new Finding(
              Severity.WEAK,
              "GetCACaps says nothing: many clients fall back to DES and MD5, some give up",
              "have the server answer with AES, SHA-256, POSTPKIOperation and SCEPStandard"));
      return;
    }
    findings.add(new Finding(Severity.OK, "GetCACaps says " + capabilities, ""));
    boolean standard = capabilities.contains(Capability.SCEP_STANDARD);
    for (Capability needed :
        List.of(Capability.AES, Capability.SHA_256, Capability.POST_PKI_OPERATION)) {
      if (!capabilities.contains(needed)) {
        findings.add(
            new Finding(
                Severity.WEAK,
                "GetCACaps does not name " + needed.keyword(),
                standard
                    ? "SCEPStandard implies it, but several clients do not know that"
                    : "clients of today will refuse to go below it"));
      }
    }
    if (!capabilities.contains(Capability.RENEWAL)) {
      findings.add(
          new Finding(
              Severity.WEAK,
              "GetCACaps does not name Renewal",
              "devices need a new challenge for each renewal"));
    }
    for (Capability weak : List.of(Capability.DES3, Capability.SHA_1)) {
      if (capabilities.contains(weak)) {
        findings.add(
            new Finding(
                Severity.WEAK,
                "the server accepts " + weak.keyword(),
                "switch it off if no old device needs it"));
      }
    }
  }

  private static void certificate(Certificate certificate, Instant now, List<Finding> findings) {
    String name = (certificate.isCa() ? "CA " : "RA ") + certificate.subject();
    findings.add(
        new Finding(
            Severity.OK,
            name
                + ": "
                + certificate.subjectPublicKeyInfo()
                + ", valid to "
                + certificate.notAfter()
                + ", certificate sha256 "
                + certificate.sha256Hex(),
            ""));
    if (!certificate.isValidAt(now)) {
      findings.add(
          new Finding(
              Severity.BROKEN, name + " is not valid now", "renew it, or correct the clocks"));
    } else if (now.plus(SOON).isAfter(certificate.notAfter())) {
      findings.add(
          new Finding(
              Severity.WEAK, name + " ends at " + certificate.notAfter(), "renew it in time"));
    }
    Optional<KeyWeakness> weakness = KeyWeakness.of(certificate.subjectPublicKeyInfo());
    if (weakness.isPresent()) {
      findings.add(new Finding(Severity.WEAK, name + ": " + weakness.get().explanation(), ""));
    }
  }

  private static void connected(List<Certificate> certificates, List<Finding> findings) {
    List<Certificate> authorities = certificates.stream().filter(Certificate::isCa).toList();
    if (authorities.isEmpty()) {
      findings.add(
          new Finding(
              Severity.BROKEN,
              "GetCACert holds no CA certificate",
              "clients cannot tell whose certificates they get"));
      return;
    }
    for (Certificate certificate : certificates) {
      boolean known =
          certificate.isSelfIssued()
              || authorities.stream()
                  .anyMatch(ca ->
                      ca.subject().equals(certificate.issuer()) && certificate.isSignedBy(ca));
      if (!known) {
        findings.add(
            new Finding(
                Severity.WEAK,
                certificate.subject() + " was issued by a CA that is not in the bundle",
                "send the whole chain: strongSwan, certmonger and Windows need the root"));
      }
    }
    try {
      Certificate recipient = Authorities.verify(certificates, new Trust.Nothing()).recipient();
      findings.add(
          new Finding(
              recipient.isCa() ? Severity.WEAK : Severity.OK,
              "messages are encrypted for " + recipient.subject(),
              recipient.isCa()
                  ? "a registration authority would keep the CA's key away from the network"
                  : ""));
    } catch (ScepClientException.Untrusted e) {
      findings.add(
          new Finding(
              Severity.BROKEN,
              String.valueOf(e.getMessage()),
              "give the CA an RSA registration authority with keyEncipherment"));
    }
  }
}
