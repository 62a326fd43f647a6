package dev.chancery.ledger;

import dev.chancery.authority.ledger.Change;
import dev.chancery.authority.ledger.Conflict;
import dev.chancery.authority.ledger.LedgerUnavailableException;
import dev.chancery.authority.ledger.Transaction;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.flywaydb.core.api.FlywayException;

/// An SQLite ledger that is filled by the million before anybody depends on it: the same writes in
/// the same tables, with the same audit chain, but nothing is on disk for sure before [#close]. If
/// the process ends before that, the file is to be thrown away. Parts of names are not indexed; a
/// server does that, or whoever fills. For one thread.
public final class BulkLedger implements AutoCloseable {
  /// Indexes whose keys come in no order are changed in memory.
  private static final int CACHE_KIB = 1024 * 1024;

  private final SqliteFile file;
  private final Session session;
  private final BulkAnswers answers = new BulkAnswers();
  private AuditTable.Tail end;

  private BulkLedger(SqliteFile file, Session session, AuditTable.Tail end) {
    this.file = file;
    this.session = session;
    this.end = end;
  }

  /// A transaction with all that can be computed before it is its turn; any thread makes it.
  public static final class Prepared {
    private final List<Write> writes = new ArrayList<>();
    private final List<BulkAnswers.Answer> answers = new ArrayList<>();
    private final Submission.Event event;

    private Prepared(Transaction transaction) {
      for (Change change : transaction.changes()) {
        if (change instanceof Change.RememberAnswer answer) {
          answers.add(BulkAnswers.Answer.of(answer));
        } else {
          writes.add(Write.of(change));
        }
      }
      event =
          new Submission.Event(transaction.event(), Columns.details(transaction.event().details()));
    }

    /// Computes what `transaction` will write.
    public static Prepared of(Transaction transaction) {
      return new Prepared(transaction);
    }
  }

  /// Opens the ledger in `file`, making it if there is none, and brings its tables up to date.
  ///
  /// @throws LedgerUnavailableException if that does not work, or another process has it open
  public static BulkLedger open(Path file) {
    SqliteFile held = SqliteFile.open(file, SqliteSettings.defaults());
    Optional<Session> session = Optional.empty();
    boolean opened = false;
    try {
      Schema.migrate(held.dataSource(), held.dialect());
      session = Optional.of(held.openWriter());
      session.get().configure("PRAGMA journal_mode = OFF");
      session.get().configure("PRAGMA synchronous = OFF");
      session.get().configure("PRAGMA cache_size = -" + CACHE_KIB);
      // One transaction: a page that changes again and again is written once, if there is room.
      session.get().begin();
      BulkLedger ledger = new BulkLedger(held, session.get(), AuditTable.tail(session.get()));
      opened = true;
      return ledger;
    } catch (SQLException | FlywayException e) {
      throw new LedgerUnavailableException("the ledger cannot be opened: " + file, e);
    } finally {
      if (!opened) {
        close(held, session);
      }
    }
  }

  /// Writes transactions in their order.
  ///
  /// @throws IllegalStateException if one of them meets a conflict
  /// @throws LedgerUnavailableException if the file cannot be written
  public void write(List<Prepared> transactions) {
    try {
      for (Prepared one : transactions) {
        for (Write write : one.writes) {
          apply(write);
        }
        end = AuditTable.append(session, end, one.event.event(), one.event.details(), false);
        one.answers.forEach(answers::add);
      }
    } catch (SQLException e) {
      throw new LedgerUnavailableException(file.description() + " cannot be filled", e);
    }
  }

  private void apply(Write write) throws SQLException {
    Optional<Conflict> conflict = write.apply(session, end.sequence() + 1);
    if (conflict.isPresent()) {
      throw new IllegalStateException("what fills the ledger meets " + conflict.get());
    }
  }

  /// Stores the answers and brings everything to disk; after that the file is like any other
  /// ledger.
  @Override
  public void close() {
    try (answers) {
      answers.store(session);
      session.commit();
      session.configure("PRAGMA synchronous = FULL");
      session.configure("PRAGMA journal_mode = WAL");
    } catch (SQLException e) {
      throw new LedgerUnavailableException(file.description() + " cannot be completed", e);
    } finally {
      close(file, Optional.of(session));
    }
  }

  private static void close(SqliteFile file, Optional<Session> session) {
    try (file) {
      if (session.isPresent()) {
        session.get().close();
      }
    } catch (SQLException e) {
      throw new LedgerUnavailableException("the ledger's connection cannot be closed", e);
    }
  }
}
