package dev.chancery.ledger;

import java.sql.SQLDataException;
import java.sql.SQLException;
import org.postgresql.util.PSQLException;

/// What PostgreSQL's SQLStates mean for transactions.
final class PostgresFaults {
  /// The SQLState of a transaction that could not be brought into one order with the others.
  static final String SERIALIZATION = "40001";

  private static final String DEADLOCK = "40P01";
  private static final String LOCK_NOT_AVAILABLE = "55P03";
  private static final String UNIQUE_VIOLATION = "23505";

  private PostgresFaults() {}

  static Database.Fault of(Exception e) {
    if (!(e instanceof SQLException sql) || e instanceof SQLDataException) {
      return Database.Fault.TRANSACTION;
    }
    String state = sql.getSQLState();
    if (state == null || state.length() != 5) {
      return Database.Fault.DATABASE;
    }
    return switch (state) {
      case SERIALIZATION, DEADLOCK, LOCK_NOT_AVAILABLE -> Database.Fault.COLLISION;
      case UNIQUE_VIOLATION ->
          isOfTheChain(sql) ? Database.Fault.COLLISION : Database.Fault.TRANSACTION;
      // Shutting down, starting up, and read-only since another one has become the primary.
      case "57P01", "57P02", "57P03", "25006" -> Database.Fault.CONNECTION;
      default -> ofClass(state.substring(0, 2));
    };
  }

  /// The chain's end has moved on since it was read.
  private static boolean isOfTheChain(SQLException e) {
    for (SQLException one = e; one != null; one = one.getNextException()) {
      if (one instanceof PSQLException reported
          && reported.getServerErrorMessage() != null
          && "audit".equals(reported.getServerErrorMessage().getTable())) {
        return true;
      }
    }
    return false;
  }

  private static Database.Fault ofClass(String sqlClass) {
    return switch (sqlClass) {
      case "08" -> Database.Fault.CONNECTION;
      case "22", "23", "54" -> Database.Fault.TRANSACTION;
      default -> Database.Fault.DATABASE;
    };
  }
}
