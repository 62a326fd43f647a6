package dev.chancery.authority.notification;

import dev.chancery.authority.Revocations;
import dev.chancery.authority.audit.AuditEvent;
import dev.chancery.authority.audit.AuditEvent.Action;
import dev.chancery.authority.credential.SecretBox;
import dev.chancery.authority.ledger.CertificateRecord;
import dev.chancery.authority.ledger.Change;
import dev.chancery.authority.ledger.CommitResult;
import dev.chancery.authority.ledger.Ledger;
import dev.chancery.authority.ledger.Transaction;
import dev.chancery.authority.notification.Notification.News;
import dev.chancery.authority.notification.NotificationReceiver.Receipt;
import dev.chancery.pki.Der;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.certificate.SerialNumber;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Delivers what is due: each notification until it is taken, at growing intervals, for a week.
/// Each attempt is audited. Whoever is told may be told twice, after a crash between delivery and
/// commit. Thread-safe; one delivery at a time.
public final class Notifications {
  /// How long a notification that nobody takes is kept.
  public static final Duration LIFETIME = Duration.ofDays(7);

  /// The pause after the first failure; it doubles with each further one, up to [#LONGEST_PAUSE].
  public static final Duration FIRST_PAUSE = Duration.ofSeconds(30);

  public static final Duration LONGEST_PAUSE = Duration.ofHours(6);

  private static final Logger LOG = LoggerFactory.getLogger(Notifications.class);
  private static final int BATCH = 100;
  private static final int MOST = 10_000;
  private static final String NEVER_DELIVERED = "cessationOfOperation";
  private static final String LEASE = "notifications";
  private static final Duration LEASE_LENGTH = Duration.ofMinutes(2);
  private static final int MOST_DOUBLINGS = 20;

  private final Ledger ledger;
  private final SecretBox box;
  private final Clock clock;
  private final Revocations revocations;
  private final ReentrantLock delivering = new ReentrantLock();

  public Notifications(Ledger ledger, SecretBox box, Clock clock) {
    this.ledger = ledger;
    this.box = box;
    this.clock = clock;
    this.revocations = new Revocations(ledger, clock);
  }

  /// What waits, due or not, the next first.
  public List<Notification> waiting(int limit) {
    return ledger.notificationsDue(clock.instant().plus(LIFETIME), limit);
  }

  /// Delivers everything that is due now.
  ///
  /// @param receivers by endpoint. What is for an endpoint that has none is kept: the configuration
  ///   may come back.
  public void deliverDue(Map<String, NotificationReceiver> receivers) {
    delivering.lock();
    try {
      List<Notification> due = ledger.notificationsDue(clock.instant(), BATCH);
      // Several servers on one ledger would all tell the same.
      while (!due.isEmpty() && ledger.takesLease(LEASE, clock.instant(), LEASE_LENGTH)) {
        due.forEach(notification -> deliver(notification, receivers));
        due = due.size() < BATCH ? List.of() : ledger.notificationsDue(clock.instant(), BATCH);
      }
    } finally {
      delivering.unlock();
    }
  }

  /// Delivers the notification of a certificate that nobody has got yet. Where that fails, the
  /// certificate is revoked and the notification given up.
  ///
  /// @param id of the notification
  public Receipt deliverFirst(String id, News.Issued news, NotificationReceiver receiver) {
    List<Notification> waiting = waiting(MOST);
    Optional<Notification> found =
        waiting.stream().filter(notification -> notification.id().equals(id)).findFirst();
    Receipt receipt =
        found
            .map(notification -> handOver(notification, receiver))
            .orElseGet(() -> withoutNotification(waiting.size(), news));
    switch (receipt) {
      case Receipt.Taken(String reference) ->
          found.ifPresent(notification -> delivered(notification, reference));
      case Receipt.NotNow(String code, String problem) -> withdraw(found, news, code, problem);
      case Receipt.Never(String code, String problem) -> withdraw(found, news, code, problem);
    }
    return receipt;
  }

  /// Another thread was faster, and has delivered it or given it up.
  private Receipt withoutNotification(int waiting, News.Issued news) {
    if (waiting >= MOST) {
      return new Receipt.NotNow("too-many", "too many notifications wait");
    }
    return isRevoked(news)
        ? new Receipt.Never("revoked", "the other side would not take it")
        : new Receipt.Taken("");
  }

  private void withdraw(
      Optional<Notification> notification, News.Issued news, String code, String problem) {
    // In this order: a stop in between leaves a notification that is tried again.
    revoke(news);
    notification.ifPresent(one -> abandon(one, code, problem));
  }

