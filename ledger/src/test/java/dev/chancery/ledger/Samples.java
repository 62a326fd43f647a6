package dev.chancery.ledger;

import dev.chancery.authority.Ticket;
import dev.chancery.authority.audit.AuditEvent;
import dev.chancery.authority.credential.Binding;
import dev.chancery.authority.credential.CredentialRecord;
import dev.chancery.authority.credential.CredentialRecord.EntitledNames;
import dev.chancery.authority.ledger.CertificateRecord;
import dev.chancery.authority.ledger.Change;
import dev.chancery.authority.ledger.PendingRecord;
import dev.chancery.authority.ledger.Transaction;
import dev.chancery.pki.Der;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.certificate.CertificateContent;
import dev.chancery.pki.certificate.SerialNumber;
import dev.chancery.pki.crypto.SignatureAlgorithm;
import dev.chancery.pki.key.KeyPairs;
import dev.chancery.pki.key.KeyType;
import dev.chancery.pki.key.SubjectPublicKeyInfo;
import dev.chancery.pki.name.DistinguishedName;
import dev.chancery.pki.name.SubjectNames;
import java.security.KeyPair;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Records such as the authority would store.
final class Samples {
  static final Instant NOW = Instant.parse("2026-06-01T12:00:00Z");
  static final String ISSUER = "issuing";

  private static final KeyPair CA = KeyPairs.generate(KeyType.P_256);
  private static final SubjectPublicKeyInfo CA_KEY = SubjectPublicKeyInfo.of(CA.getPublic());

  private Samples() {}

  static SubjectPublicKeyInfo freshKey() {
    return SubjectPublicKeyInfo.of(KeyPairs.generate(KeyType.P_256).getPublic());
  }

  static SubjectNames device(String name) {
    return SubjectNames.parse("CN=" + name + ",O=Example", List.of("dns:" + name + ".example"));
  }

  static Certificate certificate(SubjectNames names, SubjectPublicKeyInfo key, Instant notAfter) {
    return new CertificateContent(
            SerialNumber.fresh(Instant.now()),
            DistinguishedName.parse("CN=Issuing CA"),
            Der.of(CA_KEY.keyIdentifier()),
            NOW,
            notAfter,
            names,
            key,
            new CertificateContent.Role.EndEntity(),
            List.of(),
            List.of("1.3.6.1.5.5.7.3.2"),
            List.of())
        .sign(
            SignatureAlgorithm.ECDSA_WITH_SHA256,
            bytes -> SignatureAlgorithm.ECDSA_WITH_SHA256.sign(CA.getPrivate(), bytes));
  }

  static CertificateRecord record(Certificate certificate, String requester) {
    return new CertificateRecord(
        certificate,
        ISSUER,
        "device",
        "est",
        requester,
        "request-1",
        NOW,
        Optional.empty(),
        Optional.empty());
  }

  static CertificateRecord deviceCertificate(String name) {
    return record(
        certificate(device(name), freshKey(), NOW.plus(Duration.ofDays(90))), "credential:" + name);
  }

  /// Another certificate for the same key and names.
  static CertificateRecord withKeyOf(CertificateRecord record) {
    return record(
        certificate(
            record.certificate().names(),
            record.certificate().subjectPublicKeyInfo(),
            record.certificate().notAfter()),
        record.requester());
  }

  static CertificateRecord replacing(CertificateRecord record, CertificateRecord old) {
    return new CertificateRecord(
        record.certificate(),
        record.issuer(),
        record.profile(),
        record.endpoint(),
        record.requester(),
        record.requestId(),
        record.issuedAt(),
        Optional.of(serial(old)),
        record.revocation());
  }

  static String serial(CertificateRecord record) {
    return record.certificate().serialNumber().toString();
  }

  static CredentialRecord credential(String id, int uses) {
    return new CredentialRecord(
        id,
        Der.of(new byte[] {1, 2, 3}),
        new EntitledNames.Exactly(device(id)),
        "device",
        List.of("est", "scep"),
        uses,
        uses,
        Optional.empty(),
        Binding.NONE,
        NOW,
        NOW.plus(Duration.ofDays(1)),
        Optional.empty());
  }

  static PendingRecord pending(String digest) {
    return new PendingRecord(
        Ticket.fresh(),
        digest,
        "est",
        "credential:a",
        "device",
        device("a"),
        "ab".repeat(32),
        "p-256",
        NOW,
        new PendingRecord.State.Waiting());
  }

  static AuditEvent event(AuditEvent.Action action, Map<String, String> details) {
    return new AuditEvent(NOW, action, "request-1", "credential:a", details);
  }

  static AuditEvent refusal() {
    return event(AuditEvent.Action.REQUEST_REFUSED, Map.of("code", "name-not-entitled"));
  }

  static AuditEvent issued(CertificateRecord record) {
    return event(
        AuditEvent.Action.CERTIFICATE_ISSUED,
        Map.of(
            "issuer", record.issuer(),
            "serial", serial(record),
            "endpoint", record.endpoint(),
            "profile", record.profile(),
            "names", record.certificate().names().toString()));
  }

  static Transaction storing(CertificateRecord record) {
    return Transaction.of(issued(record), new Change.StoreCertificate(record));
  }

  static Transaction adding(CredentialRecord record) {
    return Transaction.of(
        event(AuditEvent.Action.CREDENTIAL_CREATED, Map.of("credential", record.id())),
        new Change.AddCredential(record));
  }

  /// What an enrollment with a credential commits.
  static Transaction enrollment(String credential, String digest, CertificateRecord record) {
    return Transaction.of(
        issued(record),
        new Change.UseCredential(credential, NOW),
        new Change.StoreCertificate(record),
        new Change.RememberAnswer(
            digest, record.issuer(), serial(record), NOW, Duration.ofHours(24)));
  }

  /// What an enrollment with a certificate commits.
  static Transaction enrollmentWithoutCredential(String digest, CertificateRecord record) {
    return Transaction.of(
        issued(record),
        new Change.StoreCertificate(record),
        new Change.RememberAnswer(
            digest, record.issuer(), serial(record), NOW, Duration.ofDays(1_000)));
  }
}
