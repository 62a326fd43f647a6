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
import java.util.List;

/// `/crl/ISSUER.crl`: the newest CRL of the issuer's first generation in DER (RFC 2585 §3), and
/// `/crl/ISSUER.2.crl` that of its second. Caches may keep it until it is due to change, and ask
/// with its number after that.
public final class RevocationListResponder implements Responder {
  private static final String TYPE = "application/pkix-crl";

  /// However long a list holds, a revocation shall be noticed within the hour behind a cache.
  private static final Duration MAX_CACHED = Duration.ofHours(1);

  private static final String FOLDER = "/crl/";
  private static final String SUFFIX = ".crl";

  private final RevocationLists lists;
  private final Clock clock;

  public RevocationListResponder(RevocationLists lists, Clock clock) {
    this.lists = lists;
    this.clock = clock;
  }

  /// Where the CRL of a generation of an issuer is.
  ///
  /// @param issuer see [dev.chancery.authority.rollover.Generation#id()]
  public static String path(String issuer) {
    return FOLDER + issuer + SUFFIX;
  }

  @Override
  public List<Route> routes() {
    return List.of(new Route("crl", "crl", FOLDER + "*", List.of(Method.GET), Channel.ANY));
  }

  @Override
  public Reply respond(Request request) {
    String path = request.path();
    if (!path.startsWith(FOLDER) || !path.endsWith(SUFFIX)) {
      return Reply.text(404, "there is no CRL here");
    }
    String issuer = path.substring(FOLDER.length(), path.length() - SUFFIX.length());
    if (!lists.publishes(issuer)) {
      return Reply.text(404, "there is no CRL here");
    }
    return lists
        .newest(issuer)
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
