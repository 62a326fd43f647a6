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

/// What takes longest at the start and needs no configuration, done beside the reading of it: the
/// database, native libraries, and the many classes behind each.
final class Beside implements AutoCloseable {
  private final CompletableFuture<Ledger> ledger;
  private final CompletableFuture<QueuedThreadPool> threads;
  private final CompletableFuture<Boolean> nativeLibraries;

  private Beside(
      CompletableFuture<Ledger> ledger,
      CompletableFuture<QueuedThreadPool> threads,
      CompletableFuture<Boolean> nativeLibraries) {
    this.ledger = ledger;
    this.threads = threads;
    this.nativeLibraries = nativeLibraries;
  }

  /// Begins all of it.
  ///
  /// @param open opens the ledger
  static Beside start(Supplier<Ledger> open) {
    return new Beside(
        CompletableFuture.supplyAsync(open),
        CompletableFuture.supplyAsync(Listeners::threads),
        CompletableFuture.supplyAsync(
            () -> Conscrypt.isAvailable() && !Providers.description().isEmpty()));
  }

  /// The ledger, open. It closes with this.
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
    try {
      joined(ledger).close();
    } catch (LedgerUnavailableException e) {
      // It was never open, which whoever asked for it has been told.
    }
  }
}
