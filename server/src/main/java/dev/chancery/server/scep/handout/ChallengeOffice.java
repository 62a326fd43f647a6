package dev.chancery.server.scep.handout;

import dev.chancery.authority.Refusal;
import dev.chancery.authority.credential.Binding;
import dev.chancery.authority.credential.CredentialRecord;
import dev.chancery.authority.credential.Credentials;
import dev.chancery.scep.responder.MscepPassword;
import java.time.Clock;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;

/// Makes the one-time credentials of one endpoint, and no more than may be outstanding. Each is
/// good for one certificate, at this endpoint, within its names. Thread-safe.
final class ChallengeOffice {
  /// Those that were made before the last start are found among so many of the newest.
  private static final int LOOK_BACK = 2_000;

  private final HandOutSettings settings;
  private final Credentials credentials;
  private final Clock clock;
  private final ReentrantLock handing = new ReentrantLock();
  private final Set<String> outstanding = new LinkedHashSet<>();
  private boolean lookedBack;

  ChallengeOffice(HandOutSettings settings, Credentials credentials, Clock clock) {
    this.settings = settings;
    this.credentials = credentials;
    this.clock = clock;
  }

  /// What came of asking for one.
  sealed interface Answer {}

  /// As many are outstanding as may be.
  record Full() implements Answer {
    /// For the audit.
    static Refusal refusal(HandOutSettings settings) {
      return new Refusal(
          Refusal.Code.RATE_LIMITED,
          settings.outstanding() + " challenges of " + settings.endpoint().name() + " are unused",
          "wait until devices have used them or their time is over, revoke some, or raise"
              + " hand-out.outstanding");
    }
  }

  /// A challenge.
  ///
  /// @param text as the device sends it
  record Challenge(String text, Instant expiresAt) implements Answer {
    /// Secrets stay out of logs.
    @Override
    public String toString() {
      return "Challenge[until " + expiresAt + "]";
    }
  }

  /// Makes one, if there is room.
  ///
  /// @param binding the device that it is for, if that is known
  Answer make(Binding binding) {
    handing.lock();
    try {
      return count() < settings.outstanding() ? made(binding) : new Full();
    } finally {
      handing.unlock();
    }
  }

  private Challenge made(Binding binding) {
    String actor = "mdm:" + settings.endpoint().name() + "/" + settings.account().user();
    return switch (settings.form()) {
      case NDES -> {
        MscepPassword password = MscepPassword.fresh();
        yield handed(
            credentials.create(
                order(Optional.of(password.id()), binding), password.secret(), actor),
            password.text());
      }
      case JAMF -> {
        Credentials.Created created = credentials.create(order(Optional.empty(), binding), actor);
        yield handed(created, created.credential().id() + ":" + created.secret());
      }
    };
  }

  private Challenge handed(Credentials.Created created, String text) {
    outstanding.add(created.credential().id());
    return new Challenge(text, created.credential().expiresAt());
  }

  private Credentials.Order order(Optional<String> id, Binding binding) {
    return new Credentials.Order(
        id,
        new CredentialRecord.EntitledNames.Within(settings.names()),
        settings.endpoint().profile(),
        List.of(settings.endpoint().name()),
        1,
        settings.lifetime(),
        Optional.empty(),
        binding);
  }

  /// How many are unused. They are looked at one by one only when there seem to be too many.
  private int count() {
    if (!lookedBack) {
      credentials.list(LOOK_BACK).stream()
          .filter(this::isOurs)
          .filter(this::isUsable)
          .forEach(record -> outstanding.add(record.id()));
      lookedBack = true;
    }
    if (outstanding.size() >= settings.outstanding()) {
      outstanding.removeIf(id -> credentials.find(id).filter(this::isUsable).isEmpty());
    }
    return outstanding.size();
  }

  private boolean isOurs(CredentialRecord record) {
    return record.endpoints().equals(List.of(settings.endpoint().name()))
        && record.uses() == 1
        && record.names().equals(new CredentialRecord.EntitledNames.Within(settings.names()));
  }

  private boolean isUsable(CredentialRecord record) {
    return record.usesLeft() > 0
        && record.revokedAt().isEmpty()
        && clock.instant().isBefore(record.expiresAt());
  }
}
