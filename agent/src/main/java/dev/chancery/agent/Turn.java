package dev.chancery.agent;

import dev.chancery.agent.EndpointTrust.Trusted;
import dev.chancery.agent.configuration.AgentConfiguration;
import dev.chancery.agent.configuration.AgentConfiguration.FirstProof;
import dev.chancery.agent.configuration.AgentConfiguration.KeyRenewal;
import dev.chancery.agent.configuration.AgentConfiguration.Limits;
import dev.chancery.agent.enrollment.Answer;
import dev.chancery.agent.enrollment.FailedException;
import dev.chancery.agent.enrollment.Failure;
import dev.chancery.agent.enrollment.Proof;
import dev.chancery.agent.hook.Hook;
import dev.chancery.agent.state.CertificateState;
import dev.chancery.agent.state.CertificateState.Held;
import dev.chancery.agent.state.StateFile;
import dev.chancery.agent.store.FreshKey;
import dev.chancery.agent.store.Identity;
import dev.chancery.agent.store.Secrets;
import dev.chancery.agent.store.Store;
import dev.chancery.pki.MalformedException;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.key.KeyPairs;
import dev.chancery.pki.key.SubjectPublicKeyInfo;
import dev.chancery.pki.name.DistinguishedName;
import dev.chancery.pki.name.SubjectNames;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One certificate's turn: finds out from the disk how things stand, and does what is next.
///
/// 1. A version that is whole and not in use yet is put in use.
/// 2. If the certificate is missing, due or wrong: a key is made and stored, the server is asked,
///    and what comes is verified, written as a new version, and put in use.
/// 3. If only anchors or formats have changed, the same pair is written as a new version.
///
/// A turn that is cut off anywhere leaves a pair in use that belongs together, and the next turn
/// goes on from what it finds.
final class Turn {
  /// What brings it about.
  enum Occasion {
    /// It may be due.
    TIME,
    /// Something around it has changed, such as the anchors.
    CHANGE,
    /// Somebody wants a new certificate now.
    DEMAND
  }

  private static final Logger LOG = LoggerFactory.getLogger(Turn.class);

  /// Of the wait that a server asks for, how much more may be added at random.
  private static final double WAIT_JITTER = 0.1;

  private final AgentConfiguration.Certificate settings;
  private final Limits limits;
  private final EndpointTrust trust;
  private final Parts parts;
  private final Store store;
  private final StateFile stateFile;
  private final Hook hook;

  private CertificateState state;

  /// A turn for `settings`.
  ///
  /// @param own the agent's own folder for this certificate
  Turn(
      AgentConfiguration.Certificate settings,
      Limits limits,
      EndpointTrust trust,
      Parts parts,
      Path own) {
    this.settings = settings;
    this.limits = limits;
    this.trust = trust;
    this.parts = parts;
    this.store = new Store(settings.name(), settings.store(), own, parts.files());
    this.stateFile = new StateFile(own, parts.files());
    this.hook = new Hook(settings.name(), settings.store().folder(), settings.hooks());
    this.state = CertificateState.fresh(parts.random().nextDouble());
  }

  /// Takes the turn. Does not throw: what goes wrong is in the state that it returns.
  CertificateState take(Occasion occasion) {
    try {
      stateFile.read().ifPresent(read -> state = read);
      if (occasion != Occasion.TIME || !parts.clock().instant().isBefore(due(settings, state))) {
        work(occasion == Occasion.DEMAND);
      }
    } catch (FailedException e) {
      fail(e.failure(), e.retryAfter());
    } catch (IOException | UncheckedIOException e) {
      fail(new Failure(Failure.Code.FILES, said(e)), Optional.empty());
    } catch (RuntimeException e) {
      LOG.atError()
          .addKeyValue("certificate", settings.name())
          .setCause(e)
          .log("the agent failed on this certificate");
      fail(new Failure(Failure.Code.INTERNAL, said(e)), Optional.empty());
    }
    remember();
    return state;
  }

  private static String said(Exception e) {
    return e.getClass().getSimpleName() + ": " + e.getMessage();
  }

  /// A disk without room for a few hundred bytes is no reason to stop working.
  private void remember() {
    try {
      stateFile.write(state);
    } catch (IOException e) {
      LOG.atError()
          .addKeyValue("certificate", settings.name())
          .addKeyValue("reason", said(e))
          .log("cannot remember what was done; it is found out again from the files");
    }
  }

