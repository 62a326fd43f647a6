package dev.chancery.est.responder;

import dev.chancery.authority.Refusal;
import dev.chancery.transport.coap.CoapCode;
import dev.chancery.transport.coap.CoapReply;
import java.time.Duration;

/// EST-coaps' words for a refusal. RFC 9148 §4.5 defines its codes by those of HTTP, so does this.
final class EstCoapRefusals {
  private static final Duration RETRY_AFTER = Duration.ofMinutes(1);

  private EstCoapRefusals() {}

  /// The reply: a code and one diagnostic line.
  static CoapReply reply(Refusal refusal) {
    CoapCode code = code(EstRefusals.status(refusal.code()));
    CoapReply reply = CoapReply.diagnostic(code, refusal.sentence());
    return switch (code) {
      case TOO_MANY_REQUESTS, SERVICE_UNAVAILABLE -> reply.retryAfter(RETRY_AFTER);
      default -> reply;
    };
  }

  /// The refusal of the server behind an endpoint, in its own words (RFC 9148 §5).
  static CoapReply passedOn(int status, String text) {
    // About this server's certificate there: the client can do nothing about it.
    CoapCode code = status == 401 ? CoapCode.BAD_GATEWAY : code(status);
    CoapReply reply = CoapReply.diagnostic(code, text);
    return switch (code) {
      case TOO_MANY_REQUESTS, SERVICE_UNAVAILABLE -> reply.retryAfter(RETRY_AFTER);
      default -> reply;
    };
  }

  /// The code for an HTTP status of EST that is no success (RFC 9148 §4.5; RFC 8075 §7).
  static CoapCode code(int status) {
    return switch (status) {
      case 400 -> CoapCode.BAD_REQUEST;
      case 401 -> CoapCode.UNAUTHORIZED;
      case 403 -> CoapCode.FORBIDDEN;
      case 404 -> CoapCode.NOT_FOUND;
      case 405 -> CoapCode.METHOD_NOT_ALLOWED;
      case 406 -> CoapCode.NOT_ACCEPTABLE;
      case 415 -> CoapCode.UNSUPPORTED_CONTENT_FORMAT;
      case 429 -> CoapCode.TOO_MANY_REQUESTS;
      case 501 -> CoapCode.NOT_IMPLEMENTED;
      case 502 -> CoapCode.BAD_GATEWAY;
      case 503 -> CoapCode.SERVICE_UNAVAILABLE;
      default -> status < 500 ? CoapCode.BAD_REQUEST : CoapCode.INTERNAL_SERVER_ERROR;
    };
  }
}
