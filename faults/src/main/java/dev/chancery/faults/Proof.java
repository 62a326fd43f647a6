package dev.chancery.faults;

import com.fasterxml.jackson.databind.JsonNode;
import dev.chancery.lab.LabException;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.server.admin.Json;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Compares what the devices know with what a running server tells its operator: inventory,
/// credentials and audit. Names everything that does not agree.
final class Proof {
  private static final int MOST_ROWS = 10_000;

  /// A certificate as the inventory lists it.
  private record Row(String serial, String sha256, String keySha256, String requester) {}

  private final Node node;
  private final Books books;
  private final List<String> violations = new ArrayList<>();
  private final Map<String, Row> rows = new HashMap<>();

  private Proof(Node node, Books books) {
    this.node = node;
    this.books = books;
  }

  /// What does not agree; nothing if all is well.
  static List<String> of(Node node, Books books) {
    Proof proof = new Proof(node, books);
    proof.compare();
    proof.auditNamesEveryCertificateOnce();
    proof.auditVerifies();
    return proof.violations;
  }

  /// The same, but for the audit: older versions may not know all that newer ones write there.
  static List<String> withoutAudit(Node node, Books books) {
    Proof proof = new Proof(node, books);
    proof.compare();
    return proof.violations;
  }

  /// How many of the certificates that devices do not know of are there.
  static long stored(Node node, List<Attempt> inDoubt) {
    Proof proof = new Proof(node, new Books());
    proof.readInventory();
    Set<String> keys = new HashSet<>();
    Set<String> requesters = new HashSet<>();
    for (Row row : proof.rows.values()) {
      keys.add(row.keySha256());
      requesters.add(row.requester());
    }
    return inDoubt.stream()
        .filter(attempt ->
            attempt.kind() == Attempt.Kind.SERVER_KEY
                ? requesters.contains(attempt.requester())
                : keys.contains(attempt.keySha256()))
        .count();
  }

  private void compare() {
    readInventory();
    serverIsReady();
    everyAcknowledgedCertificateIsThere();
    everyRequestHasOneCertificate();
    nothingIsThereThatNobodyAskedFor();
    credentialsHaveBeenUsedAsOftenAsTheyYielded();
  }

  private void violated(String what) {
    violations.add(what);
  }

  private void readInventory() {
    for (JsonNode json : list("cert.list", "certificates")) {
      Row row =
          new Row(
              json.path("serial").asText(),
              json.path("sha256").asText(),
              json.path("key").path("sha256").asText(),
              json.path("requester").asText());
      if (rows.put(row.serial(), row) != null) {
        violated("the serial number " + row.serial() + " is in the ledger twice");
      }
    }
  }

  private JsonNode list(String command, String field) {
    JsonNode list = node.command(command, Json.object().put("limit", MOST_ROWS)).path(field);
    if (list.size() >= MOST_ROWS) {
      throw new LabException("a life has grown beyond what is listed at once: " + command);
    }
    return list;
  }

  private void serverIsReady() {
    int status = node.status("/readyz");
    if (status != 200) {
      violated("/readyz says " + status + " after the harm");
    }
  }

  private void everyAcknowledgedCertificateIsThere() {
    for (Attempt attempt : books.attempts()) {
      for (Certificate certificate : attempt.certificates()) {
        String serial = certificate.serialNumber().toString();
        Row row = rows.get(serial);
        if (row == null) {
          violated(
              "LOST: the certificate "
                  + serial
                  + " of "
                  + attempt.requester()
                  + " is not in the ledger");
        } else if (!row.sha256().equals(certificate.sha256Hex())) {
          violated("the ledger has another certificate with the serial number " + serial);
        }
      }
    }
  }

  /// Asked again, the server gives the same certificate again; asked by somebody else, never.
  private void everyRequestHasOneCertificate() {
    Map<String, Attempt> owners = new HashMap<>();
    for (Attempt attempt : books.attempts()) {
      Set<String> serials = new HashSet<>();
      for (Certificate certificate : attempt.certificates()) {
        serials.add(certificate.serialNumber().toString());
      }
      if (serials.size() > 1) {
        violated("DOUBLED: " + attempt.requester() + " got " + serials + " for one request");
      }
      for (String serial : serials) {
        Attempt other = owners.put(serial, attempt);
        if (other != null && other != attempt) {
          violated("the certificate " + serial + " was given to two requests");
        }
      }
    }
    Map<String, Integer> byKey = new HashMap<>();
    rows.values().forEach(row -> byKey.merge(row.keySha256(), 1, Integer::sum));
    byKey.forEach((key, count) -> {
      if (count > 1) {
        violated("DOUBLED: " + count + " certificates for the key " + key);
      }
    });
  }

