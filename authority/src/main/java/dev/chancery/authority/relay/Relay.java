package dev.chancery.authority.relay;

import dev.chancery.authority.EnrollmentRequest;
import dev.chancery.authority.Refusal;
import dev.chancery.authority.RefusedException;
import dev.chancery.authority.Ticket;
import dev.chancery.authority.audit.AuditEvent;
import dev.chancery.authority.audit.AuditEvent.Action;
import dev.chancery.authority.issuance.Issuers;
import dev.chancery.authority.ledger.Change;
import dev.chancery.authority.ledger.CommitResult;
import dev.chancery.authority.ledger.Ledger;
import dev.chancery.authority.ledger.LedgerUnavailableException;
import dev.chancery.authority.ledger.PendingRecord;
import dev.chancery.authority.ledger.Transaction;
import dev.chancery.authority.policy.Entitlement;
import dev.chancery.authority.policy.Finding;
import dev.chancery.authority.policy.Grant;
import dev.chancery.authority.policy.Policy;
import dev.chancery.authority.profile.Profile;
import dev.chancery.authority.profile.Profiles;
import dev.chancery.pki.name.SubjectNames;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The door for endpoints behind which another CA's server stands: a registration authority's work
/// (RFC 7030 §3.7). Entitlement and policy decide as for our own CAs; what they grant is not
/// redeemed here, but the request sent on as it came. Thread-safe.
///
/// A credential counts as used once the other server has issued or put the request off, not when it
/// refuses (EST-089); until then requests with one credential go one after the other, so that it
/// yields no more certificates than it has uses. A power cut between that server's answer and the
/// record of it leaves the use untaken.
public final class Relay {
  private static final Logger LOG = LoggerFactory.getLogger(Relay.class);

  /// How long a lost reply can be fetched again without another use of the credential.
  private static final Duration ANSWER_LIFETIME = Duration.ofHours(1);

  private final Ledger ledger;
  private final Policy policy;
  private final Supplier<Profiles> profiles;
  private final Clock clock;

  /// One for several requesters each; the same requester has always the same.
  private final ReentrantLock[] oneByOne = new ReentrantLock[64];

  /// A relay.
  ///
  /// @param profiles those in force
  public Relay(Ledger ledger, Issuers issuers, Supplier<Profiles> profiles, Clock clock) {
    this.ledger = ledger;
    this.policy = new Policy(ledger, issuers);
    this.profiles = profiles;
    this.clock = clock;
    Arrays.setAll(oneByOne, i -> new ReentrantLock());
  }

  /// Sends `request` on if the requester may ask for that. Returns when the outcome is recorded.
  /// Never throws for anything that a requester can cause.
  ///
  /// @param upstream sends it
  /// @param name of the other server, for the audit
  public Relayed forward(EnrollmentRequest request, Upstream upstream, String name) {
    try {
      try {
        return decide(request, upstream, name);
      } catch (RefusedException e) {
        return refuse(request, e.refusal());
      }
    } catch (LedgerUnavailableException e) {
      LOG.atError().setCause(e).log("ledger unavailable; a request could not be recorded");
      return new Relayed.Refused(
          new Refusal(
              Refusal.Code.LEDGER_UNAVAILABLE,
              "the server cannot store anything now",
              "try again later"));
    }
  }

  private Relayed decide(EnrollmentRequest request, Upstream upstream, String name) {
    Instant now = clock.instant();
    Entitlement entitlement = Entitlement.of(request, ledger, now);
    Profile profile = profiles.get().get(entitlement.profile());
    Grant grant = policy.decide(request, entitlement, profile, now);
    refuseWhatCannotGoUnchanged(request, grant);
    return entitlement.credential().isEmpty()
        ? send(request, upstream, name, List.of(), List.of())
        : sendOneByOne(request, grant, entitlement.credential().get(), upstream, name);
  }

  /// Here a certificate is made from the grant and not from the request. There it may be made from
  /// the request, so the request must not hold more than the grant, whatever mode a rule is in.
  private static void refuseWhatCannotGoUnchanged(EnrollmentRequest request, Grant grant) {
    if (grant.profile().approval() instanceof Profile.Approval.Manual) {
      throw new RefusedException(
          Refusal.Code.DENIED,
          "the profile \""
              + grant.profile().name()
              + "\" wants an operator's approval, and requests for another server do not wait here",
          "ask the operator for a profile with automatic approval; the other server may have an operator of its own");
    }
    SubjectNames asked = request.template().names();
    boolean inside =
        (asked.subject().isEmpty() || asked.subject().equals(grant.names().subject()))
            && grant.names().alternatives().containsAll(asked.alternatives())
            && request.template().changedNames().isEmpty();
    if (!inside) {
      throw new RefusedException(
          Refusal.Code.NAME_NOT_ENTITLED,
          "the request asks for " + asked + " and would have to ask for " + grant.names(),
          "put exactly these names into the request, which is passed on unchanged");
    }
    for (Finding finding : grant.findings()) {
      throw new RefusedException(
          Refusal.Code.EXTENSION_NOT_ALLOWED,
          "the request deviates from the rule " + finding.rule().id() + ": " + finding.what(),
          "requests for another server must keep every rule");
    }
  }

