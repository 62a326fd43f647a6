package dev.chancery.server.http;

import dev.chancery.authority.RevocationLists;
import dev.chancery.authority.ledger.PublishedList;
import dev.chancery.transport.Body;
import dev.chancery.transport.Method;
import dev.chancery.transport.Reply;
import dev.chancery.transport.Request;
import dev.chancery.transport.Responder;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// `/crl/ISSUER.crl`: the issuer's newest CRL in DER (RFC 2585 §3). Caches may keep it until it is
/// due to change, and ask with its number after that.
public final class RevocationListResponder implements Responder {
  private static final String TYPE = "application/pkix-crl";

  /// However long a list holds, a revocation shall be noticed within the hour behind a cache.
  private static final Duration MAX_CACHED = Duration.ofHours(1);

  private final Map<String, String> issuers = new HashMap<>();
  private final RevocationLists lists;
  private final Clock clock;

  public RevocationListResponder(Collection<String> issuers, RevocationLists lists, Clock clock) {
    issuers.forEach(issuer -> this.issuers.put(path(issuer), issuer));
    this.lists = lists;
    this.clock = clock;
  }

  /// Where the CRL of an issuer is.
  public static String path(String issuer) {
    return "/crl/" + issuer + ".crl";
  }

  @Override
  public List<Route> routes() {
    return issuers.keySet().stream()
        .sorted()
        .map(path -> new Route("crl", "crl", path, List.of(Method.GET), Channel.ANY))
        .toList();
  }

  @Override
  public Reply respond(Request request) {
    return lists
        .newest(issuers.getOrDefault(request.path(), ""))
        .map(list -> reply(request, list))
        .orElseGet(() -> Reply.text(503, "there is no CRL yet").retryAfter(Duration.ofMinutes(1)));
  }

  private Reply reply(Request request, PublishedList list) {
    String tag = "\"" + list.number() + "\"";
    boolean known = request.headers().all("If-None-Match").contains(tag);
    // A list of a million entries is 50 MB.
    Reply reply =
        known ? Reply.of(304) : Reply.of(200, TYPE, Body.ofUnchanging(list.list().asByteBuffer()));
    return reply
        .with("ETag", tag)
        .with("Last-Modified", httpDate(list.thisUpdate()))
        .with("Cache-Control", "max-age=" + cachedFor(list).toSeconds());
  }

  private Duration cachedFor(PublishedList list) {
    Duration left = Duration.between(clock.instant(), list.nextUpdate());
    return left.isNegative() ? Duration.ZERO : left.compareTo(MAX_CACHED) < 0 ? left : MAX_CACHED;
  }

  private static String httpDate(Instant instant) {
    return DateTimeFormatter.RFC_1123_DATE_TIME.format(instant.atOffset(ZoneOffset.UTC));
  }
}
