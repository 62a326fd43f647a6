package dev.chancery.server.scep;

import dev.chancery.authority.Authority;
import dev.chancery.authority.Outcome;
import dev.chancery.authority.Refusal;
import dev.chancery.authority.RefusedException;
import dev.chancery.authority.endpoint.Endpoint;
import dev.chancery.authority.ledger.Ledger;
import dev.chancery.authority.ledger.LedgerUnavailableException;
import dev.chancery.authority.notification.Notification.News;
import dev.chancery.authority.notification.NotificationReceiver;
import dev.chancery.authority.notification.NotificationReceiver.Receipt;
import dev.chancery.authority.notification.Notifications;
import dev.chancery.authority.requester.ExternalAuthentication;
import dev.chancery.authority.requester.ExternalAuthoriser;
import dev.chancery.authority.requester.Requester;
import dev.chancery.authority.rollover.Generation;
import dev.chancery.scep.responder.Decisions;
import dev.chancery.server.configuration.Configuration;
import dev.chancery.server.configuration.Configuration.DeviceManagement;
import dev.chancery.server.scep.intune.IntuneAuthoriser;
import dev.chancery.server.scep.intune.IntuneRevocations;
import dev.chancery.server.scep.intune.IntuneSettings;
import dev.chancery.server.scep.webhook.WebhookAuthoriser;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Who decides at SCEP endpoints from outside, as configured, and the delivery of what they are
/// owed, behind the back of requests. Thread-safe.
public final class DeviceManagers implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(DeviceManagers.class);
  private static final Duration PATIENCE_AT_END = Duration.ofSeconds(10);

  private final Notifications notifications;
  private final Ledger ledger;
  private final Authority authority;
  private final Clock clock;
  private final AtomicReference<List<IntuneRevocations>> revocations =
      new AtomicReference<>(List.of());
  private final AtomicBoolean revoking = new AtomicBoolean();
  private final AtomicReference<Map<String, ExternalAuthoriser>> authorisers =
      new AtomicReference<>(Map.of());
  private final AtomicBoolean awake = new AtomicBoolean();
  private final AtomicBoolean closed = new AtomicBoolean();
  private final ReentrantLock delivering = new ReentrantLock();

  public DeviceManagers(
      Notifications notifications, Ledger ledger, Authority authority, Clock clock) {
    this.notifications = notifications;
    this.ledger = ledger;
    this.authority = authority;
    this.clock = clock;
  }

  /// Takes over a configuration: decisions and notifications follow it from now on.
  ///
  /// @param issuers the name of each endpoint's issuer
  public Decisions decisions(
      DeviceManagement settings,
      Map<String, String> issuers,
      ExternalAuthentication authentication) {
    Map<String, ExternalAuthoriser> fresh = new HashMap<>();
    List<IntuneRevocations> pulled = new ArrayList<>();
    for (Configuration.Decision decision : settings.decisions()) {
      fresh.put(
          decision.endpoint(),
          switch (decision.decider()) {
            case Configuration.Decider.Webhook(var webhook) ->
                new WebhookAuthoriser(webhook, clock);
            case Configuration.Decider.Intune(var intune) -> {
              String issuer = Objects.requireNonNull(issuers.get(decision.endpoint()));
              intune
                  .revocationInterval()
                  .map(interval -> revocations(intune, interval, decision.endpoint(), issuer))
                  .ifPresent(pulled::add);
              yield new IntuneAuthoriser(intune, clock);
            }
          });
    }
    revocations.set(List.copyOf(pulled));
    authorisers.set(Map.copyOf(fresh));
    return new Decisions(fresh, authentication, this::settle);
  }

  /// Behind the reply's back, unless the party outside is to be told first (SCEP-184).
  private void settle(Endpoint endpoint, Requester requester, Outcome outcome) {
    ExternalAuthoriser authoriser = authorisers.get().get(endpoint.name());
    if (authoriser == null
        || !authoriser.isToldFirst()
        || !(outcome instanceof Outcome.Issued issued)
        || !(requester instanceof Requester.ExternallyAllowed allowed)
        || allowed.owed().isEmpty()) {
      wake();
      return;
    }
    News.Issued news =
        new News.Issued(endpoint.issuer(), issued.chain().leaf().serialNumber().toString());
    switch (notifications.deliverFirst(allowed.owed().get().id(), news, authoriser)) {
      case Receipt.Taken _ -> {
        // The reply may leave.
      }
      case Receipt.NotNow(String code, String problem) ->
          throw untold(Refusal.Code.AUTHORISER_UNAVAILABLE, authoriser, code, problem, news);
      case Receipt.Never(String code, String problem) ->
          throw untold(Refusal.Code.AUTHORISER_DENIED, authoriser, code, problem, news);
    }
  }

  private static RefusedException untold(
      Refusal.Code refusal,
      ExternalAuthoriser authoriser,
      String code,
      String problem,
      News.Issued news) {
    return new RefusedException(
        new Refusal(
            refusal,
            authoriser.kind()
                + " could not be told of the certificate, which is revoked: "
                + problem,
            "see why in the log; the device may come again"),
        Map.of(
            "authoriser", authoriser.kind(),
            "authoriser-code", code,
            "issuer", news.issuer(),
            "serial", news.serial()));
  }

  private IntuneRevocations revocations(
      IntuneSettings intune, Duration interval, String endpoint, String issuer) {
    return new IntuneRevocations(
        intune,
        interval,
        endpoint,
        () -> authority.generationsOf(issuer).stream().map(Generation::id).toList(),
        authority.certificatesOf(issuer).getFirst().subject(),
        ledger,
        clock);
  }

  /// Fetches the revocations that are wanted outside, where it is time, on a thread of its own.
  /// Returns at once.
  public void revokeIfDue() {
    List<IntuneRevocations> all = revocations.get();
    if (!all.isEmpty() && !closed.get() && revoking.compareAndSet(false, true)) {
      Thread.ofVirtual()
          .name("revocations")
          .start(() -> {
            try {
              all.forEach(IntuneRevocations::runIfDue);
            } catch (LedgerUnavailableException e) {
              LOG.atError().setCause(e).log("ledger unavailable; revocation requests wait");
            } catch (RuntimeException e) {
              LOG.atError().setCause(e).log("revocation requests could not be worked on");
            } finally {
              revoking.set(false);
            }
          });
    }
  }

  /// Delivers what is due, on a thread of its own. Returns at once; calls while a delivery waits to
  /// begin are one.
  public void wake() {
    if (!closed.get() && awake.compareAndSet(false, true)) {
      Thread.ofVirtual().name("notifications").start(this::deliver);
    }
  }

  private void deliver() {
    delivering.lock();
    try {
      awake.set(false);
      if (!closed.get()) {
        Map<String, NotificationReceiver> receivers = new HashMap<>();
        authorisers
            .get()
            .forEach((endpoint, authoriser) -> {
              if (authoriser.wantsWord()) {
                receivers.put(endpoint, authoriser);
              }
            });
        notifications.deliverDue(receivers);
      }
    } catch (LedgerUnavailableException e) {
      LOG.atError().setCause(e).log("ledger unavailable; notifications wait");
    } catch (RuntimeException e) {
      LOG.atError().setCause(e).log("notifications could not be delivered; they are kept");
    } finally {
      delivering.unlock();
    }
  }

  /// Lets a delivery that is under way finish, for a while; what is not delivered then is delivered
  /// after the next start.
  @Override
  public void close() {
    closed.set(true);
    try {
      if (delivering.tryLock(PATIENCE_AT_END.toSeconds(), TimeUnit.SECONDS)) {
        delivering.unlock();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
