package dev.chancery.server.admin;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.chancery.authority.Refusal;
import dev.chancery.authority.Rehearsal;
import dev.chancery.authority.audit.AuditEntry;
import dev.chancery.authority.credential.CredentialRecord;
import dev.chancery.authority.credential.CredentialRecord.EntitledNames;
import dev.chancery.authority.ledger.CertificateRecord;
import dev.chancery.authority.ledger.PendingRecord;
import dev.chancery.authority.ledger.PublishedList;
import dev.chancery.authority.profile.Profile;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.key.KeyType;
import dev.chancery.pki.key.SubjectPublicKeyInfo;
import dev.chancery.pki.name.SubjectNames;
import dev.chancery.server.http.RevocationListResponder;
import java.time.Instant;

/// Records as JSON: what `--output json` shows. Field names are stable. Times are ISO 8601 in UTC.
final class Descriptions {
  private Descriptions() {}

  /// A certificate by itself.
  static ObjectNode of(Certificate certificate) {
    ObjectNode json = Json.object();
    json.put("serial", certificate.serialNumber().toString());
    json.put("subject", certificate.subject().toString());
    json.set("sans", Json.texts(certificate.names().alternatives()));
    json.put("issuerSubject", certificate.issuer().toString());
    json.put("notBefore", certificate.notBefore().toString());
    json.put("notAfter", certificate.notAfter().toString());
    json.put("sha256", certificate.sha256Hex());
    json.set("key", of(certificate.subjectPublicKeyInfo()));
    return json;
  }

  /// A certificate with what the ledger knows about it.
  static ObjectNode of(CertificateRecord record, Instant now) {
    ObjectNode json = of(record.certificate());
    json.put("issuer", record.issuer());
    json.put("state", stateOf(record, now));
    json.put("profile", record.profile());
    json.put("endpoint", record.endpoint());
    json.put("requester", record.requester());
    json.put("requestId", record.requestId());
    json.put("issuedAt", record.issuedAt().toString());
    record.replaces().ifPresent(serial -> json.put("replaces", serial));
    record
        .revocation()
        .ifPresent(revocation ->
            json.putObject("revocation")
                .put("at", revocation.at().toString())
                .put("reason", revocation.reason()));
    return json;
  }

  /// What would become of a request.
  static ObjectNode of(Rehearsal rehearsal) {
    ObjectNode json = Json.object();
    switch (rehearsal) {
      case Rehearsal.Refused(Refusal refusal) ->
          json.put("verdict", "refused")
              .put("code", refusal.code().id())
              .put("what", refusal.what())
              .put("hint", refusal.hint());
      case Rehearsal.Granted granted -> {
        Profile profile = granted.profile();
        json.put(
            "verdict",
            switch (profile.approval()) {
              case Profile.Approval.Automatic() -> "issued";
              case Profile.Approval.Manual _ -> "pending";
            });
        json.put("issuer", granted.issuer());
        json.put("profile", profile.name());
        put(json, granted.names());
        json.put("keyType", granted.keyType());
        json.put("notBefore", granted.notBefore().toString());
        json.put("notAfter", granted.notAfter().toString());
        json.set("keyUsage", Json.texts(profile.keyUsage()));
        json.set("extendedKeyUsage", Json.texts(profile.extendedKeyUsage()));
        json.set("copiedExtensions", Json.texts(granted.copiedExtensions()));
        ArrayNode findings = json.putArray("findings");
        granted
            .findings()
            .forEach(finding ->
                findings
                    .addObject()
                    .put("rule", finding.rule().id())
                    .put("mode", finding.mode().id())
                    .put("what", finding.what()));
      }
    }
    return json;
  }

