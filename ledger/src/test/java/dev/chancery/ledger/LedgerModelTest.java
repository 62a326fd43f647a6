package dev.chancery.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chancery.authority.audit.AuditEvent;
import dev.chancery.authority.ledger.CertificateRecord;
import dev.chancery.authority.ledger.Change;
import dev.chancery.authority.ledger.CommitResult;
import dev.chancery.authority.ledger.Conflict;
import dev.chancery.authority.ledger.KeyClaim;
import dev.chancery.authority.ledger.Ledger;
import dev.chancery.authority.ledger.PendingRecord;
import dev.chancery.authority.ledger.PendingRecord.State;
import dev.chancery.authority.ledger.PublishedList;
import dev.chancery.authority.ledger.Transaction;
import dev.chancery.pki.Der;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Random transactions have the results that maps in memory say they must have.
final class LedgerModelTest {
  private static final int STEPS = 300;
  private static final List<CertificateRecord> CERTIFICATES =
      IntStream.range(0, 24).mapToObj(i -> Samples.deviceCertificate("device-" + i % 4)).toList();

  @TempDir private Path folder;

  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void randomTransactionsBehaveAsInTheModel(long seed) {
    RandomGenerator random = new Random(seed);
    Path file = folder.resolve("ledger-" + seed + ".db");
    Model model = new Model();
    List<PendingRecord> tickets = new ArrayList<>();

    try (SqliteLedger ledger = SqliteLedger.open(file)) {
      for (int step = 0; step < STEPS; step++) {
        Instant now = Samples.NOW.plusSeconds(step * 60L);
        Transaction transaction = transaction(random, now, tickets);

        assertThat(ledger.commit(transaction))
            .as("step %d: %s", step, transaction)
            .isEqualTo(model.commit(transaction));
        if (step % 25 == 0) {
          model.assertSameAs(ledger, now);
        }
      }
    }
    try (SqliteLedger ledger = SqliteLedger.open(file)) {
      model.assertSameAs(ledger, Samples.NOW);
    }
  }

  private static Transaction transaction(
      RandomGenerator random, Instant now, List<PendingRecord> tickets) {
    Change[] changes = new Change[random.nextInt(4)];
    for (int i = 0; i < changes.length; i++) {
      changes[i] = change(random, now, tickets);
    }
    return Transaction.of(
        new AuditEvent(now, AuditEvent.Action.REQUEST_REFUSED, "", "server", Map.of()), changes);
  }

  private static Change change(RandomGenerator random, Instant now, List<PendingRecord> tickets) {
    String credential = "credential-" + random.nextInt(6);
    CertificateRecord certificate = CERTIFICATES.get(random.nextInt(CERTIFICATES.size()));
    int kind = random.nextInt(13);
    if (kind == 0 || tickets.isEmpty()) {
      PendingRecord pending = Samples.pending("digest-" + random.nextInt(3));
      tickets.add(pending);
      return new Change.AddPending(pending);
    }
    return switch (kind) {
      case 1 -> new Change.AddCredential(Samples.credential(credential, 1 + random.nextInt(5)));
      case 2 -> new Change.RevokeCredential(credential, now);
      case 3, 4 -> new Change.StoreCertificate(certificate);
      case 5 ->
          new Change.RevokeCertificate(
              Samples.ISSUER,
              Samples.serial(certificate),
              new CertificateRecord.Revocation(now, "superseded"));
      case 6 ->
          new Change.RememberAnswer(
              "digest-" + random.nextInt(5),
              Samples.ISSUER,
              Samples.serial(certificate),
              now,
              Duration.ofMinutes(random.nextInt(60)));
      case 7, 8 ->
          new Change.MovePending(
              tickets.get(random.nextInt(tickets.size())).ticket(),
              switch (random.nextInt(4)) {
                case 0 -> new State.Denied(now, "operator", "no");
                case 1 -> new State.Done(Samples.ISSUER, Samples.serial(certificate));
                default -> new State.Approved(now, "operator");
              });
      case 9 ->
          new Change.PublishList(
              new PublishedList(
                  Samples.ISSUER,
                  random.nextInt(1, 20),
                  now,
                  now,
                  0,
                  Der.of(new byte[] {0x05, 0})));
      case 10 ->
          new Change.ClaimKey(
              "key-" + random.nextInt(4),
              "names-" + random.nextInt(3),
              List.of(KeyClaim.values()).get(random.nextInt(KeyClaim.values().length)));
      case 11 ->
          new Change.LimitNames(
              certificate.certificate().names().canonical(),
              1 + random.nextInt(3),
              random.nextBoolean() ? Optional.of(Samples.serial(certificate)) : Optional.empty(),
              now);
      default -> new Change.UseCredential(credential, now);
    };
  }

