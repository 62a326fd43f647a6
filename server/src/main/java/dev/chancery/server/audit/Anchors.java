package dev.chancery.server.audit;

import dev.chancery.authority.audit.Checkpoint;
import dev.chancery.server.configuration.Configuration;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Tells every anchor of the newest checkpoint, again and again until it has taken it. Older ones
/// are not caught up on: the newest vouches for everything before it. An anchor that cannot be
/// reached keeps nobody from getting certificates. Thread-safe.
public final class Anchors {
  private static final Logger LOG = LoggerFactory.getLogger(Anchors.class);

  private static final class Told {
    private final Anchor anchor;
    private Optional<Checkpoint> owed = Optional.empty();

    Told(Anchor anchor) {
      this.anchor = anchor;
    }
  }

  private final List<Told> all = new ArrayList<>();
  private final ReentrantLock oneAtATime = new ReentrantLock();

  Anchors(List<Anchor> anchors) {
    anchors.forEach(anchor -> all.add(new Told(anchor)));
  }

  /// Those that are configured.
  public static Anchors of(Configuration.Audit settings) {
    List<Anchor> anchors = new ArrayList<>();
    settings.checkpointCopy().ifPresent(path -> anchors.add(new FileAnchor(path)));
    settings.syslog().ifPresent(syslog -> anchors.add(new SyslogAnchor(syslog)));
    return new Anchors(anchors);
  }

  /// Hands out a checkpoint, and what was not taken the last time.
  ///
  /// @param fresh one that has just been signed, if there is one
  public void publish(Optional<Checkpoint> fresh) {
    oneAtATime.lock();
    try {
      for (Told told : all) {
        if (fresh.isPresent()) {
          told.owed = fresh;
        }
        told.owed.ifPresent(checkpoint -> tell(told, checkpoint));
      }
    } finally {
      oneAtATime.unlock();
    }
  }

  private static void tell(Told told, Checkpoint checkpoint) {
    try {
      told.anchor.publish(checkpoint);
      told.owed = Optional.empty();
    } catch (IOException e) {
      LOG.atError()
          .setCause(e)
          .addKeyValue("anchor", told.anchor.name())
          .addKeyValue("checkpoint", checkpoint.sequence())
          .log("an audit checkpoint could not be handed over; it is tried again");
    }
  }
}