  private void fail(Failure failure, Optional<Duration> retryAfter) {
    Instant next =
        parts
            .clock()
            .instant()
            .plus(retryAfter.map(this::bounded).orElseGet(() -> backOff(state.failures())));
    state =
        switch (failure.code()) {
          // A decision that is awaited elsewhere is still to come.
          case UNREACHABLE, UNAVAILABLE -> state.interrupted(failure, next);
          case REFUSED, UNTRUSTED, UNUSABLE, NO_PROOF, FILES, HOOK, BUSY, INTERNAL ->
              state.failed(failure, next);
        };
    LOG.atWarn()
        .addKeyValue("certificate", settings.name())
        .addKeyValue("code", failure.code().id())
        .addKeyValue("reason", failure.what())
        .addKeyValue("failures", state.failures())
        .addKeyValue("next", state.due())
        .log("no success; what was there stays");
  }

  /// What a server asks for counts, and a little more, since it asks others for the same. But none
  /// makes the agent hammer at it, or wait until its certificate has expired.
  private Duration bounded(Duration asked) {
    Duration least = limits.firstDelay();
    Duration wait = stretched(asked.compareTo(least) < 0 ? least : asked);
    return wait.compareTo(limits.longestDelay()) > 0 ? limits.longestDelay() : wait;
  }

  /// Doubles with each failure up to the limit, and varies by half in either direction.
  private Duration backOff(int failures) {
    long first = limits.firstDelay().toMillis();
    long longest = limits.longestDelay().toMillis();
    long doubled =
        failures > 30 ? longest : Math.min(longest, Math.max(1, first) << Math.min(failures, 30));
    return Duration.ofMillis(
        Math.min(longest, (long) (doubled * (0.5 + parts.random().nextDouble()))));
  }

  private void work(boolean asked) throws IOException {
    store.recover();
    Trusted trusted = trust.current();
    Optional<Identity> found = inUse();
    Optional<Identity> inUse = finishDelivery(trusted, found);
    // One that was delivered just now is what was wanted.
    boolean demanded = asked && inUse.equals(found);
    state = state.holding(inUse.map(identity -> Held.of(identity.certificate())));
    if (inUse.isEmpty() || demanded || state.waiting() || wantsAnother(inUse.get(), trusted)) {
      ask(inUse, trusted, true);
    } else if (!state.layout().equals(layout(settings, trusted))) {
      deliver(store.write(inUse.get(), trusted.anchors().anchors()), inUse.get(), trusted);
    } else {
      settle(inUse.get(), trusted);
    }
  }

  private Optional<Identity> inUse() throws IOException {
    OptionalLong version = store.current();
    return version.isPresent() ? store.read(version.getAsLong()) : Optional.empty();
  }

  private boolean wantsAnother(Identity inUse, Trusted trusted) {
    return !parts
            .clock()
            .instant()
            .isBefore(renewal(settings, Held.of(inUse.certificate()), state.draw()))
        || Verification.missingName(settings, inUse.certificate()).isPresent()
        || Verification.issuerIsGone(inUse.certificate(), trusted);
  }

  /// When a certificate in that state is to be worked on. By the settings of today: they may have
  /// changed since the state was written.
  static Instant due(AgentConfiguration.Certificate settings, CertificateState state) {
    if (state.failures() > 0 || state.waiting()) {
      return state.due();
    }
    return state.delivering() != 0
        ? Instant.EPOCH
        : state
            .certificate()
            .map(held -> renewal(settings, held, state.draw()))
            .orElse(Instant.EPOCH);
  }

  /// When a certificate is to be renewed.
  static Instant renewal(AgentConfiguration.Certificate settings, Held held, double draw) {
    double lifetime = Duration.between(held.notBefore(), held.notAfter()).toMillis();
    double left = lifetime * (settings.renewBefore() + settings.jitter() * draw);
    return held.notAfter().minusMillis((long) left);
  }

  /// What decides about the files beside key and certificate: when it is another, a turn has a
  /// look.
  static String layout(AgentConfiguration.Certificate settings, Trusted trusted) {
    AgentConfiguration.Store store = settings.store();
    return String.join(
        ",",
        store.formats().toString(),
        store.owner(),
        store.group(),
        store.mode(),
        store.keyMode(),
        settings.subject().toString(),
        settings.alternatives().toString(),
        trusted.digest());
  }

  /// Goes on where an earlier turn was cut off, or where a hook failed: with a version that is
  /// whole and newer than the one in use, or whose last hook may not have run.
  private Optional<Identity> finishDelivery(Trusted trusted, Optional<Identity> inUse)
      throws IOException {
    long current = store.current().orElse(0);
    List<Long> versions = store.versions();
    long newest = versions.isEmpty() ? 0 : versions.getLast();
    if (newest <= current && (state.delivering() == 0 || state.delivering() != current)) {
      return inUse;
    }
    Optional<Identity> candidate = store.read(newest);
    if (candidate.isPresent() && isGood(candidate.get(), trusted)) {
      deliver(newest, candidate.get(), trusted);
      return candidate;
    }
    if (newest > current) {
      store.discard(newest);
    }
    return inUse;
  }