  /// The ledger's promises, in maps.
  private static final class Model {
    private static final String SERVER = "the server itself";

    private record Answer(String serial, Instant until) {}

    private record Content(
        Map<String, Integer> usesLeft,
        Map<String, Instant> revokedCredentials,
        Map<String, CertificateRecord> certificates,
        Map<String, Answer> answers,
        Map<String, PendingRecord> pending,
        Map<String, PublishedList> lists,
        Map<String, String> keys) {
      Content copy() {
        return new Content(
            new HashMap<>(usesLeft),
            new HashMap<>(revokedCredentials),
            new HashMap<>(certificates),
            new HashMap<>(answers),
            new HashMap<>(pending),
            new HashMap<>(lists),
            new HashMap<>(keys));
      }
    }

    private Content content =
        new Content(
            new HashMap<>(),
            new HashMap<>(),
            new HashMap<>(),
            new HashMap<>(),
            new HashMap<>(),
            new HashMap<>(),
            new HashMap<>());
    private long entries;

    CommitResult commit(Transaction transaction) {
      Content next = content.copy();
      for (Change change : transaction.changes()) {
        Optional<Conflict> conflict = apply(next, change);
        if (conflict.isPresent()) {
          return new CommitResult.Conflicted(conflict.get());
        }
      }
      content = next;
      return new CommitResult.Committed(++entries);
    }

    private static Optional<Conflict> apply(Content content, Change change) {
      return switch (change) {
        case Change.UseCredential use -> {
          boolean usable =
              content.usesLeft().getOrDefault(use.id(), 0) > 0
                  && !content.revokedCredentials().containsKey(use.id())
                  && use.at().isBefore(Samples.credential("any", 1).expiresAt());
          if (usable) {
            content.usesLeft().merge(use.id(), -1, Integer::sum);
          }
          yield unless(usable, Conflict.CREDENTIAL_UNUSABLE);
        }
        case Change.AddCredential add ->
            unless(
                content.usesLeft().putIfAbsent(add.record().id(), add.record().uses()) == null,
                Conflict.CREDENTIAL_EXISTS);
        case Change.RevokeCredential revoke ->
            unless(
                content.usesLeft().containsKey(revoke.id())
                    && content.revokedCredentials().putIfAbsent(revoke.id(), revoke.at()) == null,
                Conflict.CREDENTIAL_UNUSABLE);
        case Change.StoreCertificate store ->
            unless(
                content.certificates().putIfAbsent(Samples.serial(store.record()), store.record())
                    == null,
                Conflict.SERIAL_EXISTS);
        case Change.RevokeCertificate revoke -> {
          Optional<CertificateRecord> valid =
              Optional.ofNullable(content.certificates().get(revoke.serial()))
                  .filter(record -> record.revocation().isEmpty());
          valid.ifPresent(record ->
              content.certificates().put(revoke.serial(), revoked(record, revoke.revocation())));
          yield unless(valid.isPresent(), Conflict.CERTIFICATE_UNKNOWN);
        }
        case Change.RememberAnswer answer -> {
          Answer before = content.answers().get(answer.digest());
          boolean free = before == null || answer.at().isAfter(before.until());
          if (free) {
            content
                .answers()
                .put(
                    answer.digest(),
                    new Answer(answer.serial(), answer.at().plus(answer.lifetime())));
          }
          yield unless(free, Conflict.REQUEST_ANSWERED);
        }
        case Change.AddPending add -> {
          PendingRecord before = content.pending().get(add.record().digest());
          boolean free = before == null || before.state() instanceof State.Done;
          if (free) {
            content.pending().put(add.record().digest(), add.record());
          }
          yield unless(free, Conflict.REQUEST_PENDING);
        }
        case Change.MovePending move ->
            unless(
                content.pending().values().stream()
                    .filter(pending -> pending.ticket().equals(move.ticket()))
                    .filter(pending -> follows(pending.state(), move.next()))
                    .findFirst()
                    .map(pending ->
                        content.pending().put(pending.digest(), in(pending, move.next())))
                    .isPresent(),
                Conflict.TICKET_SETTLED);
        case Change.PublishList publish -> {
          PublishedList before = content.lists().get(publish.list().issuer());
          boolean later = before == null || before.number() < publish.list().number();
          if (later) {
            content.lists().put(publish.list().issuer(), publish.list());
          }
          yield unless(later, Conflict.LIST_SUPERSEDED);
        }
        case Change.ClaimKey claim -> {
          Optional<String> before = Optional.ofNullable(content.keys().get(claim.keySha256()));
          boolean free =
              switch (claim.claim()) {
                case NEW, SERVERS_OWN -> before.isEmpty();
                case SAME_NAMES -> before.isEmpty() || before.get().equals(claim.canonicalNames());
                case ANY_NAMES -> before.isEmpty() || !before.get().equals(SERVER);
              };
          if (free) {
            content
                .keys()
                .put(
                    claim.keySha256(),
                    claim.claim() == KeyClaim.SERVERS_OWN ? SERVER : claim.canonicalNames());
          }
          yield unless(free, Conflict.KEY_TAKEN);
        }
        case Change.LimitNames limit ->
            unless(
                content.certificates().values().stream()
                        .filter(record -> record.revocation().isEmpty())
                        .filter(record -> record.certificate().notAfter().isAfter(limit.at()))
                        .filter(record ->
                            record.certificate().names().canonical().equals(limit.canonicalNames()))
                        .filter(
                            record -> !limit.renewed().equals(Optional.of(Samples.serial(record))))
                        .count()
                    < limit.most(),
                Conflict.NAMES_EXHAUSTED);
        // Their own tests are in the contract.
        case Change.AddNotification _ -> Optional.empty();
        case Change.PostponeNotification _, Change.RemoveNotification _ ->
            Optional.of(Conflict.NOTIFICATION_SETTLED);
        case Change.AddCheckpoint _ -> Optional.empty();
        case Change.AddSharedKey _ -> Optional.empty();
        case Change.AddGeneration _ -> Optional.empty();
        case Change.MoveGeneration _ -> Optional.of(Conflict.GENERATION_CHANGED);
      };
    }