  /// A certificate may be there without its device's knowing, but then the device must have had
  /// reason to doubt.
  private void nothingIsThereThatNobodyAskedFor() {
    Map<String, Attempt> byKey = new HashMap<>();
    Map<String, Attempt> byRequester = new HashMap<>();
    Set<String> known = new HashSet<>();
    for (Attempt attempt : books.attempts()) {
      attempt.certificates().forEach(one -> known.add(one.serialNumber().toString()));
      if (attempt.kind() == Attempt.Kind.SERVER_KEY) {
        byRequester.put(attempt.requester(), attempt);
      } else {
        byKey.put(attempt.keySha256(), attempt);
      }
    }
    for (Row row : rows.values()) {
      if (known.contains(row.serial()) || row.requester().startsWith("server:")) {
        continue;
      }
      Attempt attempt = byKey.getOrDefault(row.keySha256(), byRequester.get(row.requester()));
      if (attempt == null) {
        violated("nobody has asked for the certificate " + row.serial());
      } else if (!attempt.isInDoubt()) {
        violated("the certificate " + row.serial() + " was issued, and its requester was refused");
      }
    }
  }

  private void credentialsHaveBeenUsedAsOftenAsTheyYielded() {
    Map<String, Integer> yielded = new HashMap<>();
    rows.values().forEach(row -> yielded.merge(row.requester(), 1, Integer::sum));
    Map<String, Integer> wanted = new HashMap<>();
    books.attempts().forEach(attempt -> wanted.merge(attempt.requester(), 1, Integer::sum));
    Map<String, Integer> used = new HashMap<>();
    for (JsonNode json : list("credential.list", "credentials")) {
      used.put(json.path("id").asText(), json.path("uses").asInt() - json.path("usesLeft").asInt());
    }
    for (Books.Credential credential : books.credentials().values()) {
      int certificates = yielded.getOrDefault(credential.requester(), 0);
      Integer uses = used.get(credential.id());
      if (uses == null) {
        violated("LOST: the credential " + credential.id() + " is gone");
      } else if (uses != certificates) {
        violated(
            "the credential %s was used %d times and yielded %d certificates"
                .formatted(credential.id(), uses, certificates));
      }
      if (certificates > credential.uses()) {
        violated(
            "DOUBLED: the credential %s is good for %d certificates and yielded %d"
                .formatted(credential.id(), credential.uses(), certificates));
      }
      int most = Math.min(credential.uses(), wanted.getOrDefault(credential.requester(), 0));
      if (certificates < most) {
        violated(
            "LOST: the credential %s yielded %d certificates of %d that were asked for"
                .formatted(credential.id(), certificates, most));
      }
    }
  }

  private void auditNamesEveryCertificateOnce() {
    Map<String, Integer> issued = new HashMap<>();
    for (JsonNode entry : list("audit.list", "entries")) {
      String serial = entry.path("details").path("serial").asText();
      switch (entry.path("action").asText()) {
        case "certificate-issued" -> issued.merge(serial, 1, Integer::sum);
        case "certificate-redelivered" -> {
          if (!rows.containsKey(serial)) {
            violated("the audit has the redelivery of " + serial + ", which is not in the ledger");
          }
        }
        default -> {}
      }
    }
    issued.forEach((serial, count) -> {
      if (count > 1) {
        violated("the audit has the issuance of " + serial + " " + count + " times");
      }
      if (!rows.containsKey(serial)) {
        violated("LOST: the audit has the issuance of " + serial + ", the ledger has not");
      }
    });
    for (String serial : rows.keySet()) {
      if (!issued.containsKey(serial)) {
        violated("the audit does not have the issuance of " + serial);
      }
    }
  }

  private void auditVerifies() {
    JsonNode report = node.command("audit.verify", Json.object());
    if (!report.path("intact").asBoolean()) {
      violated(
          "the audit does not verify at entry "
              + report.path("sequence").asLong()
              + ": "
              + report.path("gap").asText());
    }
  }
}
