package dev.chancery.server.http;

import dev.chancery.authority.issuance.Issuers;
import dev.chancery.authority.ledger.Ledger;
import dev.chancery.authority.rollover.Generation;
import dev.chancery.transport.Method;
import dev.chancery.transport.Reply;
import dev.chancery.transport.Request;
import dev.chancery.transport.Responder;
import java.util.List;

/// `/healthz`: the process answers. `/readyz`: it could issue now.
public final class HealthResponder implements Responder {
  private static final String HEALTH = "/healthz";
  private static final String READY = "/readyz";

  private final Ledger ledger;
  private final Issuers issuers;

  public HealthResponder(Ledger ledger, Issuers issuers) {
    this.ledger = ledger;
    this.issuers = issuers;
  }

  @Override
  public List<Route> routes() {
    return List.of(route(HEALTH), route(READY));
  }

  private static Route route(String path) {
    return new Route("health", "health", path, List.of(Method.GET), Channel.ANY);
  }

  @Override
  public Reply respond(Request request) {
    if (request.path().equals(READY) && !ledger.isWritable()) {
      return Reply.text(503, "the ledger cannot store anything now");
    }
    if (request.path().equals(READY)) {
      List<String> without =
          issuers.names().stream()
              .map(issuers::active)
              .filter(active -> !issuers.holdsKey(active))
              .map(Generation::id)
              .toList();
      if (!without.isEmpty()) {
        return Reply.text(503, "the key of " + String.join(", ", without) + " is not here");
      }
    }
    return Reply.text(200, "ok");
  }
}
