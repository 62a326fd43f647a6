package dev.chancery.pki.certificate;

import dev.chancery.pki.Der;
import dev.chancery.pki.crypto.SignatureAlgorithm;
import dev.chancery.pki.name.DistinguishedName;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
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

  private static final int BLOCK = 64 * 1024;

  /// A tag, and a length of up to four octets.
  private static final int MOST_HEAD = 6;

  private final DistinguishedName issuer;
  private final Der authorityKeyIdentifier;
  private final BigInteger number;
  private final Instant thisUpdate;
  private final Instant nextUpdate;

  /// Encoded entries, in blocks: 50 MB of them shall not be copied more often than it must be.
  private final List<byte[]> blocks = new ArrayList<>();

  private final ByteArrayOutputStream block = new ByteArrayOutputStream(BLOCK);

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
    if (block.size() + entry.size() + MOST_HEAD > BLOCK) {
      endBlock();
    }
    block.writeBytes(head(entry.size()));
    block.writeBytes(entry.toByteArray());
  }

  private void endBlock() {
    if (block.size() > 0) {
      blocks.add(block.toByteArray());
      block.reset();
    }
  }

  /// Encodes the list and has it signed.
  public Der sign(SignatureAlgorithm algorithm, CertificateContent.Signer signer) {
    byte[] toBeSigned = toBeSigned(algorithm);
    byte[] identifier = encoded(algorithm.identifier());
    byte[] signature = encoded(new DERBitString(signer.sign(toBeSigned)));
    return Der.join(
        List.of(
            head(toBeSigned.length + identifier.length + signature.length),
            toBeSigned,
            identifier,
            signature));
  }

  /// Forgets the entries on the way.
  private byte[] toBeSigned(SignatureAlgorithm algorithm) {
    endBlock();
    ByteArrayOutputStream before = new ByteArrayOutputStream();
    before.writeBytes(encoded(new ASN1Integer(1)));
    before.writeBytes(encoded(algorithm.identifier()));
    before.writeBytes(issuer.der().toByteArray());
    before.writeBytes(encoded(ValidityTime.write(thisUpdate)));
    before.writeBytes(encoded(ValidityTime.write(nextUpdate)));
    int entries = blocks.stream().mapToInt(one -> one.length).sum();
    if (entries > 0) {
      // An empty SEQUENCE is forbidden (RFC 5280 §5.1.2.6).
      before.writeBytes(head(entries));
    }
    byte[] extensions = extensions();
    int content = before.size() + entries + extensions.length;
    byte[] head = head(content);
    ByteBuffer whole = ByteBuffer.allocate(head.length + content);
    whole.put(head).put(before.toByteArray());
    blocks.forEach(whole::put);
    blocks.clear();
    return whole.put(extensions).array();
  }

  private byte[] extensions() {
    try {
      ExtensionsGenerator extensions = new ExtensionsGenerator();
      extensions.addExtension(
          Extension.authorityKeyIdentifier,
          false,
          new AuthorityKeyIdentifier(authorityKeyIdentifier.toByteArray()));
      extensions.addExtension(Extension.cRLNumber, false, new CRLNumber(number));
      return encoded(new DERTaggedObject(true, 0, extensions.generate()));
    } catch (IOException e) {
      throw new UncheckedIOException("a CRL could not be encoded", e);
    }
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

  /// Tag and length of a SEQUENCE, to be followed by its content.
  private static byte[] head(int length) {
    ByteArrayOutputStream head = new ByteArrayOutputStream(MOST_HEAD);
    head.write(BERTags.SEQUENCE | BERTags.CONSTRUCTED);
    if (length < 0x80) {
      head.write(length);
    } else {
      byte[] octets = BigInteger.valueOf(length).toByteArray();
      int sign = octets[0] == 0 ? 1 : 0;
      head.write(0x80 | (octets.length - sign));
      head.write(octets, sign, octets.length - sign);
    }
    return head.toByteArray();
  }
}
