package dev.chancery.server;

import dev.chancery.authority.ledger.Ledger;
import dev.chancery.ledger.PostgresLedger;
import dev.chancery.ledger.SqliteLedger;
import dev.chancery.server.configuration.Configuration;
import java.nio.file.Path;
import java.time.Instant;

/// Opens the ledger where the configuration says it is.
public final class Ledgers {
  /// The file of a ledger in SQLite, in the data folder.
  public static final String FILE = "ledger.db";

  private Ledgers() {}

  /// Opens the ledger and brings its tables up to date.
  ///
  /// @throws dev.chancery.authority.ledger.LedgerUnavailableException if that does not work
  public static Ledger open(Configuration.Database database, Path dataFolder, Instant now) {
    return switch (database) {
      case Configuration.Database.Sqlite _ -> SqliteLedger.open(dataFolder.resolve(FILE));
      case Configuration.Database.Postgres postgres ->
          PostgresLedger.open(postgres.settings(), now);
    };
  }
}
