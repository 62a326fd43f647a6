package dev.chancery.server.admin;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.chancery.authority.Refusal;
import dev.chancery.authority.RefusedException;
import dev.chancery.authority.rollover.Generation;
import dev.chancery.authority.rollover.Generations;
import dev.chancery.authority.rollover.Rollover;
import dev.chancery.server.Services;
import java.time.Instant;
import java.util.Optional;

/// The commands `ca.list`, `ca.prepare`, `ca.announce`, `ca.activate` and `ca.retire`: the steps of
/// a rollover. Thread-safe.
final class GenerationCommands {
  private final Services services;
  private final String actor;

  /// @param actor for the audit
  GenerationCommands(Services services, String actor) {
    this.services = services;
    this.actor = actor;
  }

  ObjectNode list(Arguments arguments) {
    Optional<String> wanted = arguments.text("issuer");
    wanted.ifPresent(this::requireIssuer);
    services.issuers().refresh();
    ObjectNode result = Json.object();
    result.put("time", services.clock().instant().toString());
    ArrayNode issuers = result.putArray("issuers");
    for (String name : services.issuers().names()) {
      if (wanted.isEmpty() || wanted.get().equals(name)) {
        ObjectNode issuer = issuers.addObject().put("name", name);
        issuer.put("automatic", services.automaticRollover().isAutomatic(name));
        issuer.put("due", services.automaticRollover().due(name).toString());
        ArrayNode generations = issuer.putArray("generations");
        services.issuers().generations(name).all().stream()
            .map(this::described)
            .forEach(generations::add);
      }
    }
    return result;
  }

  ObjectNode prepare(Arguments arguments) {
    String issuer = issuer(arguments);
    Rollover.Manner manner = manner(arguments);
    boolean newRoot = arguments.flag("newRoot");
    ObjectNode result = taken("prepare", issuer, manner);
    result.put("newRoot", newRoot);
    result.put("rootEndsEarlier", !newRoot && services.issuers().rootEndsBeforeNext(issuer));
    services
        .rollover()
        .prepare(issuer, newRoot, manner)
        .ifPresent(made -> {
          result.set("generation", described(made));
          if (services.rollover().manyNodes()) {
            result.put("next", Rollover.copyHint(made));
          }
        });
    return result;
  }

  ObjectNode announce(Arguments arguments) {
    String issuer = issuer(arguments);
    Rollover.Manner manner = manner(arguments);
    Generation announced = services.rollover().announce(issuer, at(arguments), manner);
    return followed(taken("announce", issuer, manner), announced, manner);
  }

  ObjectNode activate(Arguments arguments) {
    String issuer = issuer(arguments);
    Rollover.Manner manner = manner(arguments);
    Generation active = services.rollover().activate(issuer, at(arguments), manner);
    return followed(taken("activate", issuer, manner), active, manner);
  }

  ObjectNode retire(Arguments arguments) {
    String issuer = issuer(arguments);
    Rollover.Manner manner = manner(arguments);
    int number = (int) arguments.number("generation", 0, 1, Integer.MAX_VALUE);
    Generation retired = services.rollover().retire(issuer, number, manner);
    return followed(taken("retire", issuer, manner), retired, manner);
  }

  private ObjectNode followed(ObjectNode result, Generation generation, Rollover.Manner manner) {
    if (!manner.dryRun()) {
      services.rolledOver().run();
    }
    result.set("generation", described(generation));
    return result;
  }

  private static ObjectNode taken(String step, String issuer, Rollover.Manner manner) {
    return Json.object().put("step", step).put("issuer", issuer).put("dryRun", manner.dryRun());
  }

  private ObjectNode described(Generation one) {
    Instant now = services.clock().instant();
    Generations all = services.issuers().generations(one.issuer());
    ObjectNode json = Json.object();
    json.put("id", one.id());
    json.put("number", one.number());
    json.put("state", all.stateAt(one, now).id());
    json.put("preparedAt", one.preparedAt().toString());
    one.announcedFrom().ifPresent(at -> json.put("announcedFrom", at.toString()));
    one.activeFrom().ifPresent(at -> json.put("activeFrom", at.toString()));
    one.retiredFrom().ifPresent(at -> json.put("retiredFrom", at.toString()));
    json.put("notAfter", one.certificate().notAfter().toString());
    json.put("sha256", one.certificate().sha256Hex());
    json.put("rootSha256", one.root().sha256Hex());
    json.put("rootNotAfter", one.root().notAfter().toString());
    json.put("newRoot", one.bringsRoot());
    json.put("keyHere", services.issuers().holdsKey(one));
    json.set("nodesWithoutKey", Json.texts(services.rollover().nodesWithoutKey(one)));
    json.put("pem", one.certificate().toPem());
    ArrayNode links = json.putArray("linkPems");
    one.links().forEach(link -> links.add(link.toPem()));
    return json;
  }

  private String issuer(Arguments arguments) {
    String name = arguments.requiredText("issuer");
    requireIssuer(name);
    return name;
  }

  private void requireIssuer(String name) {
    if (!services.issuers().names().contains(name)) {
      throw new RefusedException(
          Refusal.Code.NOT_FOUND,
          "there is no issuer \"" + name + "\"",
          "there are " + String.join(", ", services.issuers().names()));
    }
  }

  private static Optional<Instant> at(Arguments arguments) {
    return arguments.time("at");
  }

  private Rollover.Manner manner(Arguments arguments) {
    return new Rollover.Manner(arguments.flag("dryRun"), arguments.flag("force"), actor);
  }
}
