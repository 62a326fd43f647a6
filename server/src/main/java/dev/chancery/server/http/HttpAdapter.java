package dev.chancery.server.http;

import dev.chancery.authority.ledger.Collected;
import dev.chancery.pki.MalformedException;
import dev.chancery.server.configuration.Configuration.Limits;
import dev.chancery.server.http.RoutingTable.Target;
import dev.chancery.server.metrics.Metrics;
import dev.chancery.server.metrics.RequestNote;
import dev.chancery.server.proxy.TrustedProxies;
import dev.chancery.server.tls.TlsPeers;
import dev.chancery.transport.Body;
import dev.chancery.transport.Headers;
import dev.chancery.transport.Method;
import dev.chancery.transport.Peer;
import dev.chancery.transport.Reply;
import dev.chancery.transport.RequestId;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Carries requests from Jetty to the responders and their replies back: finds the route, reads the
/// body within its limits, and writes one log line. Thread-safe; each request blocks a virtual
/// thread of its own.
public final class HttpAdapter extends Handler.Abstract {
  private static final Logger LOG = LoggerFactory.getLogger(HttpAdapter.class);

  private final TlsPeers peers;
  private final Metrics metrics;
  private final AtomicReference<RoutingTable> routes;
  private final AtomicReference<TrustedProxies> proxies;
  private final AtomicReference<Limits> limits;
  private final Consumer<List<Collected>> deliveries;

  /// @param deliveries is told which certificates were in replies that were written to the end
  public HttpAdapter(
      TlsPeers peers,
      Metrics metrics,
      RoutingTable routes,
      TrustedProxies proxies,
      Limits limits,
      Consumer<List<Collected>> deliveries) {
    this.peers = peers;
    this.metrics = metrics;
    this.deliveries = deliveries;
    this.routes = new AtomicReference<>(routes);
    this.proxies = new AtomicReference<>(proxies);
    this.limits = new AtomicReference<>(limits);
  }

  /// Takes over what was reloaded; requests under way finish with the old.
  public void use(RoutingTable reloaded, TrustedProxies reloadedProxies, Limits reloadedLimits) {
    routes.set(reloaded);
    proxies.set(reloadedProxies);
    limits.set(reloadedLimits);
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) {
    RequestId id = RequestId.fresh();
    RequestNote note = new RequestNote();
    String listener = request.getConnectionMetaData().getConnector().getName();
    Optional<String> path = StrictPath.decode(rawPath(request));
    Optional<Target> target =
        path.flatMap(found -> routes.get().find(found, !listener.equals(Listeners.CLEAR)));
    Reply reply =
        ScopedValue.where(RequestNote.CURRENT, note)
            .call(() -> answer(request, id, path.orElse(""), target));
    send(
        request,
        response,
        delivering(callback, reply, note),
        reply.with("X-Request-Id", id.value()));

    Duration took = Duration.ofNanos(System.nanoTime() - request.getBeginNanoTime());
    String endpoint = target.map(found -> found.route().endpoint()).orElse("none");
    metrics.request(listener, endpoint, reply.status());
    if (note.outcome() != null && target.isPresent()) {
      metrics.enrollmentTook(target.get().route().protocol(), endpoint, took);
    }
    LOG.atInfo()
        .addKeyValue("method", request.getMethod())
        .addKeyValue("path", path.orElse("(invalid)"))
        .addKeyValue("status", reply.status())
        .addKeyValue("ms", took.toMillis())
        .addKeyValue("request-id", id.value())
        .addKeyValue("peer", note.client().orElseGet(() -> Request.getRemoteAddr(request)))
        .addKeyValue("listener", listener)
        .addKeyValue("endpoint", endpoint)
        .addKeyValue("outcome", note.outcome() == null ? "-" : note.outcome())
        .addKeyValue("code", note.code().isEmpty() ? "-" : note.code())
        .log("request");
    return true;
  }

