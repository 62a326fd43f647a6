package dev.chancery.server.http;

import dev.chancery.authority.ledger.Ledger;
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

  public HealthResponder(Ledger ledger) {
    this.ledger = ledger;
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
    return Reply.text(200, "ok");
  }
}
