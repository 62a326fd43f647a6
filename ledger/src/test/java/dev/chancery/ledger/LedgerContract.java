package dev.chancery.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chancery.authority.audit.AuditEntry;
import dev.chancery.authority.audit.AuditEvent;
import dev.chancery.authority.credential.Binding;
import dev.chancery.authority.credential.CredentialRecord;
import dev.chancery.authority.credential.CredentialRecord.EntitledNames;
import dev.chancery.authority.credential.Network;
import dev.chancery.authority.endpoint.NameSpace;
import dev.chancery.authority.ledger.CertificateQuery;
import dev.chancery.authority.ledger.CertificateRecord;
import dev.chancery.authority.ledger.Change;
import dev.chancery.authority.ledger.CommitResult;
import dev.chancery.authority.ledger.Conflict;
import dev.chancery.authority.ledger.KeyClaim;
import dev.chancery.authority.ledger.KeyUse;
import dev.chancery.authority.ledger.Ledger;
import dev.chancery.authority.ledger.PendingRecord;
import dev.chancery.authority.ledger.PendingRecord.State;
import dev.chancery.authority.ledger.PublishedList;
import dev.chancery.authority.ledger.RevokedCertificate;
import dev.chancery.authority.ledger.Transaction;
import dev.chancery.authority.notification.Notification;
import dev.chancery.authority.rollover.Generation;
import dev.chancery.pki.Der;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.name.DistinguishedName;
import dev.chancery.pki.name.SubjectNames;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What every ledger promises.
abstract class LedgerContract {
  private static final Instant NOW = Samples.NOW;

  private Ledger ledger;

  /// A ledger with nothing in it.
  abstract Ledger open();

  @BeforeEach
  void openTheLedger() {
    ledger = open();
  }

  @AfterEach
  void closeTheLedger() {
    ledger.close();
  }

  private CommitResult commit(Change... changes) {
    return ledger.commit(Transaction.of(Samples.refusal(), changes));
  }

  private static CommitResult conflict(Conflict conflict) {
    return new CommitResult.Conflicted(conflict);
  }

  @Test
  void aTransactionWithoutChangesAppendsItsEvent() {
    AuditEvent event =
        Samples.event(
            AuditEvent.Action.REQUEST_REFUSED,
            Map.of("reason", "a=b\\c\n\u0000\ud800 ü 😀", "empty", "", "=", "\n"));

    CommitResult result = ledger.commit(Transaction.of(event));

    assertThat(result).isEqualTo(new CommitResult.Committed(1));
    assertThat(ledger.lastAuditEntry()).contains(AuditEntry.link(1, event, AuditEntry.GENESIS));
    assertThat(ledger.lastAuditEntry().orElseThrow().isIntact()).isTrue();
  }

  @Test
  void entriesFormAChainWithoutGapsAcrossConflicts() {
    commit(new Change.AddCredential(Samples.credential("a", 1)));
    commit(new Change.AddCredential(Samples.credential("a", 1)));
    commit();

    List<AuditEntry> entries = new ArrayList<>();
    ledger.auditEntries(1, entries::add);

    assertThat(entries).extracting(AuditEntry::sequence).containsExactly(1L, 2L);
    assertThat(entries.get(1).previousHash()).isEqualTo(entries.get(0).hash());
    assertThat(ledger.newestAuditEntries(10)).isEqualTo(entries.reversed());
  }

  @Test
  void aWalkStartsWhereItIsToldAndMayBeLong() {
    IntStream.range(0, 2_500).parallel().forEach(_ -> commit());

    List<Long> sequences = new ArrayList<>();
    ledger.auditEntries(11, entry -> sequences.add(entry.sequence()));

    assertThat(sequences)
        .isEqualTo(IntStream.rangeClosed(11, 2_500).mapToObj(Long::valueOf).toList());
  }

  @Test
  void aCredentialIsReadAsItWasStored() {
    CredentialRecord exactly = Samples.credential("exactly", 3);
    CredentialRecord within =
        new CredentialRecord(
            "within",
            exactly.sealedSecret(),
            new EntitledNames.Within(
                new NameSpace(List.of("CN=*,O=Example"), List.of("dns:*.factory.example", ""))),
            "device",
            List.of(),
            100,
            100,
            Optional.of("ab".repeat(32)),
            new Binding(
                List.of("C02X", "a\nb"),
                List.of(new Network("10.1.0.0/16"), new Network("2001:db8::/32"))),
            NOW,
            NOW.plusSeconds(60),
            Optional.of(NOW.plusSeconds(30)));

    commit(new Change.AddCredential(exactly));
    commit(new Change.AddCredential(within));

    assertThat(ledger.credential("exactly")).contains(exactly);
    assertThat(ledger.credential("within")).contains(within);
    assertThat(ledger.credential("other")).isEmpty();
    assertThat(ledger.credentials(10)).containsExactly(within, exactly);
    assertThat(ledger.credentials(1)).containsExactly(within);
  }