  private boolean isGood(Identity candidate, Trusted trusted) {
    try {
      verified(candidate.certificate(), candidate.chain(), candidate.keyPair(), trusted);
      return true;
    } catch (FailedException e) {
      LOG.atInfo()
          .addKeyValue("certificate", settings.name())
          .addKeyValue("reason", e.failure().what())
          .log("a version that was not in use yet is of no use any more");
      return false;
    }
  }

  private List<Certificate> verified(
      Certificate leaf, List<Certificate> others, KeyPair key, Trusted trusted) {
    return Verification.chain(
        leaf,
        others,
        SubjectPublicKeyInfo.of(key.getPublic()),
        settings,
        trusted,
        parts.clock().instant());
  }

  /// Asks for a certificate.
  ///
  /// @param again whether to look for new anchors and ask once more if those there are do not do
  private void ask(Optional<Identity> inUse, Trusted trusted, boolean again) throws IOException {
    FreshKey key = key(inUse);
    Answer answer = answer(inUse, trusted, key.keyPair());
    switch (answer) {
      case Answer.Issued issued -> {
        try {
          install(issued, key, trusted);
        } catch (FailedException e) {
          if (e.failure().code() != Failure.Code.UNTRUSTED || !again || !trust.refresh()) {
            throw e;
          }
          ask(inUse, trust.current(), false);
        }
      }
      case Answer.Pending pending -> {
        state =
            state.waitingUntil(
                parts
                    .clock()
                    .instant()
                    .plus(
                        pending
                            .retryAfter()
                            .map(this::stretched)
                            .orElseGet(() -> backOff(state.polls()))));
        LOG.atInfo()
            .addKeyValue("certificate", settings.name())
            .addKeyValue("next", state.due())
            .log("somebody has to decide; waiting");
      }
      case Answer.Refused refused ->
          fail(new Failure(Failure.Code.REFUSED, refused.what()), refused.retryAfter());
      case Answer.Later later ->
          fail(new Failure(Failure.Code.UNAVAILABLE, later.what()), later.retryAfter());
      case Answer.Failed failed -> {
        if (failed.failure().code() == Failure.Code.UNTRUSTED && again && trust.refresh()) {
          ask(inUse, trust.current(), false);
        } else {
          throw new FailedException(failed.failure().code(), failed.failure().what());
        }
      }
    }
  }

  private Duration stretched(Duration wait) {
    double stretch = 1 + WAIT_JITTER * parts.random().nextDouble();
    return Duration.ofMillis((long) (wait.toMillis() * stretch));
  }

  /// The key to be certified: the one that waits already, so that a request which was sent before
  /// is the same request; or the one in use, if it shall stay; or a fresh one.
  private FreshKey key(Optional<Identity> inUse) throws IOException {
    if (settings.keyRenewal() == KeyRenewal.KEEP
        && inUse.isPresent()
        && inUse
            .get()
            .certificate()
            .subjectPublicKeyInfo()
            .type()
            .filter(type -> type == settings.keyType())
            .isPresent()) {
      return new FreshKey(inUse.get().keyPair(), inUse.get().alias());
    }
    Optional<FreshKey> waiting = store.waitingKey();
    if (waiting.isPresent()
        && SubjectPublicKeyInfo.of(waiting.get().keyPair().getPublic())
            .type()
            .filter(type -> type == settings.keyType())
            .isPresent()) {
      return waiting.get();
    }
    return store.freshKey(settings.keyType());
  }

  /// A renewal by the certificate in use, where there is one with the right names; with what the
  /// first one was got with, where that does not do.
  private Answer answer(Optional<Identity> inUse, Trusted trusted, KeyPair key) throws IOException {
    if (inUse.isPresent()
        && Verification.missingName(settings, inUse.get().certificate()).isEmpty()) {
      Proof.Holder holder = new Proof.Holder(inUse.get().key(), inUse.get().chain());
      SubjectNames names = inUse.get().certificate().names();
      Answer answer =
          state.waiting()
              ? trust.enroller().pollRenewal(trusted.anchors(), holder, key, names)
              : trust.enroller().renew(trusted.anchors(), holder, key, names);
      if (!(answer instanceof Answer.Refused refused)
          || settings.firstProof() instanceof FirstProof.None) {
        return answer;
      }
      LOG.atInfo()
          .addKeyValue("certificate", settings.name())
          .addKeyValue("reason", refused.what())
          .log("the renewal is refused; enrolling anew");
    }
    return state.waiting()
        ? trust.enroller().pollEnrollment(trusted.anchors(), firstProof(), key, names())
        : trust.enroller().enroll(trusted.anchors(), firstProof(), key, names());
  }

