package dev.chancery.scep.client;

import dev.chancery.pki.certificate.Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.bouncycastle.asn1.x509.KeyUsage;

/// What GetCACert sent, believed because of a [Trust] (RFC 8894 §2.2). Only [#verify] makes one.
public final class Authorities {
  private final List<Certificate> all;
  private final List<Certificate> trusted;
  private final Certificate recipient;
  private final List<Certificate> anchors;

  private Authorities(
      List<Certificate> all,
      List<Certificate> trusted,
      Certificate recipient,
      List<Certificate> anchors) {
    this.all = List.copyOf(all);
    this.trusted = List.copyOf(trusted);
    this.recipient = recipient;
    this.anchors = List.copyOf(anchors);
  }

  /// Checks what was sent against what is trusted, and chooses the one certificate to encrypt for:
  /// a registration authority's with an RSA key for encryption, else the CA's (SCEP-036). The order
  /// in which they came means nothing.
  ///
  /// @throws ScepClientException.Untrusted if nothing connects the two, or there is none to encrypt
  ///   for
  public static Authorities verify(List<Certificate> sent, Trust trust) {
    List<Certificate> anchors =
        switch (trust) {
          case Trust.Fingerprint(String sha256) ->
              sent.stream()
                  .filter(Certificate::isCa)
                  .filter(certificate -> certificate.sha256Hex().equals(sha256))
                  .toList();
          case Trust.Anchors(List<Certificate> known) -> known;
          case Trust.Nothing nothing -> sent.stream().filter(Certificate::isCa).toList();
        };
    if (anchors.isEmpty()) {
      throw new ScepClientException.Untrusted(
          "the server sent no CA certificate with the expected fingerprint", null);
    }
    List<Certificate> trusted =
        sent.stream().filter(certificate -> leadsToOneOf(certificate, sent, anchors)).toList();
    Certificate recipient =
        trusted.stream()
            .filter(certificate -> !certificate.isCa() && canBeEncryptedFor(certificate))
            .findFirst()
            .or(() ->
                trusted.stream()
                    .filter(certificate -> !certificate.isSelfIssued())
                    .filter(Authorities::canBeEncryptedFor)
                    .findFirst())
            .or(() -> trusted.stream().filter(Authorities::canBeEncryptedFor).findFirst())
            // No other can be meant, whatever its usage says: several servers have a CA like that.
            .or(() ->
                sent.size() == 1
                    ? trusted.stream()
                        .filter(certificate -> certificate.subjectPublicKeyInfo().isRsa())
                        .findFirst()
                    : Optional.empty())
            .orElseThrow(() ->
                new ScepClientException.Untrusted(
                    "none of the server's trusted certificates has an RSA key for encryption",
                    null));
    return new Authorities(sent, trusted, recipient, anchors);
  }

  private static boolean leadsToOneOf(
      Certificate certificate, List<Certificate> helpers, List<Certificate> anchors) {
    Certificate last = certificate;
    // No path is longer than the certificates there are.
    for (int i = 0; i <= helpers.size(); i++) {
      if (anchors.contains(last)) {
        return true;
      }
      Certificate below = last;
      List<Certificate> candidates = new ArrayList<>(anchors);
      candidates.addAll(helpers);
      Optional<Certificate> next =
          candidates.stream()
              .filter(Certificate::isCa)
              .filter(above -> !above.equals(below))
              .filter(above -> above.subject().equals(below.issuer()) && below.isSignedBy(above))
              .findFirst();
      if (next.isEmpty()) {
        return false;
      }
      last = next.get();
    }
    return false;
  }

  /// True if the key is RSA and its usage allows to encrypt keys for it.
  public static boolean canBeEncryptedFor(Certificate certificate) {
    return certificate.subjectPublicKeyInfo().isRsa()
        && allows(certificate, KeyUsage.keyEncipherment);
  }

  private static boolean allows(Certificate certificate, int usage) {
    KeyUsage keyUsage =
        KeyUsage.fromExtensions(certificate.toAsn1().getTBSCertificate().getExtensions());
    return keyUsage == null || keyUsage.hasUsages(usage);
  }

  /// All that was sent, trusted or not.
  public List<Certificate> all() {
    return all;
  }

  /// The one to encrypt for.
  public Certificate recipient() {
    return recipient;
  }

  /// What everything else was believed by.
  public List<Certificate> anchors() {
    return anchors;
  }

  /// The CA certificates that were believed.
  public List<Certificate> issuers() {
    List<Certificate> issuers =
        new ArrayList<>(trusted.stream().filter(Certificate::isCa).toList());
    anchors.stream().filter(anchor -> !issuers.contains(anchor)).forEach(issuers::add);
    return issuers;
  }

  /// True if a reply may be signed by `signer`: one of those that were sent and believed, and whose
  /// key may sign.
  boolean maySign(Certificate signer) {
    return trusted.contains(signer)
        && (signer.equals(recipient) || allows(signer, KeyUsage.digitalSignature));
  }

  /// True if one of the CAs has signed `certificate`.
  boolean issued(Certificate certificate) {
    return issuers().stream()
        .anyMatch(ca -> ca.subject().equals(certificate.issuer()) && certificate.isSignedBy(ca));
  }
}
