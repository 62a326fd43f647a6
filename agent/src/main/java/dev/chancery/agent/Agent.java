package dev.chancery.agent;

import dev.chancery.agent.configuration.AgentConfiguration;
import dev.chancery.agent.configuration.AgentConfiguration.Endpoint;
import dev.chancery.agent.enrollment.FailedException;
import dev.chancery.agent.enrollment.Failure;
import dev.chancery.agent.state.CertificateState;
import dev.chancery.agent.state.StateFile;
import dev.chancery.agent.store.Disk;
import dev.chancery.agent.store.Identity;
import dev.chancery.agent.store.Store;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Keeps the configured certificates: plans when each has its [Turn], and sees to it that there are
/// not too many at a time. One thread plans and sleeps in between; each turn runs on a virtual
/// thread. Thread-safe.
///
/// Two agents may share a state folder, such as a service and somebody who calls `chancery agent
/// renew`: a certificate is worked on by one at a time.
public final class Agent implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Agent.class);

  /// Clocks jump and machines sleep, so no nap is longer.
  private static final Duration LONGEST_NAP = Duration.ofMinutes(1);

  /// When to come back to a certificate that another process works on.
  private static final Duration BUSY_DELAY = Duration.ofSeconds(10);

  private static final Duration METRICS_INTERVAL = Duration.ofSeconds(15);
  private static final Duration METRICS_AT_LEAST_EVERY = Duration.ofHours(1);
  private static final Duration REFRESH_RETRY = Duration.ofHours(1);
  private static final Duration LEAST_REFRESH_RETRY = Duration.ofMinutes(1);
  private static final double REFRESH_JITTER = 0.1;

  /// What the plan holds: one certificate or one endpoint.
  private sealed interface Task {}

  private record CertificateTask(String name) implements Task {}

  private record EndpointTask(String name) implements Task {}

  /// @param number of the latest plan for the task; with another one it is void
  private record Planned(Instant due, Task task, Turn.Occasion occasion, long number) {}

  /// A configured certificate and how it stands.
  private static final class Watched {
    private final AgentConfiguration.Certificate settings;
    private CertificateState state;
    private boolean busy;

    Watched(AgentConfiguration.Certificate settings, CertificateState state) {
      this.settings = settings;
      this.state = state;
    }
  }

  private final Parts parts;

  /// Guards everything below.
  private final ReentrantLock lock = new ReentrantLock();

  private final Condition changed = lock.newCondition();
  private final PriorityQueue<Planned> plan =
      new PriorityQueue<>(Comparator.comparing(Planned::due));
  private final Map<Task, Long> valid = new HashMap<>();

  /// Tasks for which a change was planned while they were under way.
  private final Set<Task> changes = new HashSet<>();

  private final Map<String, Watched> watched = new LinkedHashMap<>();
  private final Map<String, EndpointTrust> trusts = new HashMap<>();
  private AgentConfiguration configuration;
  private Rate rate;
  private long lastNumber;
  private int running;
  private boolean closed;
  private boolean metricsDue = true;
  private Instant metricsWritten = Instant.EPOCH;
  private @Nullable Thread planner;

  private Agent(AgentConfiguration configuration, Parts parts) {
    this.configuration = configuration;
    this.parts = parts;
    this.rate = new Rate(configuration.limits().perMinute(), parts.clock().instant());
  }

  /// An agent that knows how things stand and does nothing yet.
  public static Agent open(AgentConfiguration configuration, Clock clock) {
    return open(configuration, Parts.real(clock));
  }

  /// An agent with parts of the caller's choice.
  public static Agent open(AgentConfiguration configuration, Parts parts) {
    Agent agent = new Agent(configuration, parts);
    agent.reload(configuration);
    return agent;
  }

  /// How the certificates stand, by what is on disk. Asks no server and changes nothing.
  public static List<CertificateStatus> status(AgentConfiguration configuration, Clock clock) {
    List<CertificateStatus> all = new ArrayList<>();
    for (AgentConfiguration.Certificate one : configuration.certificates()) {
      Path own = folderOf(configuration, one.name());
      try {
        CertificateState state =
            new StateFile(own, new Disk()).read().orElseGet(() -> CertificateState.fresh(0));
        all.add(CertificateStatus.of(one.name(), one.store().folder(), state, clock.instant()));
      } catch (IOException e) {
        throw new UncheckedIOException("cannot read the state of " + one.name(), e);
      }
    }
    return all;
  }

  /// Works by another configuration from now on. Turns under way end by the old one.
  public void reload(AgentConfiguration next) {
    lock.lock();
    try {
      configuration = next;
      rate = new Rate(next.limits().perMinute(), parts.clock().instant());
      plan.clear();
      valid.clear();
      changes.clear();
      trusts.clear();
      watched.clear();
      Instant now = parts.clock().instant();
      for (Endpoint endpoint : next.endpoints().values()) {
        EndpointTrust trust =
            new EndpointTrust(
                endpoint,
                next.stateFolder(),
                parts.enrollers().apply(endpoint),
                parts.files(),
                parts.clock());
        trusts.put(endpoint.name(), trust);
        planFirstRefresh(trust, now);
      }
      for (AgentConfiguration.Certificate one : next.certificates()) {
        watch(one);
      }
      metricsDue = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void watch(AgentConfiguration.Certificate one) {
    CertificateState state;
    try {
      state =
          new StateFile(folderOf(configuration, one.name()), parts.files())
              .read()
              .orElseGet(() -> CertificateState.fresh(parts.random().nextDouble()));
    } catch (IOException e) {
      LOG.atError()
          .addKeyValue("certificate", one.name())
          .addKeyValue("reason", e.toString())
          .log("cannot read the remembered state; finding out from the files");
      state = CertificateState.fresh(parts.random().nextDouble());
    }
    watched.put(one.name(), new Watched(one, state));
    // Not sooner than a failure or a server has said, even if there is something to change.
    boolean other = state.failures() == 0 && !state.waiting() && layoutChanged(one, state);
    plan(
        new CertificateTask(one.name()),
        other ? parts.clock().instant() : Turn.due(one, state),
        other ? Turn.Occasion.CHANGE : Turn.Occasion.TIME);
  }

  private boolean layoutChanged(AgentConfiguration.Certificate one, CertificateState state) {
    try {
      EndpointTrust trust = trusts.get(one.endpoint());
      return trust != null
          && trust
              .known()
              .map(trusted -> !state.layout().equals(Turn.layout(one, trusted)))
              .orElse(true);
    } catch (IOException | FailedException e) {
      // The turn will say so.
      return true;
    }
  }

  /// Plans a task, in place of what was planned for it.
  private void plan(Task task, Instant due, Turn.Occasion occasion) {
    long number = ++lastNumber;
    valid.put(task, number);
    plan.add(new Planned(due, task, occasion, number));
  }

  private boolean isValid(Planned planned) {
    return valid.getOrDefault(planned.task(), 0L) == planned.number();
  }

  /// The first time at once: only the server knows which CA certificates there are beside those
  /// that were configured.
  private void planFirstRefresh(EndpointTrust trust, Instant now) {
    Instant last;
    try {
      last = trust.refreshed();
    } catch (IOException | FailedException e) {
      // The turns will say so.
      last = now;
    }
    plan(
        new EndpointTask(trust.endpoint().name()),
        last.equals(Instant.EPOCH) ? now : last.plus(stretched(trust.endpoint().refresh())),
        Turn.Occasion.TIME);
  }

  private Duration stretched(Duration duration) {
    double stretch = 1 + REFRESH_JITTER * parts.random().nextDouble();
    return Duration.ofMillis((long) (duration.toMillis() * stretch));
  }

  private static Path folderOf(AgentConfiguration configuration, String name) {
    return configuration.stateFolder().resolve("certificates").resolve(name);
  }

  /// Starts to work, until [#close].
  public void start() {
    lock.lock();
    try {
      if (planner == null) {
        planner = Thread.ofPlatform().name("agent").start(() -> work(false));
      }
    } finally {
      lock.unlock();
    }
  }

  /// Does what is due now, waits for it, and returns how things stand then.
  public List<CertificateStatus> runOnce() {
    work(true);
    return status();
  }

  /// Asks for a new certificate now, whether it is due or not, and waits for what comes of it.
  ///
  /// @throws FailedException if another process is working on it
  /// @throws IllegalArgumentException if none has that name
  public CertificateStatus renew(String name) {
    Watched one;
    lock.lock();
    try {
      one = watched.get(name);
      if (one == null) {
        throw new IllegalArgumentException("there is no certificate \"" + name + "\"");
      }
      while (one.busy) {
        changed.awaitUninterruptibly();
      }
      one.busy = true;
      running++;
    } finally {
      lock.unlock();
    }
    if (turn(one, Turn.Occasion.DEMAND).isEmpty()) {
      throw new FailedException(
          Failure.Code.BUSY, "another process is working on \"" + name + "\"; try again");
    }
    return statusOf(one);
  }

  /// Asks an endpoint for its CA certificates now.
  ///
  /// @return true if they have changed; the certificates follow
  /// @throws FailedException if there is no usable answer
  /// @throws IllegalArgumentException if none has that name
  public boolean refresh(String endpoint) {
    EndpointTrust trust;
    lock.lock();
    try {
      trust = trusts.get(endpoint);
    } finally {
      lock.unlock();
    }
    if (trust == null) {
      throw new IllegalArgumentException("there is no endpoint \"" + endpoint + "\"");
    }
    try {
      boolean other = trust.refresh();
      if (other) {
        follow(endpoint);
      }
      return other;
    } catch (IOException e) {
      throw new FailedException(Failure.Code.FILES, e.toString(), e);
    }
  }

  /// How the certificates stand, in the order of the configuration.
  public List<CertificateStatus> status() {
    lock.lock();
    try {
      Instant now = parts.clock().instant();
      return watched.values().stream().map(one -> status(one, now)).toList();
    } finally {
      lock.unlock();
    }
  }

  private CertificateStatus statusOf(Watched one) {
    lock.lock();
    try {
      return status(one, parts.clock().instant());
    } finally {
      lock.unlock();
    }
  }

  private static CertificateStatus status(Watched one, Instant now) {
    return CertificateStatus.of(one.settings.name(), one.settings.store().folder(), one.state, now);
  }

  /// The key and certificate in use, read from the files.
  public Optional<Identity> identity(String name) {
    Watched one;
    Path own;
    lock.lock();
    try {
      one = watched.get(name);
      own = folderOf(configuration, name);
    } finally {
      lock.unlock();
    }
    if (one == null) {
      return Optional.empty();
    }
    try {
      Store store = new Store(name, one.settings.store(), own, parts.files());
      OptionalLong version = store.current();
      return version.isPresent() ? store.read(version.getAsLong()) : Optional.empty();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + one.settings.store().folder(), e);
    }
  }

  /// What is believed of the servers at `endpoint`, as far as that is known by now.
  public List<dev.chancery.pki.certificate.Certificate> anchors(String endpoint) {
    EndpointTrust trust;
    lock.lock();
    try {
      trust = trusts.get(endpoint);
    } finally {
      lock.unlock();
    }
    try {
      return trust == null
          ? List.of()
          : trust.known().map(trusted -> trusted.anchors().anchors()).orElse(List.of());
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read the anchors of " + endpoint, e);
    }
  }

  // The planner

  private void work(boolean once) {
    lock.lock();
    try {
      while (!closed) {
        Instant now = parts.clock().instant();
        writeMetrics(now, false);
        if (closed) {
          return;
        }
        Duration nap = startDue(now);
        if (once && running == 0 && nothingDue(parts.clock().instant())) {
          metricsDue = true;
          writeMetrics(parts.clock().instant(), true);
          return;
        }
        if (nap.isPositive()) {
          // Woken early or not, the loop looks again.
          boolean woken = changed.await(nap.toMillis(), TimeUnit.MILLISECONDS);
          LOG.trace("looking again, woken {}", woken);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      closed = true;
    } finally {
      lock.unlock();
    }
  }

  private boolean nothingDue(Instant now) {
    Planned next = plan.peek();
    return next == null || next.due().isAfter(now);
  }

  /// Starts what is due and allowed, and returns how long nothing else will be.
  private Duration startDue(Instant now) {
    while (true) {
      Planned next = plan.peek();
      if (next == null) {
        return LONGEST_NAP;
      }
      if (!isValid(next)) {
        plan.poll();
        continue;
      }
      if (next.due().isAfter(now)) {
        Duration left = Duration.between(now, next.due()).plusMillis(1);
        return left.compareTo(LONGEST_NAP) < 0 ? left : LONGEST_NAP;
      }
      if (running >= configuration.limits().concurrent()) {
        return LONGEST_NAP;
      }
      if (!rate.take(now)) {
        return rate.untilNext();
      }
      plan.poll();
      begin(next);
    }
  }

  private void begin(Planned planned) {
    switch (planned.task()) {
      case CertificateTask(String name) -> {
        Watched one = watched.get(name);
        if (one == null) {
          return;
        }
        if (one.busy) {
          // The turn under way may have looked before the change.
          plan(planned.task(), parts.clock().instant().plus(BUSY_DELAY), planned.occasion());
          return;
        }
        one.busy = true;
        running++;
        Thread.ofVirtual().name("agent-" + name).start(() -> turn(one, planned.occasion()));
      }
      case EndpointTask(String name) -> {
        EndpointTrust trust = trusts.get(name);
        if (trust != null) {
          running++;
          Thread.ofVirtual().name("agent-" + name).start(() -> refresh(trust));
        }
      }
    }
  }

  private void refresh(EndpointTrust trust) {
    Duration next = trust.endpoint().refresh();
    try {
      if (trust.refresh()) {
        follow(trust.endpoint().name());
      }
    } catch (FailedException e) {
      LOG.atWarn()
          .addKeyValue("endpoint", trust.endpoint().name())
          .addKeyValue("reason", e.failure().what())
          .log("the CA certificates could not be asked for; keeping what is there");
      // When the server wants, if that is not at once, and not later than without a failure.
      Duration wanted =
          e.retryAfter()
              .filter(asked -> asked.compareTo(LEAST_REFRESH_RETRY) > 0)
              .orElse(REFRESH_RETRY);
      next = next.compareTo(wanted) < 0 ? next : wanted;
    } catch (IOException e) {
      LOG.atWarn()
          .addKeyValue("endpoint", trust.endpoint().name())
          .addKeyValue("reason", e.toString())
          .log("the CA certificates could not be stored; keeping what is there");
      next = next.compareTo(REFRESH_RETRY) < 0 ? next : REFRESH_RETRY;
    } catch (RuntimeException e) {
      LOG.atError()
          .addKeyValue("endpoint", trust.endpoint().name())
          .setCause(e)
          .log("the CA certificates could not be asked for");
    } finally {
      lock.lock();
      try {
        running--;
        if (trusts.get(trust.endpoint().name()) == trust) {
          plan(
              new EndpointTask(trust.endpoint().name()),
              parts.clock().instant().plus(stretched(next)),
              Turn.Occasion.TIME);
        }
        changed.signalAll();
      } finally {
        lock.unlock();
      }
    }
  }

  /// Lets the endpoint's certificates have a look at what has changed, now.
  private void follow(String endpoint) {
    lock.lock();
    try {
      Instant now = parts.clock().instant();
      watched.forEach((name, one) -> {
        if (one.settings.endpoint().equals(endpoint)) {
          Task task = new CertificateTask(name);
          plan(task, now, Turn.Occasion.CHANGE);
          if (one.busy) {
            changes.add(task);
          }
        }
      });
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /// A turn of a certificate that was marked as busy.
  ///
  /// @return the state after it; empty if another process works on that certificate
  private Optional<CertificateState> turn(Watched one, Turn.Occasion occasion) {
    Optional<CertificateState> after = Optional.empty();
    try {
      after = turnOfOurs(one, occasion);
    } finally {
      lock.lock();
      try {
        one.busy = false;
        running--;
        after.ifPresent(state -> one.state = state);
        Task task = new CertificateTask(one.settings.name());
        if (watched.get(one.settings.name()) == one) {
          boolean change = isChangePlanned(task);
          if (change && after.filter(state -> isBehind(one.settings, state)).isPresent()) {
            // The turn looked before the change: now it is its time.
            plan(task, parts.clock().instant(), Turn.Occasion.CHANGE);
          } else if (!change) {
            Instant next =
                after
                    .map(CertificateState::due)
                    .orElseGet(() -> parts.clock().instant().plus(BUSY_DELAY));
            plan(task, next, after.isEmpty() ? occasion : Turn.Occasion.TIME);
          }
        }
        metricsDue = true;
        changed.signalAll();
      } finally {
        lock.unlock();
      }
    }
    return after;
  }

  /// True if what is installed is not laid out for what is believed now.
  private boolean isBehind(AgentConfiguration.Certificate one, CertificateState state) {
    return !state.layout().isEmpty() && layoutChanged(one, state);
  }

  /// True if a change came in while the turn was under way, so that another one has to look.
  private boolean isChangePlanned(Task task) {
    return changes.remove(task);
  }

  /// The turn, unless another process works on that certificate.
  private Optional<CertificateState> turnOfOurs(Watched one, Turn.Occasion occasion) {
    AgentConfiguration settings;
    EndpointTrust trust;
    lock.lock();
    try {
      settings = configuration;
      trust = trusts.get(one.settings.endpoint());
    } finally {
      lock.unlock();
    }
    if (trust == null) {
      return Optional.of(one.state);
    }
    Path own = folderOf(settings, one.settings.name());
    try {
      parts.files().createFolder(own, "700");
      try (FileChannel channel =
              FileChannel.open(
                  own.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
          FileLock held = channel.tryLock()) {
        return held == null
            ? Optional.empty()
            : Optional.of(
                new Turn(one.settings, settings.limits(), trust, parts, own).take(occasion));
      }
    } catch (OverlappingFileLockException anotherAgentHere) {
      return Optional.empty();
    } catch (IOException e) {
      LOG.atError()
          .addKeyValue("certificate", one.settings.name())
          .addKeyValue("reason", e.toString())
          .log("the agent's own folder cannot be used");
      return Optional.of(
          one.state.failed(
              new Failure(Failure.Code.FILES, e.toString()),
              parts.clock().instant().plus(settings.limits().firstDelay())));
    }
  }

  private void writeMetrics(Instant now, boolean atOnce) {
    Optional<Path> file = configuration.metricsFile();
    if (file.isEmpty()) {
      return;
    }
    Duration since = Duration.between(metricsWritten, now);
    boolean wanted =
        metricsDue && (atOnce || since.isNegative() || since.compareTo(METRICS_INTERVAL) >= 0);
    if (!wanted && since.compareTo(METRICS_AT_LEAST_EVERY) < 0) {
      return;
    }
    metricsWritten = now;
    metricsDue = false;
    List<CertificateStatus> all = watched.values().stream().map(one -> status(one, now)).toList();
    // Nobody shall wait for a disk.
    lock.unlock();
    try {
      new MetricsFile(file.get(), parts.files()).write(all, now);
    } catch (IOException e) {
      LOG.atWarn()
          .addKeyValue("file", file.get())
          .addKeyValue("reason", e.toString())
          .log("the metrics could not be written");
    } finally {
      lock.lock();
    }
  }

  /// Ends the planning and waits for the turns under way.
  @Override
  public void close() {
    Thread thread;
    lock.lock();
    try {
      closed = true;
      changed.signalAll();
      while (running > 0) {
        changed.awaitUninterruptibly();
      }
      thread = planner;
    } finally {
      lock.unlock();
    }
    if (thread != null) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
