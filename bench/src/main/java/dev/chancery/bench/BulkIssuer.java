package dev.chancery.bench;

import dev.chancery.authority.Authority;
import dev.chancery.authority.audit.AuditEntry;
import dev.chancery.authority.audit.AuditEvent;
import dev.chancery.authority.ledger.CertificateRecord;
import dev.chancery.authority.ledger.Change;
import dev.chancery.authority.ledger.Transaction;
import dev.chancery.lab.LabException;
import dev.chancery.ledger.BulkLedger;
import dev.chancery.pki.Der;
import dev.chancery.pki.Pem;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.certificate.SerialNumber;
import dev.chancery.pki.crypto.Digests;
import dev.chancery.pki.crypto.Providers;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.bouncycastle.asn1.ASN1Sequence;

/// Makes enrollments after the pattern of one that the authority has carried out: other device,
/// key, serial number and times, all else the same. Each certificate is signed by the issuer; what
/// is saved is the requests, with their keys and proofs, and policy. Thread-safe.
final class BulkIssuer {
  /// The device of the pattern. Its number occurs nowhere else in what is written for it.
  static final int DEVICE = 987_654_321;

  /// Every so many certificates, one is revoked.
  static final int REVOKED_EVERY = 10;

  private static final String REASON = "keyCompromise";
  private static final DateTimeFormatter UTC_TIME =
      DateTimeFormatter.ofPattern("yyMMddHHmmss'Z'").withZone(ZoneOffset.UTC);

  private final CertificateRecord pattern;
  private final AuditEvent event;
  private final PrivateKey issuerKey;
  private final BulkKeys keys = new BulkKeys();
  private final DerTemplate toBeSigned;
  private final byte[] algorithm;
  private final byte[] keyPattern;
  private final TextTemplate requestId;
  private final String credential;
  private final Map<String, TextTemplate> details;

  /// @param pattern of the device [#DEVICE]
  /// @param entry the audit's about it
  /// @param data where the issuer's key is
  BulkIssuer(CertificateRecord pattern, AuditEntry entry, Path data) {
    this.pattern = pattern;
    this.issuerKey = issuerKey(data.resolve("issuers").resolve(pattern.issuer() + ".key"));
    ASN1Sequence certificate = ASN1Sequence.getInstance(pattern.certificate().der().toByteArray());
    keyPattern = pattern.certificate().subjectPublicKeyInfo().der().toByteArray();
    byte[] tbs;
    try {
      tbs = certificate.getObjectAt(0).toASN1Primitive().getEncoded();
      algorithm = certificate.getObjectAt(1).toASN1Primitive().getEncoded();
    } catch (IOException e) {
      throw new UncheckedIOException("the certificate of the pattern cannot be encoded", e);
    }
    Facts facts =
        new Facts(
            DEVICE,
            pattern.certificate().serialNumber(),
            Der.of(keyPattern),
            pattern.certificate().notBefore(),
            pattern.certificate().notAfter());
    toBeSigned = DerTemplate.of(tbs, List.of(facts.octets()));
    if (!Arrays.equals(toBeSigned.fill(facts.octets()), tbs)) {
      throw new IllegalStateException("the certificate of the pattern cannot be made again");
    }
    List<String> texts = List.of(facts.texts());
    requestId = TextTemplate.of(pattern.requestId(), texts);
    details =
        entry.event().details().entrySet().stream()
            .collect(
                Collectors.toMap(
                    Map.Entry::getKey, detail -> TextTemplate.of(detail.getValue(), texts)));
    event = entry.event();
    // A requester's id tells first what kind it is.
    credential = pattern.requester().substring(pattern.requester().indexOf(':') + 1);
  }