  private Relayed sendOneByOne(
      EnrollmentRequest request, Grant grant, String credential, Upstream upstream, String name) {
    ReentrantLock turn = oneByOne[Math.floorMod(credential.hashCode(), oneByOne.length)];
    turn.lock();
    try {
      Optional<PendingRecord> known =
          ledger
              .pendingWithDigest(request.digest())
              .filter(record ->
                  !(record.state() instanceof PendingRecord.State.Done)
                      || grant.now().isBefore(record.createdAt().plus(ANSWER_LIFETIME)));
      if (known.isEmpty()
          && ledger.credential(credential).filter(found -> found.usesLeft() > 0).isEmpty()) {
        throw new RefusedException(
            Refusal.Code.CREDENTIAL_EXHAUSTED,
            "the credential \"" + credential + "\" has no use left",
            "ask the operator for a new one");
      }
      PendingRecord passedOn = known.orElseGet(() -> passedOn(request, grant));
      List<Change> use =
          known.isPresent()
              ? List.of()
              : List.of(
                  new Change.UseCredential(credential, grant.now()),
                  new Change.AddPending(passedOn));
      return send(request, upstream, name, use, done(passedOn));
    } finally {
      turn.unlock();
    }
  }

  private static PendingRecord passedOn(EnrollmentRequest request, Grant grant) {
    return new PendingRecord(
        Ticket.fresh(),
        request.digest(),
        request.endpoint().name(),
        request.requester().id(),
        grant.profile().name(),
        grant.names(),
        grant.key().sha256Hex(),
        grant.key().type().map(Object::toString).orElse("unknown"),
        grant.now(),
        new PendingRecord.State.Approved(grant.now(), "policy"));
  }

  /// What ends the record of a request that was put off before. Its certificate is another CA's.
  private static List<Change> done(PendingRecord record) {
    return record.state() instanceof PendingRecord.State.Approved
        ? List.of(new Change.MovePending(record.ticket(), new PendingRecord.State.Done("", "")))
        : List.of();
  }

  /// Sends, and records the answer.
  ///
  /// @param use what is stored unless the other server refuses
  /// @param done what is stored too if it issues
  private Relayed send(
      EnrollmentRequest request,
      Upstream upstream,
      String name,
      List<Change> use,
      List<Change> done) {
    Upstream.Answer answer = upstream.send();
    Map<String, String> details = new TreeMap<>();
    details.put("upstream", name);
    List<Change> changes = new ArrayList<>();
    switch (answer) {
      case Upstream.Answer.Issued(var certificate) -> {
        details.put("outcome", "issued");
        details.put("serial", certificate.serialNumber().toString());
        details.put("sha256", certificate.sha256Hex());
        details.put("names", certificate.names().toString());
        details.put("not-after", certificate.notAfter().toString());
        changes.addAll(use);
        changes.addAll(done);
      }
      case Upstream.Answer.Pending(var retryAfter) -> {
        details.put("outcome", "pending");
        details.put("retry-after", Long.toString(retryAfter.toSeconds()));
        changes.addAll(use);
      }
      case Upstream.Answer.Refused(int status, String text) -> {
        details.put("outcome", "refused");
        details.put("code", "upstream-refused");
        details.put("status", Integer.toString(status));
        details.put("reason", text);
      }
      case Upstream.Answer.Unavailable(String reason) -> {
        LOG.atWarn()
            .addKeyValue("request", request.requestId())
            .addKeyValue("upstream", name)
            .addKeyValue("reason", reason)
            .log("the server behind this endpoint gave no answer");
        return refuse(
            request,
            new Refusal(
                Refusal.Code.UPSTREAM_UNAVAILABLE,
                "the server behind this one cannot be reached now",
                "try again later"));
      }
    }
    if (ledger.commit(new Transaction(changes, event(request, Action.REQUEST_RELAYED, details)))
        instanceof CommitResult.Conflicted(var conflict)) {
      // Revoked or run out while the other server thought about it.
      throw new RefusedException(
          Refusal.Code.CREDENTIAL_EXHAUSTED,
          "the credential could not be used any more when the answer came (" + conflict + ")",
          "ask the operator for a new one");
    }
    return new Relayed.Answered(answer);
  }

  private Relayed.Refused refuse(EnrollmentRequest request, Refusal refusal) {
    Map<String, String> details = new TreeMap<>();
    details.put("code", refusal.code().id());
    details.put("reason", refusal.what());
    ledger.commit(Transaction.of(event(request, Action.REQUEST_REFUSED, details)));
    return new Relayed.Refused(refusal);
  }

  private AuditEvent event(EnrollmentRequest request, Action action, Map<String, String> details) {
    Map<String, String> all = new TreeMap<>(details);
    all.put("endpoint", request.endpoint().name());
    all.put("operation", request.operation().name().toLowerCase(Locale.ROOT));
    all.put("requested-names", request.template().names().toString());
    all.put("key", request.template().subjectPublicKey().sha256Hex());
    all.values().removeIf(String::isEmpty);
    return new AuditEvent(
        clock.instant(), action, request.requestId(), request.requester().id(), all);
  }
}