  @Test
  void aCredentialIdIsTakenOnce() {
    commit(new Change.AddCredential(Samples.credential("a", 1)));

    assertThat(commit(new Change.AddCredential(Samples.credential("a", 2))))
        .isEqualTo(conflict(Conflict.CREDENTIAL_EXISTS));
    assertThat(ledger.credential("a").orElseThrow().uses()).isEqualTo(1);
  }

  @Test
  void aHundredParallelUsesOfAOneTimeCredentialHaveOneWinner() throws Exception {
    commit(new Change.AddCredential(Samples.credential("once", 1)));
    List<CertificateRecord> certificates =
        IntStream.range(0, 100).mapToObj(i -> Samples.deviceCertificate("device-" + i)).toList();

    List<CommitResult> results = new ArrayList<>();
    try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<CommitResult>> futures = new ArrayList<>();
      for (CertificateRecord certificate : certificates) {
        String digest = Samples.serial(certificate);
        futures.add(
            executor.submit(() -> ledger.commit(Samples.enrollment("once", digest, certificate))));
      }
      for (Future<CommitResult> future : futures) {
        results.add(future.get());
      }
    }

    assertThat(results).filteredOn(CommitResult.Committed.class::isInstance).hasSize(1);
    assertThat(results).filteredOn(conflict(Conflict.CREDENTIAL_UNUSABLE)::equals).hasSize(99);
    assertThat(ledger.certificateCount()).isEqualTo(1);
    assertThat(ledger.lastAuditEntry().orElseThrow().sequence()).isEqualTo(2);
    assertThat(ledger.credential("once").orElseThrow().usesLeft()).isZero();
  }

  @Test
  void aCredentialWorksUntilItExpiresIsRevokedOrIsUsedUp() {
    Instant expiry = Samples.credential("a", 2).expiresAt();
    commit(new Change.AddCredential(Samples.credential("a", 2)));
    commit(new Change.AddCredential(Samples.credential("b", 2)));

    assertThat(commit(new Change.UseCredential("a", expiry)))
        .isEqualTo(conflict(Conflict.CREDENTIAL_UNUSABLE));
    assertThat(commit(new Change.UseCredential("a", expiry.minusMillis(1))))
        .isInstanceOf(CommitResult.Committed.class);
    assertThat(commit(new Change.UseCredential("a", NOW)))
        .isInstanceOf(CommitResult.Committed.class);
    assertThat(commit(new Change.UseCredential("a", NOW)))
        .isEqualTo(conflict(Conflict.CREDENTIAL_UNUSABLE));
    assertThat(commit(new Change.UseCredential("unknown", NOW)))
        .isEqualTo(conflict(Conflict.CREDENTIAL_UNUSABLE));
    assertThat(commit(new Change.RevokeCredential("b", NOW)))
        .isInstanceOf(CommitResult.Committed.class);
    assertThat(commit(new Change.RevokeCredential("b", NOW)))
        .isEqualTo(conflict(Conflict.CREDENTIAL_UNUSABLE));
    assertThat(commit(new Change.UseCredential("b", NOW)))
        .isEqualTo(conflict(Conflict.CREDENTIAL_UNUSABLE));
    assertThat(ledger.credential("b").orElseThrow().revokedAt()).contains(NOW);
  }

  @Test
  void aConflictInTheMiddleLeavesNothingBehind() {
    CertificateRecord first = Samples.deviceCertificate("a");
    CertificateRecord second = Samples.deviceCertificate("a");
    commit(new Change.AddCredential(Samples.credential("a", 5)));
    ledger.commit(Samples.enrollment("a", "digest", first));

    CommitResult result = ledger.commit(Samples.enrollment("a", "digest", second));

    assertThat(result).isEqualTo(conflict(Conflict.REQUEST_ANSWERED));
    assertThat(ledger.credential("a").orElseThrow().usesLeft()).isEqualTo(4);
    assertThat(ledger.certificate(Samples.ISSUER, Samples.serial(second))).isEmpty();
    assertThat(ledger.certificateCount()).isEqualTo(1);
  }

  @Test
  void aCertificateThatSomebodyShowsIsFoundIfItIsTheOneThatWasStored() {
    CertificateRecord stored = Samples.deviceCertificate("a");
    CertificateRecord another = Samples.deviceCertificate("a");

    ledger.commit(Samples.storing(stored));

    assertThat(ledger.recordOf(Samples.ISSUER, stored.certificate())).contains(stored);
    assertThat(ledger.recordOf("other", stored.certificate())).isEmpty();
    assertThat(ledger.recordOf(Samples.ISSUER, another.certificate())).isEmpty();
  }

  @Test
  void aCertificateIsReadAsItWasStored() {
    CertificateRecord old = Samples.deviceCertificate("a");
    CertificateRecord renewed = Samples.replacing(Samples.deviceCertificate("a"), old);

    ledger.commit(Samples.storing(old));
    ledger.commit(Samples.storing(renewed));

    assertThat(ledger.certificate(Samples.ISSUER, Samples.serial(renewed))).contains(renewed);
    assertThat(ledger.certificate("other", Samples.serial(renewed))).isEmpty();
    assertThat(ledger.isReplaced(Samples.ISSUER, Samples.serial(old))).isTrue();
    assertThat(ledger.isReplaced("other", Samples.serial(old))).isFalse();
    assertThat(ledger.isReplaced(Samples.ISSUER, Samples.serial(renewed))).isFalse();
    assertThat(ledger.certificateCount()).isEqualTo(2);
  }

  @Test
  void revokedCertificatesAreCountedAndReadUntilTheyHaveExpired() {
    CertificateRecord revoked = Samples.deviceCertificate("a");
    ledger.commit(Samples.storing(revoked));
    ledger.commit(Samples.storing(Samples.deviceCertificate("b")));
    CertificateRecord.Revocation revocation =
        new CertificateRecord.Revocation(NOW, "keyCompromise");
    commit(new Change.RevokeCertificate(Samples.ISSUER, Samples.serial(revoked), revocation));

    assertThat(ledger.revokedCount(Samples.ISSUER)).isEqualTo(1);
    assertThat(ledger.revokedCount("other")).isZero();
    assertThat(revokedAt(NOW))
        .containsExactly(
            new RevokedCertificate(revoked.certificate().serialNumber(), NOW, "keyCompromise"));
    assertThat(revokedAt(revoked.certificate().notAfter())).isEmpty();
  }

  private List<RevokedCertificate> revokedAt(Instant at) {
    List<RevokedCertificate> revoked = new ArrayList<>();
    ledger.revokedCertificates(Samples.ISSUER, at, revoked::add);
    return revoked;
  }

  @Test
  void aListTakesTheOthersPlaceOnlyWithAGreaterNumber() {
    PublishedList first = list(1);
    PublishedList second = list(2);

    assertThat(ledger.listAfter(Samples.ISSUER, 0)).isEmpty();
    assertThat(commit(new Change.PublishList(first))).isInstanceOf(CommitResult.Committed.class);
    assertThat(commit(new Change.PublishList(second))).isInstanceOf(CommitResult.Committed.class);
    assertThat(commit(new Change.PublishList(list(2))))
        .isEqualTo(conflict(Conflict.LIST_SUPERSEDED));
    assertThat(commit(new Change.PublishList(first))).isEqualTo(conflict(Conflict.LIST_SUPERSEDED));
    assertThat(ledger.listAfter(Samples.ISSUER, 1)).contains(second);
    assertThat(ledger.listAfter(Samples.ISSUER, 2)).isEmpty();
  }

  private static PublishedList list(long number) {
    return new PublishedList(
        Samples.ISSUER,
        number,
        NOW,
        NOW.plusSeconds(60),
        0,
        Der.of(new byte[] {0x30, 0x03, 0x02, 0x01, (byte) number}));
  }

  @Test
  void aGenerationIsReadAsItWasStoredAndItsDatesChangeOnlyFromWhatWasRead() {
    Generation first = generation(1, List.of());
    Generation second = generation(2, List.of(first.root(), first.certificate()));

    assertThat(commit(new Change.AddGeneration(first))).isInstanceOf(CommitResult.Committed.class);
    assertThat(commit(new Change.AddGeneration(second))).isInstanceOf(CommitResult.Committed.class);
    assertThat(commit(new Change.AddGeneration(second)))
        .isEqualTo(conflict(Conflict.GENERATION_EXISTS));
    assertThat(ledger.generations()).containsExactly(first, second);

    Generation announced = second.announced(NOW.plusSeconds(1));
    assertThat(commit(new Change.MoveGeneration(second, announced)))
        .isInstanceOf(CommitResult.Committed.class);
    assertThat(commit(new Change.MoveGeneration(second, second.active(NOW))))
        .isEqualTo(conflict(Conflict.GENERATION_CHANGED));
    Generation active = announced.active(NOW.plusSeconds(2));
    assertThat(commit(new Change.MoveGeneration(announced, active)))
        .isInstanceOf(CommitResult.Committed.class);
    assertThat(ledger.generations()).containsExactly(first, active);
  }

  private static Generation generation(int number, List<Certificate> links) {
    return new Generation(
        Samples.ISSUER,
        number,
        Samples.deviceCertificate("ca-" + number).certificate(),
        Samples.deviceCertificate("root-" + number).certificate(),
        links,
        NOW,
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  @Test
  void aCertificateOfALaterGenerationReplacesAndIsFoundByItsNamesToo() {
    CertificateRecord old = Samples.deviceCertificate("a");
    CertificateRecord renewed =
        ofGeneration("issuing.2", Samples.replacing(Samples.deviceCertificate("a"), old));
    ledger.commit(Samples.storing(old));
    ledger.commit(Samples.storing(renewed));

    assertThat(ledger.isReplaced(Samples.ISSUER, Samples.serial(old))).isTrue();
    assertThat(ledger.isReplaced("issuing-2", Samples.serial(old))).isFalse();
    assertThat(ledger.certificate("issuing.2", Samples.serial(renewed))).contains(renewed);
    assertThat(ledger.certificate(Samples.ISSUER, Samples.serial(renewed))).isEmpty();
    assertThat(ledger.certificatesNamed(Samples.ISSUER, old.certificate().names().canonical(), NOW))
        .containsExactly(renewed, old);
    assertThat(ledger.lastExpiry("issuing.2")).contains(renewed.certificate().notAfter());
    assertThat(ledger.lastExpiry("issuing.3")).isEmpty();
  }

  private static CertificateRecord ofGeneration(String id, CertificateRecord record) {
    return new CertificateRecord(
        record.certificate(),
        id,
        record.profile(),
        record.endpoint(),
        record.requester(),
        record.requestId(),
        record.issuedAt(),
        record.replaces(),
        record.revocation());
  }

  @Test
  void aSerialNumberIsUsedOncePerIssuer() {
    CertificateRecord record = Samples.deviceCertificate("a");
    ledger.commit(Samples.storing(record));

    assertThat(ledger.commit(Samples.storing(record))).isEqualTo(conflict(Conflict.SERIAL_EXISTS));
  }

  @Test
  void aCertificateIsRevokedOnce() {
    CertificateRecord record = Samples.deviceCertificate("a");
    ledger.commit(Samples.storing(record));
    var revocation = new CertificateRecord.Revocation(NOW, "keyCompromise");
    var revoke = new Change.RevokeCertificate(Samples.ISSUER, Samples.serial(record), revocation);

    assertThat(commit(revoke)).isInstanceOf(CommitResult.Committed.class);
    assertThat(commit(revoke)).isEqualTo(conflict(Conflict.CERTIFICATE_UNKNOWN));
    assertThat(commit(new Change.RevokeCertificate(Samples.ISSUER, "00", revocation)))
        .isEqualTo(conflict(Conflict.CERTIFICATE_UNKNOWN));
    assertThat(
            ledger
                .certificate(Samples.ISSUER, Samples.serial(record))
                .flatMap(CertificateRecord::revocation))
        .contains(revocation);
  }

  @Test
  void aKeyBelongsToTheNamesForWhichItWasCertified() {
    String key = "aa".repeat(32);

    assertThat(ledger.keyUse(key, "cn=a")).isEqualTo(KeyUse.NEVER_CERTIFIED);
    assertThat(claim(key, "cn=a", KeyClaim.NEW)).isInstanceOf(CommitResult.Committed.class);
    assertThat(ledger.keyUse(key, "cn=a")).isEqualTo(KeyUse.FREE_FOR_THESE_NAMES);
    assertThat(ledger.keyUse(key, "cn=b")).isEqualTo(KeyUse.OF_OTHER_NAMES);
    assertThat(ledger.keyUse("bb".repeat(32), "cn=b")).isEqualTo(KeyUse.NEVER_CERTIFIED);
    assertThat(claim(key, "cn=a", KeyClaim.SAME_NAMES)).isInstanceOf(CommitResult.Committed.class);
    assertThat(claim(key, "cn=a", KeyClaim.NEW)).isEqualTo(conflict(Conflict.KEY_TAKEN));
    assertThat(claim(key, "cn=b", KeyClaim.SAME_NAMES)).isEqualTo(conflict(Conflict.KEY_TAKEN));
    assertThat(claim(key, "cn=b", KeyClaim.ANY_NAMES)).isInstanceOf(CommitResult.Committed.class);
    assertThat(claim(key, "cn=a", KeyClaim.SAME_NAMES)).isEqualTo(conflict(Conflict.KEY_TAKEN));
    String own = "cc".repeat(32);
    assertThat(claim(own, "cn=server", KeyClaim.SERVERS_OWN))
        .isInstanceOf(CommitResult.Committed.class);
    assertThat(ledger.keyUse(own, "cn=server")).isEqualTo(KeyUse.SERVERS_OWN);
    for (KeyClaim claim : KeyClaim.values()) {
      assertThat(claim(own, "cn=server", claim)).isEqualTo(conflict(Conflict.KEY_TAKEN));
    }
  }

  private CommitResult claim(String key, String names, KeyClaim claim) {
    return commit(new Change.ClaimKey(key, names, claim));
  }

  @Test
  void ofTwoIdentitiesThatAskForOneKeyAtTheSameMomentOneGetsIt() throws Exception {
    for (int round = 0; round < 20; round++) {
      String key = "%064x".formatted(round);

      List<CommitResult> results =
          atOnce(8, number -> claim(key, "cn=" + number, KeyClaim.SAME_NAMES));

      assertThat(results).filteredOn(CommitResult.Committed.class::isInstance).hasSize(1);
    }
  }

  @Test
  void aRevocationFreesAKeyAndACompromiseEndsIt() {
    CertificateRecord first = Samples.deviceCertificate("a");
    CertificateRecord lost = Samples.deviceCertificate("b");
    for (CertificateRecord record : List.of(first, lost)) {
      String key = record.certificate().subjectPublicKeyInfo().sha256Hex();
      String names = record.certificate().names().canonical();
      ledger.commit(
          new Transaction(
              List.of(
                  new Change.ClaimKey(key, names, KeyClaim.SAME_NAMES),
                  new Change.StoreCertificate(record)),
              Samples.storing(record).event()));
    }
    String firstKey = first.certificate().subjectPublicKeyInfo().sha256Hex();
    String lostKey = lost.certificate().subjectPublicKeyInfo().sha256Hex();

    revoke(first, "superseded");
    revoke(lost, "keyCompromise");

    assertThat(ledger.keyUse(firstKey, "cn=other")).isEqualTo(KeyUse.FREE_FOR_THESE_NAMES);
    assertThat(claim(firstKey, "cn=other", KeyClaim.SAME_NAMES))
        .isInstanceOf(CommitResult.Committed.class);
    assertThat(ledger.keyUse(lostKey, lost.certificate().names().canonical()))
        .isEqualTo(KeyUse.COMPROMISED);
    assertThat(claim(lostKey, lost.certificate().names().canonical(), KeyClaim.ANY_NAMES))
        .isEqualTo(conflict(Conflict.KEY_TAKEN));
  }

  private void revoke(CertificateRecord record, String reason) {
    assertThat(
            commit(
                new Change.RevokeCertificate(
                    Samples.ISSUER,
                    Samples.serial(record),
                    new CertificateRecord.Revocation(NOW, reason))))
        .isInstanceOf(CommitResult.Committed.class);
  }

  @Test
  void aKeyIsNotFreeWhileAnotherCertificateForItsNamesCounts() {
    CertificateRecord one = Samples.deviceCertificate("a");
    String key = one.certificate().subjectPublicKeyInfo().sha256Hex();
    String names = one.certificate().names().canonical();
    CertificateRecord two = Samples.withKeyOf(one);
    for (CertificateRecord record : List.of(one, two)) {
      ledger.commit(
          new Transaction(
              List.of(
                  new Change.ClaimKey(key, names, KeyClaim.SAME_NAMES),
                  new Change.StoreCertificate(record)),
              Samples.storing(record).event()));
    }

    revoke(one, "superseded");
    assertThat(ledger.keyUse(key, "cn=other")).isEqualTo(KeyUse.OF_OTHER_NAMES);
    revoke(two, "superseded");
    assertThat(ledger.keyUse(key, "cn=other")).isEqualTo(KeyUse.FREE_FOR_THESE_NAMES);
  }

  @Test
  void noMoreCertificatesThanAreAllowedHaveTheSameNames() throws Exception {
    String names = Samples.deviceCertificate("a").certificate().names().canonical();
    List<CertificateRecord> all =
        IntStream.range(0, 24).mapToObj(_ -> Samples.deviceCertificate("a")).toList();

    List<CommitResult> results =
        atOnce(
            all.size(),
            number ->
                ledger.commit(
                    new Transaction(
                        List.of(
                            new Change.LimitNames(names, 3, Optional.empty(), NOW),
                            new Change.StoreCertificate(all.get(number))),
                        Samples.storing(all.get(number)).event())));

    assertThat(results).filteredOn(CommitResult.Committed.class::isInstance).hasSize(3);
    assertThat(results)
        .filteredOn(result -> !(result instanceof CommitResult.Committed))
        .containsOnly(conflict(Conflict.NAMES_EXHAUSTED));
    assertThat(ledger.namesInUse(names, Optional.empty(), NOW)).isEqualTo(3);
    List<CertificateRecord> stored = ledger.certificatesNamed(Samples.ISSUER, names, NOW);
    assertThat(ledger.namesInUse(names, Optional.of(Samples.serial(stored.getFirst())), NOW))
        .isEqualTo(2);
    revoke(stored.getFirst(), "superseded");
    assertThat(ledger.namesInUse(names, Optional.empty(), NOW)).isEqualTo(2);
    assertThat(
            ledger.namesInUse(names, Optional.empty(), stored.getFirst().certificate().notAfter()))
        .isZero();
  }

  private static List<CommitResult> atOnce(int many, IntFunction<CommitResult> commit)
      throws Exception {
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<CommitResult>> running =
          IntStream.range(0, many)
              .mapToObj(number -> threads.submit(() -> commit.apply(number)))
              .toList();
      List<CommitResult> results = new ArrayList<>();
      for (Future<CommitResult> one : running) {
        results.add(one.get());
      }
      return results;
    }
  }

  @Test
  void certificatesAreFoundByTheirNamesWhileTheyCount() {
    List<CertificateRecord> twelve =
        IntStream.range(0, 12).mapToObj(_ -> Samples.deviceCertificate("a")).toList();
    twelve.forEach(record -> ledger.commit(Samples.storing(record)));
    ledger.commit(Samples.storing(Samples.deviceCertificate("b")));
    commit(
        new Change.RevokeCertificate(
            Samples.ISSUER,
            Samples.serial(twelve.getLast()),
            new CertificateRecord.Revocation(NOW, "superseded")));
    SubjectNames otherSpelling = SubjectNames.parse("cn=A,o=example", List.of("dns:A.example"));

    assertThat(ledger.certificatesNamed(Samples.ISSUER, otherSpelling.canonical(), NOW))
        .isEqualTo(twelve.subList(1, 11).reversed());
    assertThat(ledger.certificatesNamed("other", otherSpelling.canonical(), NOW)).isEmpty();
    assertThat(
            ledger.certificatesNamed(
                Samples.ISSUER,
                otherSpelling.canonical(),
                twelve.getFirst().certificate().notAfter()))
        .isEmpty();
  }

  @Test
  void anAnswerIsRememberedForItsLifetime() {
    CertificateRecord record = Samples.deviceCertificate("a");
    CertificateRecord later = Samples.deviceCertificate("a");
    ledger.commit(Samples.storing(record));
    ledger.commit(Samples.storing(later));
    Instant end = NOW.plus(Duration.ofHours(1));

    assertThat(commit(answer("digest", record, NOW))).isInstanceOf(CommitResult.Committed.class);

    assertThat(ledger.answerTo("digest", NOW)).contains(record);
    assertThat(ledger.answerTo("digest", end)).contains(record);
    assertThat(ledger.answerTo("digest", end.plusMillis(1))).isEmpty();
    assertThat(ledger.answerTo("other", NOW)).isEmpty();
    assertThat(commit(answer("digest", later, end))).isEqualTo(conflict(Conflict.REQUEST_ANSWERED));
    assertThat(commit(answer("digest", later, end.plusMillis(1))))
        .isInstanceOf(CommitResult.Committed.class);
    assertThat(ledger.answerTo("digest", end.plusMillis(1))).contains(later);
  }

  private static Change answer(String digest, CertificateRecord record, Instant at) {
    return new Change.RememberAnswer(
        digest, record.issuer(), Samples.serial(record), at, Duration.ofHours(1));
  }

  @Test
  void aPendingRequestGoesFromWaitingThroughApprovedToDone() {
    PendingRecord pending = Samples.pending("digest");
    commit(new Change.AddPending(pending));
    var approved = new State.Approved(NOW, "operator");
    var denied = new State.Denied(NOW, "operator", "unknown device");
    var done = new State.Done(Samples.ISSUER, "0a");

    assertThat(ledger.pending(pending.ticket())).contains(pending);
    assertThat(move(pending, done)).isEqualTo(conflict(Conflict.TICKET_SETTLED));
    assertThat(move(pending, approved)).isInstanceOf(CommitResult.Committed.class);
    assertThat(move(pending, approved)).isEqualTo(conflict(Conflict.TICKET_SETTLED));
    assertThat(move(pending, denied)).isEqualTo(conflict(Conflict.TICKET_SETTLED));
    assertThat(move(pending, new State.Waiting())).isEqualTo(conflict(Conflict.TICKET_SETTLED));
    assertThat(ledger.pending(pending.ticket()).orElseThrow().state()).isEqualTo(approved);
    assertThat(move(pending, done)).isInstanceOf(CommitResult.Committed.class);
    assertThat(ledger.pendingWithDigest("digest").orElseThrow().state()).isEqualTo(done);
    assertThat(move(pending, done)).isEqualTo(conflict(Conflict.TICKET_SETTLED));
  }

  @Test
  void aDeniedRequestStaysDenied() {
    PendingRecord pending = Samples.pending("digest");
    commit(new Change.AddPending(pending));
    var denied = new State.Denied(NOW, "operator", "unknown device");

    assertThat(move(pending, denied)).isInstanceOf(CommitResult.Committed.class);

    assertThat(move(pending, new State.Approved(NOW, "operator")))
        .isEqualTo(conflict(Conflict.TICKET_SETTLED));
    assertThat(ledger.pending(pending.ticket()).orElseThrow().state()).isEqualTo(denied);
    assertThat(commit(new Change.AddPending(Samples.pending("digest"))))
        .isEqualTo(conflict(Conflict.REQUEST_PENDING));
  }

  @Test
  void aRequestPendsOnceUntilItIsDone() {
    PendingRecord first = Samples.pending("digest");
    PendingRecord second = Samples.pending("digest");
    PendingRecord other = Samples.pending("other");
    commit(new Change.AddPending(first));
    commit(new Change.AddPending(other));

    assertThat(commit(new Change.AddPending(second))).isEqualTo(conflict(Conflict.REQUEST_PENDING));
    move(first, new State.Approved(NOW, "operator"));
    move(first, new State.Done(Samples.ISSUER, "0a"));

    assertThat(commit(new Change.AddPending(second))).isInstanceOf(CommitResult.Committed.class);
    assertThat(ledger.pendingWithDigest("digest")).contains(second);
    assertThat(ledger.pendingRequests(10)).containsExactly(second, other);
  }

  @Test
  void aRequestIsFoundByItsExchangeWithWhatWasKept() {
    var kept = new PendingRecord.Kept("exchange", Der.of(new byte[] {1, 2, 3}));
    PendingRecord first = inExchange(Samples.pending("digest"), kept);
    PendingRecord second = inExchange(Samples.pending("other"), kept);
    commit(new Change.AddPending(first));
    assertThat(ledger.pendingInExchange("exchange")).contains(first);

    commit(new Change.AddPending(second));

    assertThat(ledger.pendingInExchange("exchange")).contains(second);
    assertThat(ledger.pendingInExchange("another")).isEmpty();
    assertThat(ledger.pendingWithDigest("digest")).contains(first);
  }

  private static PendingRecord inExchange(PendingRecord plain, PendingRecord.Kept kept) {
    return new PendingRecord(
        plain.ticket(),
        plain.digest(),
        plain.endpoint(),
        plain.requester(),
        plain.profile(),
        plain.names(),
        plain.keySha256(),
        plain.keyType(),
        plain.createdAt(),
        plain.state(),
        java.util.Optional.of(kept));
  }

  private CommitResult move(PendingRecord pending, State next) {
    return commit(new Change.MovePending(pending.ticket(), next));
  }

  @Test
  void certificatesAreFoundByPartsOfTheirTexts() {
    CertificateRecord press = Samples.deviceCertificate("press-7");
    CertificateRecord pump = Samples.deviceCertificate("Pump-12");
    CertificateRecord umlaut =
        Samples.record(
            Samples.certificate(
                new SubjectNames(DistinguishedName.parse("CN=Ölpumpe \\\"50%\\\""), List.of()),
                Samples.freshKey(),
                NOW.plus(Duration.ofDays(10))),
            "operator");
    List.of(press, pump, umlaut).forEach(record -> ledger.commit(Samples.storing(record)));

    assertThat(search("subject", "PUMP")).containsExactly(umlaut, pump);
    assertThat(search("subject", "ÖLP")).containsExactly(umlaut);
    assertThat(search("subject", "50%")).containsExactly(umlaut);
    assertThat(search("subject", "e \\\"5")).containsExactly(umlaut);
    assertThat(search("subject", "press-7.example")).isEmpty();
    assertThat(search("alternative", "press-7.exa")).containsExactly(press);
    assertThat(search("requester", "credential:p")).containsExactly(pump, press);
    assertThat(search("requester", "CREDENTIAL:PUMP")).containsExactly(pump);
    assertThat(search("serial", Samples.serial(pump).toUpperCase(Locale.ROOT)))
        .containsExactly(pump);
    assertThat(search("serial", Samples.serial(pump).substring(2))).isEmpty();
    assertThat(search("serial", "no hex")).isEmpty();
    assertThat(ledger.certificates(CertificateQuery.newest(2))).containsExactly(umlaut, pump);
  }

  @Test
  void conditionsOfASearchHoldTogether() {
    CertificateRecord press = Samples.deviceCertificate("press-7");
    CertificateRecord pump = Samples.deviceCertificate("pump-12");
    List.of(press, pump).forEach(record -> ledger.commit(Samples.storing(record)));
    Instant expiry = press.certificate().notAfter();

    assertThat(
            ledger.certificates(query("p", "press", expiry.minusMillis(1), expiry.plusMillis(1))))
        .containsExactly(press);
    assertThat(ledger.certificates(query("pump", "press", NOW, expiry.plusMillis(1)))).isEmpty();
    assertThat(ledger.certificates(query("press", "press", expiry, expiry.plusMillis(1))))
        .isEmpty();
    assertThat(ledger.certificates(query("press", "press", NOW, expiry))).isEmpty();
  }

  @Test
  void aSearchMissesNothingHoweverMuchWasStoredJustNow() {
    List<CertificateRecord> records =
        IntStream.range(0, 400).mapToObj(i -> Samples.deviceCertificate("needle-" + i)).toList();

    for (int i = 0; i < records.size(); i++) {
      ledger.commit(Samples.storing(records.get(i)));
      if (i % 50 == 0) {
        assertThat(search("subject", "needle")).hasSize(i + 1);
      }
    }

    assertThat(search("subject", "needle")).isEqualTo(records.reversed());
    assertThat(search("alternative", "needle-399.")).containsExactly(records.getLast());
  }

  private List<CertificateRecord> search(String field, String text) {
    return ledger.certificates(
        new CertificateQuery(
            Optional.of(text).filter(_ -> field.equals("subject")),
            Optional.of(text).filter(_ -> field.equals("alternative")),
            Optional.of(text).filter(_ -> field.equals("serial")),
            Optional.of(text).filter(_ -> field.equals("requester")),
            Optional.empty(),
            Optional.empty(),
            10_000));
  }

  private static CertificateQuery query(
      String subject, String alternative, Instant after, Instant before) {
    return new CertificateQuery(
        Optional.of(subject),
        Optional.of(alternative),
        Optional.empty(),
        Optional.empty(),
        Optional.of(after),
        Optional.of(before),
        10);
  }

  @Test
  void certificatesTellWhichEntryRecordedThem() {
    CertificateRecord first = Samples.deviceCertificate("a");
    CertificateRecord second = Samples.deviceCertificate("b");
    ledger.commit(Samples.storing(first));
    commit();
    ledger.commit(Samples.storing(second));

    var issuances = ledger.issuances(0, 10);

    assertThat(issuances)
        .extracting(issuance -> issuance.serial() + " " + issuance.auditSequence())
        .containsExactly(Samples.serial(first) + " 1", Samples.serial(second) + " 3");
    assertThat(ledger.issuances(issuances.getFirst().position(), 10))
        .containsExactly(issuances.getLast());
  }

  @Test
  void aNotificationIsKeptUntilItIsRemoved() {
    Notification issued = notification("a", new Notification.News.Issued("issuing", "01ab"), 0);
    Notification refused =
        notification("b", new Notification.News.Refused("name-not-entitled", "x=\u0000\n"), 60);

    commit(new Change.AddNotification(refused), new Change.AddNotification(issued));

    assertThat(ledger.notificationsDue(NOW.minusSeconds(1), 10)).isEmpty();
    assertThat(ledger.notificationsDue(NOW, 10)).containsExactly(issued);
    assertThat(ledger.notificationsDue(NOW.plusSeconds(60), 10)).containsExactly(issued, refused);
    assertThat(ledger.notificationsDue(NOW.plusSeconds(60), 1)).containsExactly(issued);

    commit(new Change.PostponeNotification("a", 3, NOW.plusSeconds(90), "down\u0000"));
    commit(new Change.RemoveNotification("b"));

    assertThat(ledger.notificationsDue(NOW.plusSeconds(60), 10)).isEmpty();
    Notification postponed = ledger.notificationsDue(NOW.plusSeconds(90), 10).getFirst();
    assertThat(postponed.attempts()).isEqualTo(3);
    assertThat(postponed.problem()).isEqualTo("down\u0000");
    assertThat(commit(new Change.RemoveNotification("b")))
        .isEqualTo(conflict(Conflict.NOTIFICATION_SETTLED));
    assertThat(commit(new Change.PostponeNotification("b", 1, NOW, "")))
        .isEqualTo(conflict(Conflict.NOTIFICATION_SETTLED));
  }

  private static Notification notification(String id, Notification.News news, long dueIn) {
    return new Notification(
        id,
        "scep/phones",
        "T 1",
        Der.of(new byte[] {1, 2}),
        news,
        NOW,
        0,
        NOW.plusSeconds(dueIn),
        "");
  }

  @Test
  void anIdleLedgerIsWritable() {
    assertThat(ledger.isWritable()).isTrue();
  }
}