  /// A CRL, without what is in it.
  static ObjectNode of(PublishedList list) {
    ObjectNode json = Json.object();
    json.put("issuer", list.issuer());
    json.put("number", list.number());
    json.put("thisUpdate", list.thisUpdate().toString());
    json.put("nextUpdate", list.nextUpdate().toString());
    json.put("bytes", list.list().length());
    json.put("sha256", list.list().sha256Hex());
    json.put("path", RevocationListResponder.path(list.issuer()));
    return json;
  }

  private static String stateOf(CertificateRecord record, Instant now) {
    if (record.revocation().isPresent()) {
      return "revoked";
    }
    return record.certificate().notAfter().isBefore(now) ? "expired" : "valid";
  }

  private static ObjectNode of(SubjectPublicKeyInfo key) {
    return Json.object()
        .put("type", key.type().map(KeyType::id).orElse("unknown"))
        .put("sha256", key.sha256Hex());
  }

  /// A credential without its secret.
  static ObjectNode of(CredentialRecord credential, Instant now) {
    ObjectNode json = Json.object();
    json.put("id", credential.id());
    json.put("state", stateOf(credential, now));
    switch (credential.names()) {
      case EntitledNames.Exactly(SubjectNames names) -> put(json, names);
      case EntitledNames.Within within -> {
        json.set("allowSubjects", Json.texts(within.space().subjects()));
        json.set("allowSans", Json.texts(within.space().alternatives()));
      }
    }
    json.put("profile", credential.profile());
    json.set("endpoints", Json.texts(credential.endpoints()));
    json.put("uses", credential.uses());
    json.put("usesLeft", credential.usesLeft());
    credential.key().ifPresent(key -> json.put("keySha256", key));
    json.set("devices", Json.texts(credential.binding().devices()));
    json.set("networks", Json.texts(credential.binding().networks()));
    json.put("createdAt", credential.createdAt().toString());
    json.put("expiresAt", credential.expiresAt().toString());
    credential.revokedAt().ifPresent(at -> json.put("revokedAt", at.toString()));
    return json;
  }

  private static String stateOf(CredentialRecord credential, Instant now) {
    if (credential.revokedAt().isPresent()) {
      return "revoked";
    }
    if (credential.usesLeft() == 0) {
      return "used";
    }
    return credential.expiresAt().isAfter(now) ? "active" : "expired";
  }

  /// A pending request.
  static ObjectNode of(PendingRecord pending) {
    ObjectNode json = Json.object();
    json.put("ticket", pending.ticket().value());
    switch (pending.state()) {
      case PendingRecord.State.Waiting() -> json.put("state", "waiting");
      case PendingRecord.State.Approved approved ->
          json.put("state", "approved")
              .put("decidedAt", approved.at().toString())
              .put("decidedBy", approved.by());
      case PendingRecord.State.Denied denied ->
          json.put("state", "denied")
              .put("decidedAt", denied.at().toString())
              .put("decidedBy", denied.by())
              .put("reason", denied.reason());
      case PendingRecord.State.Done done ->
          json.put("state", "issued").put("issuer", done.issuer()).put("serial", done.serial());
    }
    put(json, pending.names());
    json.put("profile", pending.profile());
    json.put("endpoint", pending.endpoint());
    json.put("requester", pending.requester());
    json.putObject("key").put("type", pending.keyType()).put("sha256", pending.keySha256());
    json.put("createdAt", pending.createdAt().toString());
    return json;
  }

  /// A link of the audit chain.
  static ObjectNode of(AuditEntry entry) {
    ObjectNode json = Json.object();
    json.put("sequence", entry.sequence());
    json.put("at", entry.event().at().toString());
    json.put("action", entry.event().actionId());
    json.put("actor", entry.event().actor());
    json.put("requestId", entry.event().requestId());
    ObjectNode details = json.putObject("details");
    entry.event().details().forEach(details::put);
    json.put("hash", entry.hash());
    return json;
  }

  private static void put(ObjectNode json, SubjectNames names) {
    json.put("subject", names.subject().toString());
    json.set("sans", Json.texts(names.alternatives()));
  }
}