  private Reply answer(Request request, RequestId id, String path, Optional<Target> target) {
    Optional<Method> method = methodOf(request.getMethod());
    if (method.isEmpty()) {
      return Reply.text(501, "this server does not know that method");
    }
    if (target.isEmpty()) {
      return Reply.text(404, "there is nothing here");
    }
    if (!target.get().answers(method.get())) {
      return Reply.text(405, "this method is not allowed here").with("Allow", target.get().allow());
    }
    Headers headers = headersOf(request);
    Peer peer;
    try {
      peer = proxies.get().clientOf(peers.of(request), headers);
      RequestNote.CURRENT.get().client(peer.address());
    } catch (MalformedException e) {
      return Reply.text(400, "the client certificate cannot be read: " + e.safeMessage())
          .with("Connection", "close");
    }
    try {
      Limits now = limits.get();
      return switch (BoundedBody.read(request, now)) {
        case BoundedBody.Result.Whole(Body body) ->
            respond(request, id, method.get(), path, target.get(), headers, peer, body);
        case BoundedBody.Result.TooLarge _ ->
            Reply.text(413, "the request body is larger than " + now.bodyBytes() + " bytes")
                .with("Connection", "close");
        case BoundedBody.Result.TooSlow _ ->
            Reply.text(408, "the request took too long to arrive").with("Connection", "close");
      };
    } catch (IOException e) {
      return Reply.text(400, "the request broke off").with("Connection", "close");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Reply.text(503, "the server is stopping").with("Connection", "close");
    }
  }

  private static Reply respond(
      Request request,
      RequestId id,
      Method method,
      String path,
      Target target,
      Headers headers,
      Peer peer,
      Body body) {
    // The body of a reply to HEAD is dropped on the way out.
    Method asked = target.route().methods().contains(method) ? method : Method.GET;
    String query = request.getHttpURI().getQuery();
    try {
      return target
          .responder()
          .respond(
              new dev.chancery.transport.Request(
                  id, asked, path, query == null ? "" : query, headers, body, peer));
    } catch (RuntimeException e) {
      LOG.atError()
          .setCause(e)
          .addKeyValue("request-id", id.value())
          .log("a responder failed; nothing more was done for this request");
      return Reply.text(500, "this server failed; its log tells more under " + id);
    }
  }

  private static String rawPath(Request request) {
    String path = request.getHttpURI().getPath();
    return path == null ? "" : path;
  }

  private static Optional<Method> methodOf(String name) {
    for (Method method : Method.values()) {
      if (method.name().equals(name)) {
        return Optional.of(method);
      }
    }
    return Optional.empty();
  }

  private static Headers headersOf(Request request) {
    List<Headers.Field> fields = new ArrayList<>(request.getHeaders().size());
    for (HttpField field : request.getHeaders()) {
      fields.add(
          new Headers.Field(field.getName(), field.getValue() == null ? "" : field.getValue()));
    }
    return new Headers(fields);
  }

  private Callback delivering(Callback callback, Reply reply, RequestNote note) {
    List<Collected> delivered = note.delivered();
    if (delivered.isEmpty() || reply.status() / 100 != 2) {
      return callback;
    }
    return new Callback.Nested(callback) {
      @Override
      public void succeeded() {
        deliveries.accept(delivered);
        super.succeeded();
      }
    };
  }

  private static void send(Request request, Response response, Callback callback, Reply reply) {
    response.setStatus(reply.status());
    reply
        .headers()
        .fields()
        .forEach(field -> response.getHeaders().add(field.name(), field.value()));
    Body body = reply.body();
    if (reply.status() != 204 && reply.status() != 304) {
      response.getHeaders().put(HttpHeader.CONTENT_LENGTH, body.length());
    }
    boolean head = request.getMethod().equals("HEAD");
    response.write(true, (head ? Body.EMPTY : body).asByteBuffer(), callback);
  }
}
