package dev.chancery.server.scep;

import dev.chancery.authority.ledger.LedgerUnavailableException;
import dev.chancery.authority.notification.NotificationReceiver;
import dev.chancery.authority.notification.Notifications;
import dev.chancery.authority.requester.ExternalAuthentication;
import dev.chancery.authority.requester.ExternalAuthoriser;
import dev.chancery.scep.responder.Decisions;
import dev.chancery.server.configuration.Configuration;
import dev.chancery.server.configuration.Configuration.DeviceManagement;
import dev.chancery.server.scep.intune.IntuneAuthoriser;
import dev.chancery.server.scep.webhook.WebhookAuthoriser;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
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
  private final Clock clock;
  private final AtomicReference<Map<String, ExternalAuthoriser>> authorisers =
      new AtomicReference<>(Map.of());
  private final AtomicBoolean awake = new AtomicBoolean();
  private final AtomicBoolean closed = new AtomicBoolean();
  private final ReentrantLock delivering = new ReentrantLock();

  public DeviceManagers(Notifications notifications, Clock clock) {
    this.notifications = notifications;
    this.clock = clock;
  }

  /// Takes over a configuration: decisions and notifications follow it from now on.
  public Decisions decisions(DeviceManagement settings, ExternalAuthentication authentication) {
    Map<String, ExternalAuthoriser> fresh = new HashMap<>();
    for (Configuration.Decision decision : settings.decisions()) {
      fresh.put(
          decision.endpoint(),
          switch (decision.decider()) {
            case Configuration.Decider.Webhook(var webhook) ->
                new WebhookAuthoriser(webhook, clock);
            case Configuration.Decider.Intune(var intune) -> new IntuneAuthoriser(intune, clock);
          });
    }
    authorisers.set(Map.copyOf(fresh));
    return new Decisions(fresh, authentication, this::wake);
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