  private void revoke(News.Issued news) {
    if (!isRevoked(news)) {
      revocations.revoke(
          news.issuer(), SerialNumber.parse(news.serial()), NEVER_DELIVERED, "server");
    }
  }

  private boolean isRevoked(News.Issued news) {
    return ledger
        .certificate(news.issuer(), news.serial())
        .filter(record -> record.revocation().isEmpty())
        .isEmpty();
  }

  private void deliver(Notification notification, Map<String, NotificationReceiver> receivers) {
    @Nullable NotificationReceiver receiver = receivers.get(notification.endpoint());
    Receipt receipt =
        receiver == null
            ? new Receipt.NotNow("no-receiver", "the endpoint tells nobody any more")
            : handOver(notification, receiver);
    Instant now = clock.instant();
    switch (receipt) {
      case Receipt.Taken(String reference) -> delivered(notification, reference);
      case Receipt.NotNow(String code, String problem)
          when now.isBefore(notification.createdAt().plus(LIFETIME)) ->
          postpone(notification, now, code, problem);
      case Receipt.NotNow(String code, String problem) ->
          giveUp(notification, receiver, code, problem);
      case Receipt.Never(String code, String problem) ->
          giveUp(notification, receiver, code, problem);
    }
  }

  private void delivered(Notification notification, String reference) {
    commit(
        Action.NOTIFICATION_DELIVERED,
        notification,
        Map.of("reference", reference),
        new Change.RemoveNotification(notification.id()));
  }

  private void giveUp(
      Notification notification,
      @Nullable NotificationReceiver receiver,
      String code,
      String problem) {
    if (receiver != null
        && receiver.isToldFirst()
        && notification.news() instanceof News.Issued news) {
      withdraw(Optional.of(notification), news, code, problem);
    } else {
      abandon(notification, code, problem);
    }
  }

  private Receipt handOver(Notification notification, NotificationReceiver receiver) {
    byte[] request = box.open(notification.id(), notification.sealedRequest());
    try {
      return receiver.tell(notification, Der.of(request), certificateOf(notification));
    } finally {
      Arrays.fill(request, (byte) 0);
    }
  }

  private Optional<Certificate> certificateOf(Notification notification) {
    return switch (notification.news()) {
      case News.Issued(String issuer, String serial) ->
          ledger.certificate(issuer, serial).map(CertificateRecord::certificate);
      case News.Refused _refused -> Optional.empty();
    };
  }

  private void postpone(Notification notification, Instant now, String code, String problem) {
    int attempts = notification.attempts() + 1;
    Instant next = now.plus(pause(notification.attempts()));
    LOG.atWarn()
        .addKeyValue("endpoint", notification.endpoint())
        .addKeyValue("transaction", notification.transactionId())
        .addKeyValue("code", code)
        .addKeyValue("problem", problem)
        .addKeyValue("attempts", attempts)
        .addKeyValue("next", next)
        .log("a notification could not be delivered; it is tried again");
    commit(
        Action.NOTIFICATION_POSTPONED,
        notification,
        Map.of("code", code, "reason", problem, "next", next.toString()),
        new Change.PostponeNotification(notification.id(), attempts, next, code + ": " + problem));
  }

  private void abandon(Notification notification, String code, String problem) {
    LOG.atError()
        .addKeyValue("endpoint", notification.endpoint())
        .addKeyValue("transaction", notification.transactionId())
        .addKeyValue("code", code)
        .addKeyValue("problem", problem)
        .log("a notification is given up: tell the other side by hand");
    commit(
        Action.NOTIFICATION_ABANDONED,
        notification,
        Map.of("code", code, "reason", problem),
        new Change.RemoveNotification(notification.id()));
  }

  /// The pause after so many earlier failures.
  static Duration pause(int failures) {
    Duration pause = FIRST_PAUSE.multipliedBy(1L << Math.min(failures, MOST_DOUBLINGS));
    return pause.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : pause;
  }

  private void commit(
      Action action, Notification notification, Map<String, String> more, Change change) {
    Map<String, String> details = new TreeMap<>(more);
    details.put("endpoint", notification.endpoint());
    details.put("transaction", notification.transactionId());
    details.put("attempt", Integer.toString(notification.attempts() + 1));
    switch (notification.news()) {
      case News.Issued(String issuer, String serial) -> {
        details.put("issuer", issuer);
        details.put("serial", serial);
      }
      case News.Refused refused -> details.put("refused", refused.code());
    }
    CommitResult result =
        ledger.commit(
            Transaction.of(new AuditEvent(clock.instant(), action, "", "server", details), change));
    if (result instanceof CommitResult.Conflicted) {
      LOG.atInfo()
          .addKeyValue("endpoint", notification.endpoint())
          .log("another node was faster with a notification");
    }
  }
}
