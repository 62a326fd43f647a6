package dev.chancery.bench;

import dev.chancery.authority.audit.AuditEntry;
import dev.chancery.authority.ledger.CertificateRecord;
import dev.chancery.lab.LabException;
import dev.chancery.ledger.BulkLedger;
import dev.chancery.ledger.SqliteLedger;
import dev.chancery.ledger.SqliteSettings;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.key.KeyPairs;
import dev.chancery.pki.key.KeyType;
import dev.chancery.pki.request.CertificationRequest;
import dev.chancery.pki.request.CertificationRequestBuilder;
import dev.chancery.pki.request.ProofOfPossession;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;

/// Fills a ledger with what a server would have written: each certificate is for a key of its own
/// and signed by the issuer, with its audit entry and its answer, and every tenth is revoked.
final class LedgerLoader {
  /// So many credentials share a write to disk; a server gets by with fewer.
  private static final int AT_A_TIME = 4_096;

  /// So many enrollments are made together.
  private static final int CHUNK = 1_000;

  private final Path data;
  private final Progress progress;

  /// @param data a server's data folder, with no server
  LedgerLoader(Path data, Progress progress) {
    this.data = data;
    this.progress = progress;
  }

  /// How filling went.
  ///
  /// @param loaded certificates
  /// @param seconds without the search index
  /// @param indexSeconds for the search index
  record Filling(long loaded, double seconds, double indexSeconds) {
    double perSecond() {
      return loaded / seconds;
    }
  }

  /// Issues certificates until there are `wanted`, and indexes them.
  Filling certificates(long wanted) {
    BulkIssuer issuer;
    long first;
    try (SqliteLedger ledger = open()) {
      issuer = pattern(ledger);
      first = ledger.certificateCount();
    }
    progress.begin("filling the ledger up to " + wanted + " certificates");
    long begun = System.nanoTime();
    if (first < wanted) {
      fill(issuer, first, wanted);
    }
    long filled = System.nanoTime();
    new SearchFiller(data.resolve("ledger.db"), progress).fill();
    return new Filling(
        Math.max(0, wanted - first), (filled - begun) / 1e9, (System.nanoTime() - filled) / 1e9);
  }

  /// One enrollment as the authority carries it out.
  private BulkIssuer pattern(SqliteLedger ledger) {
    CertificationRequest request =
        CertificationRequestBuilder.builder(
                Device.namesOf(BulkIssuer.DEVICE), KeyPairs.generate(KeyType.P_256))
            .build();
    Certificate certificate =
        LocalAuthority.open(data, ledger)
            .issue(
                0,
                request.template(),
                ProofOfPossession.verify(request),
                "load-" + BulkIssuer.DEVICE);
    CertificateRecord record =
        ledger.certificate("issuing", certificate.serialNumber().toString()).orElseThrow();
    AuditEntry entry = ledger.newestAuditEntries(ledger.node(), 1).getFirst();
    return new BulkIssuer(record, entry, data);
  }

  private void fill(BulkIssuer issuer, long first, long wanted) {
    int cores = Runtime.getRuntime().availableProcessors();
    Queue<Future<List<BulkLedger.Prepared>>> chunks = new ArrayDeque<>();
    progress.restart();
    try (BulkLedger ledger = BulkLedger.open(data.resolve("ledger.db"));
        ExecutorService threads = Executors.newFixedThreadPool(cores)) {
      long ordered = first;
      long done = first;
      while (done < wanted) {
        while (ordered < wanted && chunks.size() < 4 * cores) {
          long from = ordered;
          int count = (int) Math.min(CHUNK, wanted - ordered);
          chunks.add(threads.submit(() -> issuer.enrollments(from, count)));
          ordered += count;
        }
        ledger.write(chunks.remove().get());
        done = Math.min(wanted, done + CHUNK);
        progress.at(done - first, wanted - first);
      }
      progress.say("bringing it to disk");
    } catch (ExecutionException e) {
      throw new LabException("the ledger cannot be filled", e);
    } catch (InterruptedException e) {
      throw LabException.interrupted(e);
    }
  }

  /// Makes `count` credentials, each for one device, once.
  void credentials(int count) {
    progress.begin("making " + count + " open credentials");
    try (SqliteLedger ledger = open()) {
      LocalAuthority authority = LocalAuthority.open(data, ledger);
      all(count, authority::credential);
    }
  }

  private SqliteLedger open() {
    SqliteSettings usual = SqliteSettings.defaults();
    return SqliteLedger.open(
        data.resolve("ledger.db"),
        new SqliteSettings(AT_A_TIME, usual.readers(), Duration.ofMinutes(5), usual.mostPages()));
  }

  /// Does `one` for 0, 1, … `count` - 1, many at the same time.
  private void all(int count, IntConsumer one) {
    AtomicInteger next = new AtomicInteger();
    AtomicInteger done = new AtomicInteger();
    progress.restart();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> workers = new ArrayList<>();
      for (int worker = 0; worker < AT_A_TIME; worker++) {
        workers.add(
            threads.submit(() -> {
              for (int number = next.getAndIncrement();
                  number < count;
                  number = next.getAndIncrement()) {
                one.accept(number);
                progress.at(done.incrementAndGet(), count);
              }
            }));
      }
      for (Future<?> worker : workers) {
        worker.get();
      }
    } catch (ExecutionException e) {
      throw new LabException("the ledger cannot be filled", e);
    } catch (InterruptedException e) {
      throw LabException.interrupted(e);
    }
  }
}