  private static PrivateKey issuerKey(Path file) {
    try {
      byte[] pkcs8 = Pem.parseAll(Files.readString(file)).getFirst().der().toByteArray();
      return KeyFactory.getInstance("EC").generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + file, e);
    } catch (GeneralSecurityException e) {
      throw new LabException(file + " is no key", e);
    }
  }

  /// What differs from one enrollment to the next.
  ///
  /// @param key the SubjectPublicKeyInfo; its end is an uncompressed point
  private record Facts(
      long device, SerialNumber serial, Der key, Instant notBefore, Instant notAfter) {
    byte[][] octets() {
      byte[] info = key.toByteArray();
      int point = info.length - BulkKeys.POINT_OCTETS;
      byte[] bits = Arrays.copyOfRange(info, point - 1, info.length);
      return new byte[][] {
        Long.toString(device).getBytes(StandardCharsets.US_ASCII),
        serial.value().toByteArray(),
        Arrays.copyOfRange(info, point, info.length),
        // RFC 7093 §2 method 1
        Arrays.copyOf(Digests.sha256(bits), 20),
        UTC_TIME.format(notBefore).getBytes(StandardCharsets.US_ASCII),
        UTC_TIME.format(notAfter).getBytes(StandardCharsets.US_ASCII)
      };
    }

    String[] texts() {
      return new String[] {
        Long.toString(device), serial.toString(), notAfter.toString(), key.sha256Hex()
      };
    }
  }

  /// The enrollments of the devices `first` to `first + count - 1` at the present moment.
  List<BulkLedger.Prepared> enrollments(long first, int count) {
    Instant now = Instant.now().truncatedTo(ChronoUnit.MILLIS);
    Instant notBefore = shifted(pattern.certificate().notBefore(), now);
    Instant notAfter = shifted(pattern.certificate().notAfter(), now);
    byte[][] points = keys.points(first, count);
    List<BulkLedger.Prepared> made = new ArrayList<>(count + count / REVOKED_EVERY + 1);
    Signature signature = signature();
    for (int i = 0; i < count; i++) {
      byte[] key = keyPattern.clone();
      System.arraycopy(
          points[i], 0, key, key.length - BulkKeys.POINT_OCTETS, BulkKeys.POINT_OCTETS);
      Facts facts = new Facts(first + i, SerialNumber.fresh(now), Der.of(key), notBefore, notAfter);
      made.add(BulkLedger.Prepared.of(enrollment(facts, signature, now)));
      if ((first + i) % REVOKED_EVERY == 0) {
        made.add(BulkLedger.Prepared.of(revocation(facts.serial().toString(), now)));
      }
    }
    return made;
  }

  /// A time of the pattern, as far from `now` as it was from the pattern's issuance. Certificates
  /// count in seconds.
  private Instant shifted(Instant time, Instant now) {
    return now.truncatedTo(ChronoUnit.SECONDS)
        .plus(Duration.between(pattern.issuedAt().truncatedTo(ChronoUnit.SECONDS), time));
  }

  private Transaction enrollment(Facts facts, Signature signature, Instant now) {
    byte[] der = signed(toBeSigned.fill(facts.octets()), signature);
    String[] texts = facts.texts();
    String id = requestId.fill(texts);
    String serial = facts.serial().toString();
    Map<String, String> filled = new TreeMap<>();
    details.forEach((name, value) -> filled.put(name, value.fill(texts)));
    return Transaction.of(
        new AuditEvent(now, event.action(), id, event.actor(), filled),
        new Change.UseCredential(credential, now),
        new Change.StoreCertificate(
            new CertificateRecord(
                Certificate.parse(der),
                pattern.issuer(),
                pattern.profile(),
                pattern.endpoint(),
                pattern.requester(),
                id,
                now,
                Optional.empty(),
                Optional.empty())),
        new Change.RememberAnswer(
            HexFormat.of().formatHex(Digests.sha256(der)),
            pattern.issuer(),
            serial,
            now,
            Authority.ANSWER_LIFETIME));
  }

  private Transaction revocation(String serial, Instant now) {
    return Transaction.of(
        new AuditEvent(
            now,
            AuditEvent.Action.CERTIFICATE_REVOKED,
            "",
            "operator",
            Map.of("issuer", pattern.issuer(), "serial", serial, "reason", REASON)),
        new Change.RevokeCertificate(
            pattern.issuer(), serial, new CertificateRecord.Revocation(now, REASON)));
  }

  private Signature signature() {
    try {
      Signature signature = Providers.signature("SHA256withECDSA");
      signature.initSign(issuerKey);
      return signature;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("the issuer cannot sign", e);
    }
  }

  private byte[] signed(byte[] tbs, Signature signature) {
    try {
      signature.update(tbs);
      return DerTemplate.value(
          0x30, tbs, algorithm, DerTemplate.value(3, new byte[] {0}, signature.sign()));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("the issuer cannot sign", e);
    }
  }
}
