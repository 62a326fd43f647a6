package dev.chancery.pki.certificate;

import dev.chancery.pki.MalformedException;
import dev.chancery.pki.Pem;
import dev.chancery.pki.name.DistinguishedName;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.cert.CRLException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509CRL;
import java.security.cert.X509CRLEntry;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.bouncycastle.asn1.x500.X500Name;
import org.jspecify.annotations.Nullable;

/// A CRL of somebody else (RFC 5280 §5): complete for its issuer and without critical extensions,
/// so neither a delta nor an indirect one, nor one for some reasons or distribution points only.
/// Immutable.
public final class RevocationList {
  /// About a million and a half revoked certificates.
  public static final int MAX_BYTES = 64 * 1024 * 1024;

  private static final String ISSUING_DISTRIBUTION_POINT = "2.5.29.28";

  private final X509CRL crl;
  private final DistinguishedName issuer;

  private RevocationList(X509CRL crl) {
    this.crl = crl;
    this.issuer =
        DistinguishedName.of(X500Name.getInstance(crl.getIssuerX500Principal().getEncoded()));
  }

  /// Reads DER, or one block of PEM.
  ///
  /// @throws MalformedException if it is no CRL, or one that is not for all certificates of its
  ///   issuer
  public static RevocationList parse(byte[] bytes) {
    if (bytes.length > MAX_BYTES) {
      throw new MalformedException("the CRL has more than " + MAX_BYTES + " bytes");
    }
    byte[] der = bytes.length > 0 && bytes[0] == '-' ? fromPem(bytes) : bytes;
    try {
      X509CRL crl =
          (X509CRL)
              CertificateFactory.getInstance("X.509").generateCRL(new ByteArrayInputStream(der));
      if (!Arrays.equals(crl.getEncoded(), der)) {
        throw new MalformedException("something follows the CRL");
      }
      refuseUnknown(crl);
      return new RevocationList(crl);
    } catch (CRLException | CertificateException e) {
      throw new MalformedException("this is no CRL", e);
    }
  }

  private static byte[] fromPem(byte[] text) {
    List<Pem> blocks = Pem.parseAll(new String(text, StandardCharsets.US_ASCII));
    if (blocks.size() != 1 || !blocks.getFirst().label().equals("X509 CRL")) {
      throw new MalformedException("this is not one PEM block with the label X509 CRL");
    }
    return blocks.getFirst().der().toByteArray();
  }

  /// What a critical extension means must be known (RFC 5280 §5.2), and none is that would leave
  /// the list a complete one.
  private static void refuseUnknown(X509CRL crl) {
    @Nullable Set<String> critical = crl.getCriticalExtensionOIDs();
    if (critical != null && !critical.isEmpty()) {
      throw new MalformedException(
          critical.contains(ISSUING_DISTRIBUTION_POINT)
              ? "the CRL is for some of its issuer's certificates only"
              : "the CRL has critical extensions: " + String.join(", ", critical));
    }
    if (crl.getNextUpdate() == null) {
      throw new MalformedException("the CRL does not say until when it holds");
    }
  }

  /// Who signed it, by its own account.
  public DistinguishedName issuer() {
    return issuer;
  }

  /// Whether `certificate` is its issuer's and has signed it, and may (keyUsage cRLSign, if the
  /// certificate has a keyUsage).
  public boolean isSignedBy(Certificate certificate) {
    boolean @Nullable [] usage = certificate.toX509().getKeyUsage();
    if (!certificate.subject().equals(issuer) || (usage != null && !usage[6])) {
      return false;
    }
    try {
      crl.verify(certificate.toX509().getPublicKey());
      return true;
    } catch (GeneralSecurityException e) {
      return false;
    }
  }

  /// From when it holds.
  public Instant thisUpdate() {
    return crl.getThisUpdate().toInstant();
  }

  /// Until when it holds.
  public Instant nextUpdate() {
    return crl.getNextUpdate().toInstant();
  }

  /// When the certificate with this number was revoked, if it is on the list.
  public Optional<Instant> revoked(SerialNumber serial) {
    @Nullable X509CRLEntry entry = crl.getRevokedCertificate(serial.value());
    return Optional.ofNullable(entry).map(found -> found.getRevocationDate().toInstant());
  }
}