    private static Optional<Conflict> unless(boolean condition, Conflict conflict) {
      return condition ? Optional.empty() : Optional.of(conflict);
    }

    private static boolean follows(State before, State next) {
      return switch (next) {
        case State.Waiting _ -> false;
        case State.Approved _, State.Denied _ -> before instanceof State.Waiting;
        case State.Done _ -> before instanceof State.Approved;
      };
    }

    private static PendingRecord in(PendingRecord old, State state) {
      return new PendingRecord(
          old.ticket(),
          old.digest(),
          old.endpoint(),
          old.requester(),
          old.profile(),
          old.names(),
          old.keySha256(),
          old.keyType(),
          old.createdAt(),
          state);
    }

    private static CertificateRecord revoked(
        CertificateRecord old, CertificateRecord.Revocation revocation) {
      return new CertificateRecord(
          old.certificate(),
          old.issuer(),
          old.profile(),
          old.endpoint(),
          old.requester(),
          old.requestId(),
          old.issuedAt(),
          old.replaces(),
          Optional.of(revocation));
    }

    void assertSameAs(Ledger ledger, Instant now) {
      assertThat(ledger.listAfter(Samples.ISSUER, 0))
          .isEqualTo(Optional.ofNullable(content.lists().get(Samples.ISSUER)));
      content
          .usesLeft()
          .forEach((id, left) -> {
            var credential = ledger.credential(id).orElseThrow();
            assertThat(credential.usesLeft()).isEqualTo(left);
            assertThat(credential.revokedAt())
                .isEqualTo(Optional.ofNullable(content.revokedCredentials().get(id)));
          });
      assertThat(ledger.credentials(100)).hasSize(content.usesLeft().size());
      content
          .certificates()
          .forEach((serial, record) ->
              assertThat(ledger.certificate(Samples.ISSUER, serial)).contains(record));
      assertThat(ledger.certificateCount()).isEqualTo(content.certificates().size());
      content
          .answers()
          .forEach((digest, answer) ->
              assertThat(ledger.answerTo(digest, now))
                  .isEqualTo(
                      Optional.ofNullable(content.certificates().get(answer.serial()))
                          .filter(_ -> !now.isAfter(answer.until()))));
      content
          .pending()
          .forEach((digest, pending) -> {
            assertThat(ledger.pendingWithDigest(digest)).contains(pending);
            assertThat(ledger.pending(pending.ticket())).contains(pending);
          });
      assertThat(ledger.pendingRequests(100)).hasSize(content.pending().size());
      assertThat(ledger.lastAuditEntry().map(entry -> entry.sequence()).orElse(0L))
          .isEqualTo(entries);
    }
  }
}
