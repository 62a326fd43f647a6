package dev.chancery.ledger;

import java.nio.charset.StandardCharsets;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Optional;

/// A column as both databases have it.
record Column(String name, Type type) {
  /// The three types that the ledger uses.
  enum Type {
    NUMBER,
    TEXT,
    BYTES;

    /// The type that PostgreSQL calls `dataType`.
    static Type of(String dataType) throws SQLException {
      return switch (dataType) {
        case "bigint" -> NUMBER;
        case "text" -> TEXT;
        case "bytea" -> BYTES;
        default -> throw new SQLException("a column has the type " + dataType);
      };
    }

    /// Copies the value at `index` of a row into the parameter of the same index.
    void copy(ResultSet row, PreparedStatement statement, int index) throws SQLException {
      switch (this) {
        case NUMBER -> {
          long number = row.getLong(index);
          if (row.wasNull()) {
            statement.setNull(index, java.sql.Types.BIGINT);
          } else {
            statement.setLong(index, number);
          }
        }
        case TEXT -> statement.setString(index, row.getString(index));
        case BYTES -> statement.setBytes(index, row.getBytes(index));
      }
    }

    /// The value at `index` of a row; empty for NULL.
    Optional<byte[]> bytes(ResultSet row, int index) throws SQLException {
      return switch (this) {
        case NUMBER -> {
          long number = row.getLong(index);
          yield row.wasNull()
              ? Optional.empty()
              : Optional.of(Long.toString(number).getBytes(StandardCharsets.US_ASCII));
        }
        case TEXT ->
            Optional.ofNullable(row.getString(index))
                .map(text -> text.getBytes(StandardCharsets.UTF_8));
        case BYTES -> Optional.ofNullable(row.getBytes(index));
      };
    }
  }
}