  private Proof firstProof() throws IOException {
    return switch (settings.firstProof()) {
      case FirstProof.Credential credential ->
          new Proof.Credential(credential.id(), Secrets.firstLine(credential.secretFile()));
      case FirstProof.Held held -> {
        try {
          Identity identity =
              Identity.of(
                      KeyPairs.privateKeyOf(Files.readString(held.keyFile())),
                      Certificate.parsePem(Files.readString(held.certificateFile())),
                      Optional.empty())
                  .orElseThrow(() ->
                      new FailedException(
                          Failure.Code.NO_PROOF,
                          held.keyFile() + " is not the key of " + held.certificateFile()));
          yield new Proof.Holder(identity.key(), identity.chain());
        } catch (MalformedException e) {
          throw new FailedException(
              Failure.Code.NO_PROOF, "the first-certificate: " + e.safeMessage(), e);
        }
      }
      case FirstProof.None none ->
          throw new FailedException(
              Failure.Code.NO_PROOF,
              "there is neither a certificate to renew nor a credential to enrol with");
    };
  }

  private SubjectNames names() {
    return new SubjectNames(
        settings.subject().orElseGet(() -> DistinguishedName.parse("")), settings.alternatives());
  }

  private void install(Answer.Issued issued, FreshKey key, Trusted trusted) throws IOException {
    List<Certificate> chain =
        verified(issued.certificate(), issued.others(), key.keyPair(), trusted);
    Identity identity =
        Identity.of(key.keyPair().getPrivate(), chain, key.alias())
            .orElseThrow(() ->
                new FailedException(
                    Failure.Code.UNUSABLE, "the certificate that came is for another key"));
    deliver(store.write(identity, trusted.anchors().anchors()), identity, trusted);
  }

  /// Puts a version in use, between its hooks. From the first line on, a turn that is cut off is
  /// finished by the next.
  private void deliver(long version, Identity identity, Trusted trusted) throws IOException {
    OptionalLong previous =
        store.versions().stream().filter(other -> other < version).mapToLong(Long::longValue).max();
    state = state.delivering(version);
    stateFile.write(state);
    try {
      hook.run(Hook.Event.BEFORE);
    } catch (FailedException e) {
      state = state.delivering(0);
      throw e;
    }
    store.activate(version);
    try {
      hook.run(Hook.Event.AFTER);
    } catch (FailedException e) {
      if (previous.isPresent()) {
        rollBack(previous.getAsLong(), e);
      }
      throw e;
    }
    settleWaitingKey(identity);
    store.prune();
    boolean renewed =
        !state
            .certificate()
            .map(Held::sha256)
            .equals(Optional.of(identity.certificate().sha256Hex()));
    settle(identity, trusted);
    LOG.atInfo()
        .addKeyValue("certificate", settings.name())
        .addKeyValue("subject", identity.certificate().names())
        .addKeyValue("serial", identity.certificate().serialNumber())
        .addKeyValue("expires", identity.certificate().notAfter())
        .addKeyValue("next", state.due())
        .log(renewed ? "a new certificate is in use" : "the files have been written anew");
    parts.listener().inUse(settings.name(), identity, trusted.anchors().anchors());
  }

  /// The old files again, and the hook once more, so that whoever uses them takes them back. The
  /// new version stays and is tried again: there is no need to bother the CA.
  private void rollBack(long previous, FailedException why) throws IOException {
    Instant now = parts.clock().instant();
    if (store.read(previous).filter(old -> old.certificate().isValidAt(now)).isEmpty()) {
      return; // Better a valid one that somebody does not like.
    }
    store.activate(previous);
    state = state.delivering(0);
    try {
      hook.run(Hook.Event.ROLLBACK);
    } catch (FailedException again) {
      throw new FailedException(
          Failure.Code.HOOK,
          why.failure().what() + "; the old files are back, but then " + again.failure().what(),
          again);
    }
  }

  private void settleWaitingKey(Identity identity) throws IOException {
    Optional<FreshKey> waiting = store.waitingKey();
    if (waiting.isPresent()) {
      SubjectPublicKeyInfo key = SubjectPublicKeyInfo.of(waiting.get().keyPair().getPublic());
      store.settleKey(key.equals(identity.certificate().subjectPublicKeyInfo()));
    }
  }

  private void settle(Identity identity, Trusted trusted) {
    Held held = Held.of(identity.certificate());
    boolean same = state.certificate().map(Held::sha256).equals(Optional.of(held.sha256()));
    double draw = same ? state.draw() : parts.random().nextDouble();
    state =
        state.settled(held, draw, layout(settings, trusted)).withDue(renewal(settings, held, draw));
  }
}
