package dev.chancery.server.coap;

import dev.chancery.authority.ledger.Collected;
import dev.chancery.pki.MalformedException;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.server.coap.CoapRoutes.Target;
import dev.chancery.server.metrics.Metrics;
import dev.chancery.server.metrics.RequestNote;
import dev.chancery.transport.Body;
import dev.chancery.transport.ChannelBindings;
import dev.chancery.transport.ChannelBindings.ChannelBinding;
import dev.chancery.transport.Method;
import dev.chancery.transport.Peer;
import dev.chancery.transport.RequestId;
import dev.chancery.transport.coap.CoapCode;
import dev.chancery.transport.coap.CoapReply;
import dev.chancery.transport.coap.CoapRequest;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.eclipse.californium.core.coap.CoAP;
import org.eclipse.californium.core.coap.OptionSet;
import org.eclipse.californium.core.coap.Request;
import org.eclipse.californium.core.coap.Response;
import org.eclipse.californium.core.network.Exchange;
import org.eclipse.californium.core.server.MessageDeliverer;
import org.eclipse.californium.elements.DtlsEndpointContext;
import org.eclipse.californium.elements.EndpointContext;
import org.eclipse.californium.elements.auth.X509CertPath;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Carries requests from Californium to the responders and their replies back: finds the resource,
/// answers discovery, and writes one log line. Californium has put the blocks together and sees to
/// repeated messages. Thread-safe; each request blocks a virtual thread of its own.
public final class CoapAdapter implements MessageDeliverer, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(CoapAdapter.class);

  /// Half of ACK_TIMEOUT (RFC 7252 §4.8): a request that takes longer is acknowledged by an empty
  /// message, so that the client does not send it again, and answered by a separate one (EST-309).
  private static final Duration PIGGYBACKED = Duration.ofSeconds(1);

  /// `application/link-format` (RFC 6690).
  private static final int LINK_FORMAT = 40;

  private static final ChannelBindings NO_BINDINGS =
      new ChannelBindings(
          new ChannelBinding.Unavailable("the DTLS library does not tell tls-unique"),
          new ChannelBinding.Unavailable("tls-exporter is for DTLS 1.3 (RFC 9148 §3)"));

  private final Metrics metrics;
  private final AtomicReference<CoapRoutes> routes;
  private final Consumer<List<Collected>> deliveries;
  private final ExecutorService threads =
      Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("coap-", 0).factory());

  /// @param deliveries is told which certificates were in replies that were handed to the network
  public CoapAdapter(Metrics metrics, CoapRoutes routes, Consumer<List<Collected>> deliveries) {
    this.metrics = metrics;
    this.deliveries = deliveries;
    this.routes = new AtomicReference<>(routes);
  }

  /// Takes over reloaded routes; requests under way finish with the old ones.
  public void use(CoapRoutes reloaded) {
    routes.set(reloaded);
  }

  @Override
  public void deliverRequest(Exchange exchange) {
    try {
      Future<?> answer = threads.submit(() -> handle(exchange));
      threads.execute(() -> acknowledgeUnlessQuick(exchange, answer));
    } catch (RejectedExecutionException e) {
      // It came between the end of the last request and that of the listener.
      exchange.sendResponse(
          response(CoapReply.diagnostic(CoapCode.SERVICE_UNAVAILABLE, "the server is stopping")));
    }
  }

  @Override
  public void deliverResponse(Exchange exchange, Response response) {
    throw new IllegalStateException("this server sends no CoAP requests");
  }

  private static void acknowledgeUnlessQuick(Exchange exchange, Future<?> answer) {
    try {
      answer.get(PIGGYBACKED.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      exchange.sendAccept();
    } catch (ExecutionException e) {
      LOG.atError().setCause(e.getCause()).log("a CoAP request was not answered");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void handle(Exchange exchange) {
    long begun = System.nanoTime();
    RequestId id = RequestId.fresh();
    RequestNote note = new RequestNote();
    Request request = exchange.getRequest();
    EndpointContext context = request.getSourceContext();
    String address = context.getPeerAddress().getAddress().getHostAddress();
    Optional<String> path = path(request.getOptions());
    Optional<Target> target = path.flatMap(routes.get()::find);
    CoapReply reply =
        ScopedValue.where(RequestNote.CURRENT, note)
            .call(() -> answer(request, id, path.orElse(""), target, address));
    exchange.sendResponse(response(reply));
    if (reply.code().codeClass() == 2) {
      deliveries.accept(note.delivered());
    }

    Duration took = Duration.ofNanos(System.nanoTime() - begun);
    String endpoint = target.map(found -> found.route().endpoint()).orElse("none");
    metrics.coapRequest(endpoint, reply.code().toString());
    if (note.outcome() != null && target.isPresent()) {
      metrics.enrollmentTook(target.get().route().protocol(), endpoint, took);
    }
    LOG.atInfo()
        .addKeyValue("method", request.getCode())
        .addKeyValue("path", path.orElse("(invalid)"))
        .addKeyValue("status", reply.code())
        .addKeyValue("ms", took.toMillis())
        .addKeyValue("request-id", id.value())
        .addKeyValue("peer", address)
        .addKeyValue("listener", "coaps")
        .addKeyValue("endpoint", endpoint)
        .addKeyValue("outcome", note.outcome() == null ? "-" : note.outcome())
        .addKeyValue("code", note.code().isEmpty() ? "-" : note.code())
        .log("request");
  }

  private CoapReply answer(
      Request request, RequestId id, String path, Optional<Target> target, String address) {
    OptionSet options = request.getOptions();
    if (options.hasProxyUri() || options.hasProxyScheme()) {
      return CoapReply.diagnostic(CoapCode.PROXYING_NOT_SUPPORTED, "this server is no proxy");
    }
    if (options.getIfMatchCount() > 0 || options.hasIfNoneMatch() || options.hasOscore()) {
      // Californium refuses the critical options that it does not know; these it knows.
      return CoapReply.diagnostic(CoapCode.BAD_OPTION, "this option is not supported");
    }
    Optional<Method> method = method(request.getCode());
    if (path.equals(CoapRoutes.DISCOVERY) && method.equals(Optional.of(Method.GET))) {
      return CoapReply.of(
          CoapCode.CONTENT,
          LINK_FORMAT,
          Body.of(routes.get().links(options.getUriQuery())).toByteArray());
    }
    if (target.isEmpty()) {
      return CoapReply.diagnostic(CoapCode.NOT_FOUND, "there is nothing here");
    }
    if (!method.equals(Optional.of(target.get().route().method()))) {
      return CoapReply.diagnostic(
          CoapCode.METHOD_NOT_ALLOWED, "use " + target.get().route().method());
    }
    try {
      return target
          .get()
          .responder()
          .respond(
              new CoapRequest(
                  id,
                  method.get(),
                  path,
                  options.hasContentFormat()
                      ? OptionalInt.of(options.getContentFormat())
                      : OptionalInt.empty(),
                  options.hasAccept() ? OptionalInt.of(options.getAccept()) : OptionalInt.empty(),
                  Body.of(request.getPayload() == null ? new byte[0] : request.getPayload()),
                  peer(request.getSourceContext(), address)));
    } catch (MalformedException e) {
      return CoapReply.diagnostic(
          CoapCode.BAD_REQUEST, "the client certificate cannot be read: " + e.safeMessage());
    } catch (RuntimeException e) {
      LOG.atError()
          .setCause(e)
          .addKeyValue("request-id", id.value())
          .log("a responder failed; nothing more was done for this request");
      return CoapReply.diagnostic(
          CoapCode.INTERNAL_SERVER_ERROR, "this server failed; its log tells more under " + id);
    }
  }

  /// Who is at the other end of the DTLS connection.
  ///
  /// @throws MalformedException if it presented a certificate that cannot be read
  private static Peer.Tls peer(EndpointContext context, String address) {
    List<Certificate> presented =
        context.getPeerIdentity() instanceof X509CertPath path
            ? path.getPath().getCertificates().stream()
                .map(certificate -> Certificate.of((X509Certificate) certificate))
                .toList()
            : List.of();
    String suite = context.getString(DtlsEndpointContext.KEY_CIPHER);
    return new Peer.Tls(
        address,
        "DTLSv1.2",
        suite == null ? "" : suite,
        presented,
        Optional.empty(),
        () -> NO_BINDINGS);
  }

  private static Optional<Method> method(CoAP.Code code) {
    return switch (code) {
      case GET -> Optional.of(Method.GET);
      case POST -> Optional.of(Method.POST);
      default -> Optional.empty();
    };
  }

  /// The path, or empty if there can be nothing under it: a slash inside a segment would make two
  /// paths look the same.
  private static Optional<String> path(OptionSet options) {
    List<String> segments = options.getUriPath();
    return segments.stream().anyMatch(segment -> segment.isEmpty() || segment.contains("/"))
        ? Optional.empty()
        : Optional.of("/" + String.join("/", segments));
  }

  private static Response response(CoapReply reply) {
    Response response =
        new Response(
            CoAP.ResponseCode.valueOf(reply.code().codeClass() << 5 | reply.code().detail()));
    if (reply.payload().length() > 0) {
      response.setPayload(reply.payload().toByteArray());
    }
    reply.contentFormat().ifPresent(response.getOptions()::setContentFormat);
    reply.maxAge().ifPresent(age -> response.getOptions().setMaxAge(age.toSeconds()));
    return response;
  }

  /// Waits for the requests under way.
  @Override
  public void close() {
    threads.close();
  }
}
