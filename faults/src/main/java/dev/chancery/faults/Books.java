package dev.chancery.faults;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.key.KeyPairs;
import dev.chancery.pki.key.KeyType;
import dev.chancery.pki.name.SubjectNames;
import dev.chancery.server.admin.Json;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;

/// What the devices of a life know: their credentials, what they asked for, and what they got.
final class Books {
  private static final int LIFETIME_SECONDS = 40 * 24 * 3600;
  private static final String ISSUER = "issuing";

  /// Has `approval: manual`, where there is such a profile.
  static final String WATCHED_PROFILE = "watched";

  private final Map<String, Credential> credentials = new LinkedHashMap<>();
  private final List<Attempt> attempts = new ArrayList<>();
  private int named;

  /// A credential that the operator has made.
  record Credential(String id, String secret, int uses) {
    /// As the ledger names whoever holds it.
    String requester() {
      return "credential:" + id;
    }
  }

  Map<String, Credential> credentials() {
    return Collections.unmodifiableMap(credentials);
  }

  List<Attempt> attempts() {
    return Collections.unmodifiableList(attempts);
  }

  /// Has the operator make credentials for a round, and the devices their requests, in random
  /// order.
  List<Attempt> open(Plan plan, Node node, RandomGenerator random) {
    List<Attempt> fresh = new ArrayList<>();
    for (int i = 0; i < plan.devices(); i++) {
      SubjectNames names = fresh("device");
      fresh.add(attempt(own(node, names), Attempt.Kind.ONE_TIME, names));
    }
    for (int i = 0; i < plan.serverKeys(); i++) {
      SubjectNames names = fresh("keyless");
      fresh.add(attempt(own(node, names), Attempt.Kind.SERVER_KEY, names));
    }
    ObjectNode order = Json.object().put("uses", plan.uses());
    order.putArray("allowSubjects").add("CN=*,O=Faults");
    Credential shared = create(node, order);
    for (int i = 0; i < plan.sharers(); i++) {
      fresh.add(attempt(shared, Attempt.Kind.SHARED, fresh("sharer")));
    }
    fresh.addAll(renewals(plan.renewals(), random));
    Collections.shuffle(fresh, random);
    attempts.addAll(fresh);
    return fresh;
  }

  /// Has the operator make a credential for one more device.
  Attempt one(Node node) {
    SubjectNames names = fresh("device");
    Attempt attempt = attempt(own(node, names), Attempt.Kind.ONE_TIME, names);
    attempts.add(attempt);
    return attempt;
  }

  /// Has the operator make a credential for a device about whose request somebody has to decide.
  Attempt watched(Node node) {
    SubjectNames names = fresh("watched");
    ObjectNode order =
        Json.object()
            .put("uses", 1)
            .put("subject", names.subject().toString())
            .put("profile", WATCHED_PROFILE);
    Attempt attempt = attempt(create(node, order), Attempt.Kind.WATCHED, names);
    attempts.add(attempt);
    return attempt;
  }

  private List<Attempt> renewals(int most, RandomGenerator random) {
    List<Attempt> holders =
        new ArrayList<>(
            attempts.stream()
                .filter(attempt -> attempt.kind() != Attempt.Kind.SERVER_KEY)
                // Somebody would have to decide about each of these.
                .filter(attempt -> attempt.kind() != Attempt.Kind.WATCHED)
                .filter(attempt -> !attempt.certificates().isEmpty())
                .toList());
    Collections.shuffle(holders, random);
    return holders.stream()
        .limit(most)
        .map(holder -> {
          Certificate old = holder.certificates().getFirst();
          return Attempt.renewal(old, holder.keyPair(), ISSUER, KeyPairs.generate(KeyType.P_256));
        })
        .toList();
  }

  private Attempt attempt(Credential credential, Attempt.Kind kind, SubjectNames names) {
    return Attempt.by(credential, kind, names, KeyPairs.generate(KeyType.P_256));
  }

  private SubjectNames fresh(String what) {
    named++;
    return SubjectNames.parse("CN=" + what + "-" + named + ",O=Faults", List.of());
  }

  private Credential own(Node node, SubjectNames names) {
    return create(node, Json.object().put("uses", 1).put("subject", names.subject().toString()));
  }

  private Credential create(Node node, ObjectNode order) {
    JsonNode made =
        node.command("credential.create", order.put("lifetimeSeconds", LIFETIME_SECONDS));
    Credential credential =
        new Credential(
            made.path("id").asText(), made.path("secret").asText(), made.path("uses").asInt());
    credentials.put(credential.id(), credential);
    return credential;
  }
}
