package dev.chancery.pki.certificate;

import dev.chancery.pki.Der;
import dev.chancery.pki.crypto.SignatureAlgorithm;
import dev.chancery.pki.name.DistinguishedName;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.BERTags;
import org.bouncycastle.asn1.DERBitString;
import org.bouncycastle.asn1.DERTaggedObject;
import org.bouncycastle.asn1.x509.AuthorityKeyIdentifier;
import org.bouncycastle.asn1.x509.CRLNumber;
import org.bouncycastle.asn1.x509.CRLReason;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.Extensions;
import org.bouncycastle.asn1.x509.ExtensionsGenerator;

/// Everything a CRL will say, before it is signed (RFC 5280 §5): version 2, complete, with CRL
/// number and authority key identifier. Entries are encoded as they are added, since there may be a
/// million. Used by one thread, and once.
public final class RevocationListContent {
  /// CRLReason by the names of RFC 5280 §5.3.1.
  private static final Map<String, Integer> REASONS =
      Map.of(
          "keyCompromise", CRLReason.keyCompromise,
          "cACompromise", CRLReason.cACompromise,
          "affiliationChanged", CRLReason.affiliationChanged,
          "superseded", CRLReason.superseded,
          "cessationOfOperation", CRLReason.cessationOfOperation,
          "privilegeWithdrawn", CRLReason.privilegeWithdrawn);

  private final DistinguishedName issuer;
  private final Der authorityKeyIdentifier;
  private final BigInteger number;
  private final Instant thisUpdate;
  private final Instant nextUpdate;
  private final ByteArrayOutputStream entries = new ByteArrayOutputStream();

  /// A list without entries. Times are cut to whole seconds.
  ///
  /// @param authorityKeyIdentifier the issuer's subject key identifier
  /// @param number greater than that of every list before it
  public RevocationListContent(
      DistinguishedName issuer,
      Der authorityKeyIdentifier,
      long number,
      Instant thisUpdate,
      Instant nextUpdate) {
    this.issuer = issuer;
    this.authorityKeyIdentifier = authorityKeyIdentifier;
    this.number = BigInteger.valueOf(number);
    this.thisUpdate = thisUpdate.truncatedTo(ChronoUnit.SECONDS);
    this.nextUpdate = nextUpdate.truncatedTo(ChronoUnit.SECONDS);
  }

  /// Adds a revoked certificate.
  ///
  /// @param reason a name of RFC 5280 §5.3.1; `unspecified` is left out, as that section advises
  public void add(SerialNumber serial, Instant at, String reason) {
    ByteArrayOutputStream entry = new ByteArrayOutputStream(64);
    write(entry, new ASN1Integer(serial.value()));
    write(entry, ValidityTime.write(at.truncatedTo(ChronoUnit.SECONDS)));
    Integer code = REASONS.get(reason);
    if (code != null) {
      write(
          entry,
          new Extensions(
              new Extension(Extension.reasonCode, false, encoded(CRLReason.lookup(code)))));
    }
    sequence(entries, entry.toByteArray());
  }

  /// Encodes the list and has it signed.
  public Der sign(SignatureAlgorithm algorithm, CertificateContent.Signer signer) {
    byte[] toBeSigned = toBeSigned(algorithm);
    ByteArrayOutputStream list = new ByteArrayOutputStream(toBeSigned.length + 1024);
    list.writeBytes(toBeSigned);
    write(list, algorithm.identifier());
    write(list, new DERBitString(signer.sign(toBeSigned)));
    ByteArrayOutputStream whole = new ByteArrayOutputStream(list.size() + 8);
    sequence(whole, list.toByteArray());
    return Der.of(whole.toByteArray());
  }

  private byte[] toBeSigned(SignatureAlgorithm algorithm) {
    ByteArrayOutputStream tbs = new ByteArrayOutputStream(entries.size() + 1024);
    write(tbs, new ASN1Integer(1));
    write(tbs, algorithm.identifier());
    tbs.writeBytes(issuer.der().toByteArray());
    write(tbs, ValidityTime.write(thisUpdate));
    write(tbs, ValidityTime.write(nextUpdate));
    if (entries.size() > 0) {
      // An empty SEQUENCE is forbidden (RFC 5280 §5.1.2.6).
      sequence(tbs, entries.toByteArray());
    }
    try {
      ExtensionsGenerator extensions = new ExtensionsGenerator();
      extensions.addExtension(
          Extension.authorityKeyIdentifier,
          false,
          new AuthorityKeyIdentifier(authorityKeyIdentifier.toByteArray()));
      extensions.addExtension(Extension.cRLNumber, false, new CRLNumber(number));
      write(tbs, new DERTaggedObject(true, 0, extensions.generate()));
    } catch (IOException e) {
      throw new UncheckedIOException("a CRL could not be encoded", e);
    }
    ByteArrayOutputStream whole = new ByteArrayOutputStream(tbs.size() + 8);
    sequence(whole, tbs.toByteArray());
    return whole.toByteArray();
  }

  private static void write(ByteArrayOutputStream out, ASN1Encodable value) {
    out.writeBytes(encoded(value));
  }

  private static byte[] encoded(ASN1Encodable value) {
    try {
      return value.toASN1Primitive().getEncoded(ASN1Encoding.DER);
    } catch (IOException e) {
      throw new UncheckedIOException("a CRL could not be encoded", e);
    }
  }

  /// A SEQUENCE around `content`, without building a million objects for it.
  private static void sequence(ByteArrayOutputStream out, byte[] content) {
    out.write(BERTags.SEQUENCE | BERTags.CONSTRUCTED);
    if (content.length < 0x80) {
      out.write(content.length);
    } else {
      byte[] length = BigInteger.valueOf(content.length).toByteArray();
      int sign = length[0] == 0 ? 1 : 0;
      out.write(0x80 | (length.length - sign));
      out.write(length, sign, length.length - sign);
    }
    out.writeBytes(content);
  }
}
