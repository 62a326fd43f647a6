package dev.chancery.server;

import dev.chancery.authority.ledger.Ledger;
import dev.chancery.authority.ledger.LedgerUnavailableException;
import dev.chancery.pki.crypto.Providers;
import dev.chancery.server.http.Listeners;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;
import org.conscrypt.Conscrypt;
import org.eclipse.jetty.util.thread.QueuedThreadPool;

/// What takes longest at the start, done beside the rest: native libraries and threads, which need
/// no configuration, then the database, and the many classes behind each.
final class Beside implements AutoCloseable {
  private final CompletableFuture<QueuedThreadPool> threads;
  private final CompletableFuture<Boolean> nativeLibraries;
  private final CompletableFuture<Ledger> ledger = new CompletableFuture<>();
  private volatile boolean opening;

  private Beside(
      CompletableFuture<QueuedThreadPool> threads, CompletableFuture<Boolean> nativeLibraries) {
    this.threads = threads;
    this.nativeLibraries = nativeLibraries;
  }

  /// Begins with what needs no configuration.
  static Beside start() {
    return new Beside(
        CompletableFuture.supplyAsync(Listeners::threads),
        CompletableFuture.supplyAsync(
            () -> Conscrypt.isAvailable() && !Providers.description().isEmpty()));
  }

  /// Begins to open the ledger.
  void open(Supplier<Ledger> supplier) {
    opening = true;
    var _ = ledger.completeAsync(supplier);
  }

  /// The ledger, open, after [#open]. It closes with this.
  ///
  /// @throws LedgerUnavailableException if it could not be opened
  Ledger ledger() {
    return joined(ledger);
  }

  QueuedThreadPool threads() {
    return joined(threads);
  }

  private static <T> T joined(CompletableFuture<T> future) {
    try {
      return future.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw e;
    }
  }

  @Override
  public void close() {
    nativeLibraries.join();
    if (!opening) {
      return;
    }
    try {
      joined(ledger).close();
    } catch (LedgerUnavailableException e) {
      // It was never open, which whoever asked for it has been told.
    }
  }
}
