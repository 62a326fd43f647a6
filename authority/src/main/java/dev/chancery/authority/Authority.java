package dev.chancery.authority;

import dev.chancery.authority.audit.AuditEvent;
import dev.chancery.authority.endpoint.Endpoint;
import dev.chancery.authority.fault.FaultPoint;
import dev.chancery.authority.issuance.Issuers;
import dev.chancery.authority.ledger.CertificateRecord;
import dev.chancery.authority.ledger.Change;
import dev.chancery.authority.ledger.CommitResult;
import dev.chancery.authority.ledger.Conflict;
import dev.chancery.authority.ledger.Ledger;
import dev.chancery.authority.ledger.LedgerUnavailableException;
import dev.chancery.authority.ledger.PendingRecord;
import dev.chancery.authority.ledger.Transaction;
import dev.chancery.authority.notification.Notification;
import dev.chancery.authority.policy.Entitlement;
import dev.chancery.authority.policy.Finding;
import dev.chancery.authority.policy.Grant;
import dev.chancery.authority.policy.Policy;
import dev.chancery.authority.profile.Profile;
import dev.chancery.authority.profile.Profiles;
import dev.chancery.authority.profile.RuleMode;
import dev.chancery.authority.requester.Requester;
import dev.chancery.authority.rollover.Generation;
import dev.chancery.pki.Der;
import dev.chancery.pki.MalformedException;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.certificate.CertificateChain;
import dev.chancery.pki.certificate.CertificateExtension;
import dev.chancery.pki.certificate.SerialNumber;
import dev.chancery.pki.cms.KeyEncipherment;
import dev.chancery.pki.key.KeyType;
import dev.chancery.pki.name.SubjectNames;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The one door: every certificate, whatever the protocol, comes out of [#enroll]. It finds the
/// entitlement, lets policy decide, lets the issuer sign, and answers only when certificate, used
/// credential and audit entry are on disk together. Thread-safe.
public final class Authority {
  private static final Logger LOG = LoggerFactory.getLogger(Authority.class);

  /// How long a lost reply can be fetched again by the same request.
  public static final Duration ANSWER_LIFETIME = Duration.ofHours(1);

  private final Ledger ledger;
  private final Issuers issuers;
  private final Policy policy;
  private final Queue queue;
  private final Clock clock;
  private final AtomicReference<Profiles> profiles;

  public Authority(Ledger ledger, Issuers issuers, Profiles profiles, Clock clock) {
    this.ledger = ledger;
    this.issuers = issuers;
    this.policy = new Policy(ledger, issuers);
    this.queue = new Queue(ledger);
    this.clock = clock;
    this.profiles = new AtomicReference<>(profiles);
  }

  /// Takes over reloaded profiles; requests under way finish with the old ones.
  public void use(Profiles reloaded) {
    profiles.set(reloaded);
  }

  /// Lets so many requests wait for an operator at one endpoint from now on.
  public void limitWaitingRequests(int perEndpoint) {
    queue.use(perEndpoint);
  }

  /// The profiles in force.
  public Profiles profiles() {
    return profiles.get();
  }

  /// The issuer's certificate and those above it, root last: what clients need to validate what
  /// they get from the active generation.
  public List<Certificate> certificatesOf(String issuer) {
    return issuers.certificatesOf(issuer);
  }

  /// The same, and what clients need of the other generations that live: their certificates and the
  /// links between the roots (RFC 7030 §4.1.3).
  public List<Certificate> publishedCertificatesOf(String issuer) {
    return issuers.generations(issuer).publishedAt(clock.instant());
  }

  /// The generations whose certificates count, the active one first.
  public List<Generation> generationsOf(String issuer) {
    return issuers.living(issuer);
  }

  /// The generation that is announced to follow, if one is and its key is here.
  public Optional<Generation> nextGenerationOf(String issuer) {
    return issuers.generations(issuer).nextAt(clock.instant()).filter(issuers::holdsKey);
  }

  /// True if [#announcement] has something to say.
  public boolean announces(String issuer) {
    return issuers.announces(issuer);
  }

  /// The certificates of the announced generation, signed by the active one, see
  /// [Issuers#announcement].
  ///
  /// @param next the certificates of the registration authority that goes with it
  public Optional<Der> announcement(String issuer, List<Certificate> next) {
    return issuers.announcement(issuer, next);
  }

  /// Links that certify the root above the generation by other roots that clients may have.
  public List<Certificate> linksAbove(Generation generation) {
    return issuers.generations(generation.issuer()).linksAbove(generation, clock.instant());
  }

  /// What a request at `endpoint` had best look like, for protocols that tell their clients
  /// beforehand. It says what [#enroll] will decide; whoever follows it is not refused for what it
  /// asks.
  ///
  /// @param requester who will ask; empty if that is not known yet
  /// @throws RefusedException if the requester is entitled to nothing there
  public Expectation expectation(Endpoint endpoint, Optional<Requester> requester) {
    if (requester.isEmpty()) {
      return Policy.expectation(profiles.get().get(endpoint.profile()));
    }
    Entitlement entitlement = Entitlement.beforehand(endpoint, requester.get());
    return Policy.expectation(entitlement, profiles.get().get(entitlement.profile()));
  }

  /// A certificate that the issuer has made, in whichever generation. It is public; who may learn
  /// of it is the caller's business.
  ///
  /// @throws LedgerUnavailableException if nothing can be looked up now
  public Optional<CertificateRecord> certificate(String issuer, SerialNumber serial) {
    return issuers.generations(issuer).all().reversed().stream()
        .flatMap(one -> ledger.certificate(one.id(), serial.toString()).stream())
        .findFirst();
  }

  /// Decides about a request, and if it is granted, issues. Returns when the outcome is durable.
  /// Never throws for anything that a requester can cause.
  public Outcome enroll(EnrollmentRequest request) {
    try {
      return decide(request);
    } catch (RefusedException e) {
      return refuse(request, e.refusal());
    } catch (LedgerUnavailableException e) {
      return unavailable(e);
    }
  }

  /// What [#enroll] would decide now. Writes nothing; whoever asks need not be the requester, and
  /// is not told anything that the requester would not be told.
  public Rehearsal rehearse(EnrollmentRequest request) {
    Instant now = clock.instant();
    try {
      Entitlement entitlement = Entitlement.of(request, ledger, now);
      Profile profile = profiles.get().get(entitlement.profile());
      Grant grant = policy.decide(request, entitlement, profile, now);
      if (entitlement.credential().isPresent()
          && request.requester() instanceof Requester.CredentialHolder holder
          && holder.credential().usesLeft() == 0) {
        throw exhausted(entitlement, "");
      }
      policy.refuseWhatCannotBeStored(request, entitlement, grant);
      return new Rehearsal.Granted(
          grant.issuer(),
          grant.profile(),
          grant.names(),
          grant.key().type().map(Object::toString).orElse("unknown"),
          grant.notBefore(),
          grant.notAfter(),
          grant.copiedExtensions().stream().map(CertificateExtension::oid).toList(),
          grant.findings());
    } catch (RefusedException e) {
      return new Rehearsal.Refused(e.refusal());
    }
  }

  /// Audits a refusal that was made before there was an [EnrollmentRequest], and returns what to
  /// answer.
  public Outcome.Refused refuse(Attempt attempt, Refusal refusal) {
    return refuse(
        attempt.endpoint().name(),
        attempt.operation(),
        attempt.requestId(),
        "unauthenticated",
        refusal,
        detailsOf(attempt),
        List.of());
  }

  private static Map<String, String> detailsOf(Attempt attempt) {
    Map<String, String> details = new TreeMap<>(attempt.facts());
    details.put("address", attempt.address());
    details.put("claimed", attempt.claimed());
    return details;
  }

  /// Audits that a handshake was not completed because of the secret that should have keyed it.
  /// There is no request then, and no endpoint.
  ///
  /// @param claimed who the peer says it is; empty if it has not come to that
  public void refuseHandshake(String address, String claimed, Refusal refusal) {
    refuse(
        "",
        "handshake",
        "",
        "unauthenticated",
        refusal,
        Map.of("address", address, "claimed", claimed),
        List.of());
  }

  /// Audits the refusal of a request whose requester is known.
  Outcome.Refused refuse(AuthenticatedRequest request, Refusal refusal) {
    return refuse(
        request.endpoint().name(),
        request.operation().name().toLowerCase(java.util.Locale.ROOT),
        request.requestId(),
        request.requester().id(),
        refusal,
        requested(request),
        owed(request, new Notification.News.Refused(refusal.code().id(), refusal.what())));
  }

  /// Whoever allowed the request from outside learns what became of it, and learns it even if this
  /// server stops before it can tell.
  private List<Change> owed(AuthenticatedRequest request, Notification.News news) {
    return request.requester() instanceof Requester.ExternallyAllowed allowed
        ? allowed
            .owed()
            .<List<Change>>map(owed ->
                List.of(
                    new Change.AddNotification(
                        owed.with(request.endpoint().name(), news, clock.instant()))))
            .orElse(List.of())
        : List.of();
  }

  private Outcome.Refused refuse(
      String endpoint,
      String operation,
      String requestId,
      String actor,
      Refusal refusal,
      Map<String, String> more,
      List<Change> changes) {
    Map<String, String> details = new TreeMap<>(more);
    details.put("endpoint", endpoint);
    details.put("operation", operation);
    details.put("code", refusal.code().id());
    details.put("reason", refusal.what());
    details.values().removeIf(String::isEmpty);
    try {
      ledger.commit(
          new Transaction(
              changes,
              new AuditEvent(
                  clock.instant(), AuditEvent.Action.REQUEST_REFUSED, requestId, actor, details)));
      return new Outcome.Refused(refusal);
    } catch (LedgerUnavailableException e) {
      return unavailable(e);
    }
  }

  private Outcome decide(EnrollmentRequest request) {
    Instant now = clock.instant();
    refuseReplay(request, now);
    FaultPoint.BEFORE_POLICY.reached();
    Entitlement entitlement;
    Grant grant;
    try {
      entitlement = Entitlement.of(request, ledger, now);
      Profile profile = profiles.get().get(entitlement.profile());
      grant = policy.decide(request, entitlement, profile, now);
    } catch (RefusedException e) {
      // What stands in the way may be the request's own first success, whose reply got lost.
      return answeredBefore(request, now).orElseThrow(() -> e);
    }
    FaultPoint.AFTER_POLICY.reached();
    return switch (grant.profile().approval()) {
      case Profile.Approval.Automatic() ->
          issue(request, entitlement, grant, useOf(entitlement, now));
      case Profile.Approval.Manual(Duration retryAfter) ->
          decideByHand(request, entitlement, grant, retryAfter);
    };
  }

  /// Whether a key may be made for a request now. A request that has to wait for an operator waits
  /// without one; when it is approved, it comes back through [#enroll] with the key.
  ///
  /// @param encipherment finds out how to encrypt the key for the requester that has these names;
  ///   it is asked before anything is written, so that no ticket is opened for what cannot be done
  /// @throws RefusedException if policy or `encipherment` refuses it
  KeyPermission permitKey(
      ServerKeyRequest request, Function<SubjectNames, Optional<KeyEncipherment>> encipherment) {
    Instant now = clock.instant();
    Entitlement entitlement = Entitlement.of(request, ledger, now);
    Profile profile = profiles.get().get(entitlement.profile());
    SubjectNames names = policy.decideBeforeKey(request, entitlement, profile, now);
    KeyPermission.Permitted permitted =
        new KeyPermission.Permitted(keyType(request, profile), encipherment.apply(names));
    return switch (profile.approval()) {
      case Profile.Approval.Automatic() -> {
        refuseWithoutUse(request, entitlement);
        yield permitted;
      }
      case Profile.Approval.Manual(Duration retryAfter) ->
          permitByHand(request, entitlement, profile, names, permitted, retryAfter, now);
    };
  }

  /// The hinted type where the profile has it, else the one that the profile prefers (EST-161).
  private static KeyType keyType(ServerKeyRequest request, Profile profile) {
    return hinted(request)
        .filter(profile.keyTypes()::contains)
        .orElseGet(() -> profile.keyTypes().getFirst());
  }

  private static Optional<KeyType> hinted(ServerKeyRequest request) {
    try {
      return request.template().subjectPublicKey().type();
    } catch (MalformedException ignored) {
      // What is in place of the key need not be one.
      return Optional.empty();
    }
  }

  /// The ledger has the last word about uses, but a key would have been made by then.
  private static void refuseWithoutUse(ServerKeyRequest request, Entitlement entitlement) {
    if (request.requester() instanceof Requester.CredentialHolder holder
        && holder.credential().usesLeft() == 0) {
      throw exhausted(entitlement, "a key that the server made is delivered once, never again; ");
    }
  }

  private KeyPermission permitByHand(
      ServerKeyRequest request,
      Entitlement entitlement,
      Profile profile,
      SubjectNames names,
      KeyPermission.Permitted permitted,
      Duration retryAfter,
      Instant now) {
    Optional<PendingRecord> known = ledger.pendingWithDigest(request.digest());
    if (known.isEmpty() || known.get().state() instanceof PendingRecord.State.Done) {
      PendingRecord pending =
          new PendingRecord(
              Ticket.fresh(),
              request.digest(),
              request.endpoint().name(),
              request.requester().id(),
              profile.name(),
              names,
              "",
              permitted.type() + ", made by the server",
              now,
              new PendingRecord.State.Waiting());
      Map<String, String> details = requested(request);
      details.put("issuer", request.endpoint().issuer());
      details.put("profile", profile.name());
      details.put("names", names.toString());
      details.put("endpoint", request.endpoint().name());
      return settled(openTicket(request, entitlement, pending, details, retryAfter));
    }
    PendingRecord pending = known.get();
    return switch (pending.state()) {
      case PendingRecord.State.Waiting() ->
          settled(new Outcome.Pending(pending.ticket(), retryAfter));
      case PendingRecord.State.Denied denied -> throw denied(pending, denied);
      case PendingRecord.State.Approved _approved -> permitted;
      case PendingRecord.State.Done _done -> throw new IllegalStateException("handled above");
    };
  }

  private static KeyPermission settled(Outcome outcome) {
    return new KeyPermission.Settled(
        switch (outcome) {
          case Outcome.Pending pending ->
              new ServerKeyOutcome.Pending(pending.ticket(), pending.retryAfter());
          case Outcome.Refused refused -> new ServerKeyOutcome.Refused(refused.refusal());
          case Outcome.Issued _issued ->
              throw new IllegalStateException("a certificate without its key was about to leave");
        });
  }

  /// Bytes that somebody overheard and sends again get nothing, also when the time to fetch a lost
  /// reply is over (SCEP-077, SCEP-211).
  private void refuseReplay(EnrollmentRequest request, Instant now) {
    if (request
        .exchange()
        .flatMap(exchange -> ledger.answerTo(exchange.answerDigest(), now))
        .isPresent()) {
      throw Exchange.replayed();
    }
  }

  private Outcome decideByHand(
      EnrollmentRequest request, Entitlement entitlement, Grant grant, Duration retryAfter) {
    Optional<PendingRecord> known = ledger.pendingWithDigest(request.digest());
    if (known.isEmpty() || known.get().state() instanceof PendingRecord.State.Done) {
      Optional<Outcome> before = answeredBefore(request, grant.now());
      return before.orElseGet(() -> {
        // No operator shall look at what could not be stored.
        policy.refuseWhatCannotBeStored(request, entitlement, grant);
        return openTicket(request, entitlement, grant, retryAfter);
      });
    }
    PendingRecord pending = known.get();
    return switch (pending.state()) {
      case PendingRecord.State.Waiting() -> new Outcome.Pending(pending.ticket(), retryAfter);
      case PendingRecord.State.Denied denied -> throw denied(pending, denied);
      case PendingRecord.State.Approved _approved -> issue(request, entitlement, grant, List.of());
      case PendingRecord.State.Done _done -> throw new IllegalStateException("handled above");
    };
  }

  private static RefusedException denied(PendingRecord pending, PendingRecord.State.Denied denied) {
    return new RefusedException(
        Refusal.Code.DENIED,
        "an operator denied the request " + pending.ticket(),
        denied.reason().isEmpty() ? "ask the operator why" : denied.reason());
  }

  private Outcome openTicket(
      EnrollmentRequest request, Entitlement entitlement, Grant grant, Duration retryAfter) {
    PendingRecord pending =
        new PendingRecord(
            Ticket.fresh(),
            request.digest(),
            request.endpoint().name(),
            request.requester().id(),
            grant.profile().name(),
            grant.names(),
            grant.key().sha256Hex(),
            grant.key().type().map(Object::toString).orElse("unknown"),
            grant.now(),
            new PendingRecord.State.Waiting(),
            request
                .exchange()
                .map(exchange ->
                    new PendingRecord.Kept(exchange.name(), exchange.sealedRequest().get())));
    return openTicket(
        request, entitlement, pending, described(request, grant, entitlement), retryAfter);
  }

  private Outcome openTicket(
      AuthenticatedRequest request,
      Entitlement entitlement,
      PendingRecord pending,
      Map<String, String> details,
      Duration retryAfter) {
    Instant now = pending.createdAt();
    queue.refuseIfFull(pending);
    List<Change> changes = new ArrayList<>(useOf(entitlement, now));
    changes.add(new Change.AddPending(pending));
    details.put("ticket", pending.ticket().value());
    AuditEvent event = event(request, AuditEvent.Action.REQUEST_PENDING, now, details);
    return switch (ledger.commit(new Transaction(changes, event))) {
      case CommitResult.Committed _committed -> new Outcome.Pending(pending.ticket(), retryAfter);
      case CommitResult.Conflicted(Conflict conflict) ->
          conflict == Conflict.REQUEST_PENDING
              ? new Outcome.Pending(
                  ledger
                      .pendingWithDigest(request.digest())
                      .map(PendingRecord::ticket)
                      .orElse(pending.ticket()),
                  retryAfter)
              : answeredOrRefused(request, entitlement, conflict, now);
    };
  }

  private Outcome issue(
      EnrollmentRequest request, Entitlement entitlement, Grant grant, List<Change> before) {
    Certificate certificate = issuers.issue(grant);
    FaultPoint.SIGNED.reached();
    String serial = certificate.serialNumber().toString();
    List<String> superseded = uncollected(request, grant);
    List<Change> changes = new ArrayList<>(before);
    superseded.forEach(old ->
        changes.add(
            new Change.RevokeCertificate(
                grant.issuer(), old, new CertificateRecord.Revocation(grant.now(), "superseded"))));
    changes.addAll(claims(request, entitlement, grant));
    changes.add(
        new Change.StoreCertificate(
            new CertificateRecord(
                certificate,
                grant.issuer(),
                grant.profile().name(),
                request.endpoint().name(),
                request.requester().id(),
                request.requestId(),
                grant.now(),
                entitlement.replaces().map(old -> old.certificate().serialNumber().toString()),
                Optional.empty())));
    if (!request.isForKeyMadeHere()) {
      changes.add(
          new Change.RememberAnswer(
              request.digest(), grant.issuer(), serial, grant.now(), ANSWER_LIFETIME));
    }
    changes.addAll(memoryOfMessage(request, grant.issuer(), serial, grant.now()));
    changes.addAll(owed(request, new Notification.News.Issued(grant.issuer(), serial)));
    if (grant.profile().approval() instanceof Profile.Approval.Manual) {
      ledger
          .pendingWithDigest(request.digest())
          .ifPresent(pending ->
              changes.add(
                  new Change.MovePending(
                      pending.ticket(), new PendingRecord.State.Done(grant.issuer(), serial))));
    }
    Map<String, String> details = described(request, grant, entitlement);
    details.put("serial", serial);
    details.put("not-after", certificate.notAfter().toString());
    if (!superseded.isEmpty()) {
      details.put("revoked-uncollected", String.join(", ", superseded));
    }
    AuditEvent event = event(request, AuditEvent.Action.CERTIFICATE_ISSUED, grant.now(), details);
    CommitResult result = ledger.commit(new Transaction(changes, event));
    if (result instanceof CommitResult.Conflicted(Conflict conflict)
        && conflict == Conflict.REQUEST_ANSWERED
        && isAnswerRevoked(request, grant.now())) {
      // The earlier answer is worth nothing any more, and stays remembered until its time is over.
      changes.removeIf(change ->
          change instanceof Change.RememberAnswer answer
              && answer.digest().equals(request.digest()));
      result = ledger.commit(new Transaction(changes, event));
    }
    return switch (result) {
      case CommitResult.Committed _committed -> issued(grant.issuer(), certificate);
      case CommitResult.Conflicted(Conflict conflict) ->
          conflictOf(request, entitlement, grant, conflict);
    };
  }

  private boolean isAnswerRevoked(AuthenticatedRequest request, Instant now) {
    return ledger
        .answerTo(request.digest(), now)
        .filter(record -> record.revocation().isPresent())
        .isPresent();
  }

  /// Serial numbers of earlier certificates that nobody is known to have, where the profile has
  /// them revoked when somebody enrols anew (SCEP-097).
  private List<String> uncollected(EnrollmentRequest request, Grant grant) {
    if (grant.profile().reissue() == Profile.Reissue.KEEP
        || request.operation() == EnrollmentRequest.Operation.RENEWAL) {
      return List.of();
    }
    return ledger.certificatesNamed(grant.issuer(), grant.names().canonical(), grant.now()).stream()
        .map(record -> record.certificate().serialNumber().toString())
        .filter(serial -> !ledger.isCollected(grant.issuer(), serial))
        .toList();
  }

  /// Key and names are this requester's only if nobody was faster: the ledger decides.
  private static List<Change> claims(
      EnrollmentRequest request, Entitlement entitlement, Grant grant) {
    String names = grant.names().canonical();
    List<Change> claims = new ArrayList<>();
    claims.add(
        new Change.ClaimKey(
            grant.key().sha256Hex(),
            names,
            Policy.keyClaim(request, entitlement, grant.profile())));
    grant
        .profile()
        .certificatesPerIdentity()
        .ifPresent(most ->
            claims.add(
                new Change.LimitNames(
                    names, most, Policy.serialOfReplaced(entitlement), grant.now())));
    return claims;
  }

  private Outcome conflictOf(
      EnrollmentRequest request, Entitlement entitlement, Grant grant, Conflict conflict) {
    Optional<Outcome> before = answeredBefore(request, grant.now());
    if (before.isPresent()) {
      return before.get();
    }
    if (conflict == Conflict.KEY_TAKEN) {
      policy.refuseTakenKey(request, entitlement, grant);
    }
    if (conflict == Conflict.NAMES_EXHAUSTED) {
      policy.refuseFullNames(entitlement, grant);
    }
    return answeredOrRefused(request, entitlement, conflict, grant.now());
  }

  /// A conflict means that somebody was faster: perhaps this very request, on another connection.
  private Outcome answeredOrRefused(
      AuthenticatedRequest request, Entitlement entitlement, Conflict conflict, Instant now) {
    return answeredBefore(request, now)
        .orElseThrow(() ->
            switch (conflict) {
              case CREDENTIAL_UNUSABLE -> exhausted(entitlement, "");
              case REQUEST_ANSWERED,
                  REQUEST_PENDING,
                  TICKET_SETTLED,
                  SERIAL_EXISTS,
                  CREDENTIAL_EXISTS,
                  CERTIFICATE_UNKNOWN,
                  KEY_TAKEN,
                  NAMES_EXHAUSTED,
                  LIST_SUPERSEDED,
                  NOTIFICATION_SETTLED,
                  GENERATION_EXISTS,
                  GENERATION_CHANGED ->
                  new RefusedException(
                      Refusal.Code.INTERNAL, "the request crossed another one", "send it again");
            });
  }

  /// The credential cannot yield another certificate.
  ///
  /// @param why precedes what to do; may be empty
  private static RefusedException exhausted(Entitlement entitlement, String why) {
    return new RefusedException(
        Refusal.Code.CREDENTIAL_EXHAUSTED,
        "the " + entitlement.source() + " has no use left",
        why
            + "ask the operator for a new one; a device that holds a valid certificate renews with that");
  }

  private Optional<Outcome> answeredBefore(AuthenticatedRequest request, Instant now) {
    Optional<CertificateRecord> answer =
        ledger.answerTo(request.digest(), now).filter(record -> record.revocation().isEmpty());
    answer.ifPresent(record -> auditRedelivery(request, record, now));
    return answer.map(record -> issued(record.issuer(), record.certificate()));
  }

  private static Optional<Exchange> exchangeOf(AuthenticatedRequest request) {
    return request instanceof EnrollmentRequest enrollment
        ? enrollment.exchange()
        : Optional.empty();
  }

  private void auditRedelivery(
      AuthenticatedRequest request, CertificateRecord record, Instant now) {
    String serial = record.certificate().serialNumber().toString();
    Map<String, String> details =
        new TreeMap<>(exchangeOf(request).map(Exchange::facts).orElse(Map.of()));
    details.put("serial", serial);
    details.put("issuer", record.issuer());
    details.put("endpoint", request.endpoint().name());
    AuditEvent event = event(request, AuditEvent.Action.CERTIFICATE_REDELIVERED, now, details);
    List<Change> memory = new ArrayList<>(memoryOfMessage(request, record.issuer(), serial, now));
    memory.addAll(owed(request, new Notification.News.Issued(record.issuer(), serial)));
    if (ledger.commit(new Transaction(memory, event)) instanceof CommitResult.Conflicted) {
      // The same message at the same time on another connection.
      ledger.commit(Transaction.of(event));
    }
  }

  /// Remembers the message for as long as the issuer lives.
  private List<Change> memoryOfMessage(
      AuthenticatedRequest request, String issuer, String serial, Instant now) {
    Duration left =
        issuers
            .generation(issuer)
            .map(one -> Duration.between(now, one.certificate().notAfter()))
            .orElse(Duration.ZERO);
    return exchangeOf(request)
        .<List<Change>>map(exchange ->
            List.of(
                new Change.RememberAnswer(
                    exchange.answerDigest(),
                    issuer,
                    serial,
                    now,
                    left.isNegative() ? ANSWER_LIFETIME : left)))
        .orElse(List.of());
  }

  private Outcome issued(String issuer, Certificate certificate) {
    FaultPoint.BEFORE_ANSWER.reached();
    return new Outcome.Issued(
        new CertificateChain(
            certificate, issuers.generation(issuer).map(Generation::chain).orElse(List.of())));
  }

  private static List<Change> useOf(Entitlement entitlement, Instant now) {
    return entitlement
        .credential()
        .<List<Change>>map(id -> List.of(new Change.UseCredential(id, now)))
        .orElse(List.of());
  }

  private static AuditEvent event(
      AuthenticatedRequest request,
      AuditEvent.Action action,
      Instant now,
      Map<String, String> details) {
    return new AuditEvent(now, action, request.requestId(), request.requester().id(), details);
  }

  /// Facts of a granted request for the audit. Findings of rules that warn are logged here too.
  private static Map<String, String> described(
      EnrollmentRequest request, Grant grant, Entitlement entitlement) {
    Map<String, String> details = requested(request);
    details.put("issuer", grant.issuer());
    details.put("profile", grant.profile().name());
    details.put("names", grant.names().toString());
    details.put("endpoint", request.endpoint().name());
    entitlement
        .replaces()
        .ifPresent(old -> details.put("replaces", old.certificate().serialNumber().toString()));
    for (Finding finding : grant.findings()) {
      details.put("rule-" + finding.rule().id(), finding.mode().id() + ": " + finding.what());
      if (finding.mode() == RuleMode.WARN) {
        LOG.atWarn()
            .addKeyValue("request", request.requestId())
            .addKeyValue("rule", finding.rule().id())
            .addKeyValue("finding", finding.what())
            .log("request deviates from a rule that warns");
      }
    }
    return details;
  }

  private static Map<String, String> requested(AuthenticatedRequest request) {
    Map<String, String> details =
        new TreeMap<>(exchangeOf(request).map(Exchange::facts).orElse(Map.of()));
    details.put("requested-names", request.template().names().toString());
    if (request.requester() instanceof Requester.ExternallyAllowed allowed) {
      details.put("authoriser", allowed.authoriser());
      details.put("authoriser-reference", allowed.reference());
    }
    request
        .template()
        .changedNames()
        .ifPresent(names -> details.put("requested-name-change", names.toString()));
    switch (request) {
      case EnrollmentRequest enrollment -> {
        details.put("key", request.template().subjectPublicKey().sha256Hex());
        if (enrollment.isForKeyMadeHere()) {
          details.put("key-made-by", "server");
        }
      }
      case ServerKeyRequest _request -> details.put("key-made-by", "server");
    }
    return details;
  }

  static Outcome.Refused unavailable(LedgerUnavailableException e) {
    LOG.atError().setCause(e).log("ledger unavailable; nothing was issued");
    return new Outcome.Refused(
        new Refusal(
            Refusal.Code.LEDGER_UNAVAILABLE,
            "the server cannot store anything now, so it issues nothing",
            "try again later"));
  }
}
