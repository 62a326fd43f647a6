package dev.chancery.authority;

import dev.chancery.authority.audit.AuditEvent;
import dev.chancery.authority.issuance.Issuers;
import dev.chancery.authority.ledger.Change;
import dev.chancery.authority.ledger.CommitResult;
import dev.chancery.authority.ledger.Ledger;
import dev.chancery.authority.ledger.PublishedList;
import dev.chancery.authority.ledger.Transaction;
import dev.chancery.authority.rollover.Generation;
import dev.chancery.authority.rollover.Generation.State;
import dev.chancery.pki.Der;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Publishes the CRLs of our issuers: complete, one for each generation, signed by it and numbered
/// by itself, in the ledger, so that any server on it hands out the same. An issuer is named by the
/// [Generation#id()] here. Thread-safe.
public final class RevocationLists {
  private static final Logger LOG = LoggerFactory.getLogger(RevocationLists.class);

  /// A certificate stays on the list for as long after its end, so that it is on one at least that
  /// was published after that (RFC 5280 §3.3).
  private static final Duration AFTER_EXPIRY = Duration.ofDays(31);

  /// When lists are made.
  ///
  /// @param validity from a list's thisUpdate to its nextUpdate
  /// @param interval after which there is a new one, also if nothing was revoked; shorter than
  ///   `validity`
  public record Schedule(Duration validity, Duration interval) {}

  private final Ledger ledger;
  private final Issuers issuers;
  private final Clock clock;
  private final Map<String, PublishedList> newest = new ConcurrentHashMap<>();
  private final ReentrantLock publishing = new ReentrantLock();
  private volatile Schedule schedule;

  public RevocationLists(Ledger ledger, Issuers issuers, Schedule schedule, Clock clock) {
    this.ledger = ledger;
    this.issuers = issuers;
    this.schedule = schedule;
    this.clock = clock;
  }

  /// Takes over a reloaded schedule.
  public void use(Schedule reloaded) {
    schedule = reloaded;
  }

  /// The issuer's newest list; empty before the first one.
  public Optional<PublishedList> newest(String issuer) {
    return Optional.ofNullable(newest.get(issuer)).or(() -> refreshed(issuer));
  }

  /// True if there is, or was, a generation of that name which signs CRLs.
  public boolean publishes(String issuer) {
    return issuers
        .generation(issuer)
        .filter(one ->
            issuers.generations(one.issuer()).stateAt(one, clock.instant()) != State.PREPARED)
        .isPresent();
  }

  /// Publishes an issuer's first list where there is none yet: an empty one as a rule, which is
  /// soon made.
  public void publishFirst() {
    publish(false);
  }

  /// Publishes what is due: where something was revoked since the last list, or that is too old.
  /// Also notices what other servers have published. With a million revoked certificates it takes
  /// seconds.
  public void publishIfDue() {
    publish(true);
  }

  private void publish(boolean successors) {
    publishing.lock();
    try {
      for (String issuer : signing()) {
        Optional<PublishedList> last = refreshed(issuer);
        if (last.isEmpty()) {
          publish(issuer, 1, ledger.revokedCount(issuer), clock.instant());
        } else if (successors) {
          publishSuccessor(last.get());
        }
      }
    } finally {
      publishing.unlock();
    }
  }

  private void publishSuccessor(PublishedList last) {
    long revoked = ledger.revokedCount(last.issuer());
    Instant now = clock.instant();
    if (last.revoked() != revoked || !now.isBefore(last.thisUpdate().plus(schedule.interval()))) {
      publish(last.issuer(), last.number() + 1, revoked, now);
    }
  }

  /// Generations of which certificates may live, and whose key is here. Where it is not, another
  /// node signs.
  private List<String> signing() {
    return issuers.names().stream()
        .flatMap(name -> issuers.living(name).stream())
        .filter(issuers::holdsKey)
        .map(Generation::id)
        .toList();
  }

  private Optional<PublishedList> refreshed(String issuer) {
    PublishedList known = newest.get(issuer);
    ledger
        .listAfter(issuer, known == null ? 0 : known.number())
        .ifPresent(list -> newest.merge(issuer, list, RevocationLists::later));
    return Optional.ofNullable(newest.get(issuer));
  }

  private static PublishedList later(PublishedList one, PublishedList other) {
    return one.number() > other.number() ? one : other;
  }

  /// @param revoked counted before the entries are read: what is revoked in between makes the next
  ///   list due
  private void publish(String issuer, long number, long revoked, Instant now) {
    Instant next = now.plus(schedule.validity());
    long[] entries = {0};
    Der signed =
        issuers.revocationList(
            issuer,
            number,
            now,
            next,
            content ->
                ledger.revokedCertificates(
                    issuer,
                    now.minus(AFTER_EXPIRY),
                    each -> {
                      entries[0]++;
                      content.add(each.serialNumber(), each.at(), each.reason());
                    }));
    PublishedList list = new PublishedList(issuer, number, now, next, revoked, signed);
    Map<String, String> details = new TreeMap<>();
    details.put("issuer", issuer);
    details.put("number", Long.toString(number));
    details.put("entries", Long.toString(entries[0]));
    details.put("next-update", next.toString());
    details.put("sha256", signed.sha256Hex());
    AuditEvent event = new AuditEvent(now, AuditEvent.Action.LIST_PUBLISHED, "", "server", details);
    switch (ledger.commit(Transaction.of(event, new Change.PublishList(list)))) {
      case CommitResult.Committed _published -> {
        newest.merge(issuer, list, RevocationLists::later);
        LOG.atInfo()
            .addKeyValue("issuer", issuer)
            .addKeyValue("number", number)
            .addKeyValue("entries", entries[0])
            .log("CRL published");
      }
      // Another server was faster.
      case CommitResult.Conflicted _superseded -> refreshed(issuer);
    }
  }
}
