package dev.chancery.ledger;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Types;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// A connection with the statements that were prepared on it. Used by one thread at a time.
final class Session implements AutoCloseable {
  /// Reads a row.
  @FunctionalInterface
  interface RowReader<T> {
    T read(ResultSet row) throws SQLException;
  }

  private final Connection connection;
  private final Map<String, PreparedStatement> prepared = new HashMap<>();

  Session(Connection connection) {
    this.connection = connection;
  }

  /// Carries out a statement and tells how many rows it changed. Parameters are texts, longs,
  /// integers, byte arrays and optionals of these.
  int update(String sql, Object... parameters) throws SQLException {
    return bound(sql, parameters).executeUpdate();
  }

  /// Carries out a PRAGMA. It yields a row; left open, that would keep the log from being emptied.
  void configure(String pragma) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(pragma);
    }
  }

  /// Carries out a statement of transaction control.
  void run(String sql) throws SQLException {
    bound(sql).execute();
  }

  <T> Optional<T> first(RowReader<T> reader, String sql, Object... parameters) throws SQLException {
    try (ResultSet rows = bound(sql, parameters).executeQuery()) {
      return rows.next() ? Optional.of(reader.read(rows)) : Optional.empty();
    }
  }

  <T> List<T> list(RowReader<T> reader, String sql, Object... parameters) throws SQLException {
    List<T> list = new ArrayList<>();
    try (ResultSet rows = bound(sql, parameters).executeQuery()) {
      while (rows.next()) {
        list.add(reader.read(rows));
      }
    }
    return list;
  }

  /// The first `most` rows that `reader` makes something of; reads no further than that.
  <T> List<T> matching(int most, RowReader<Optional<T>> reader, String sql, Object... parameters)
      throws SQLException {
    List<T> list = new ArrayList<>();
    try (ResultSet rows = bound(sql, parameters).executeQuery()) {
      while (list.size() < most && rows.next()) {
        reader.read(rows).ifPresent(list::add);
      }
    }
    return list;
  }

  /// True if some row is as wanted; reads no further than that.
  boolean any(RowReader<Boolean> wanted, String sql, Object... parameters) throws SQLException {
    try (ResultSet rows = bound(sql, parameters).executeQuery()) {
      while (rows.next()) {
        if (wanted.read(rows)) {
          return true;
        }
      }
      return false;
    }
  }

  boolean exists(String sql, Object... parameters) throws SQLException {
    try (ResultSet rows = bound(sql, parameters).executeQuery()) {
      return rows.next();
    }
  }

  private PreparedStatement bound(String sql, Object... parameters) throws SQLException {
    PreparedStatement statement = prepared.get(sql);
    if (statement == null) {
      statement = connection.prepareStatement(sql);
      prepared.put(sql, statement);
    }
    for (int i = 0; i < parameters.length; i++) {
      bind(statement, i + 1, parameters[i]);
    }
    return statement;
  }

  private static void bind(PreparedStatement statement, int index, Object value)
      throws SQLException {
    switch (value) {
      case String text -> statement.setString(index, text);
      case Long number -> statement.setLong(index, number);
      case Integer number -> statement.setInt(index, number);
      case byte[] bytes -> statement.setBytes(index, bytes);
      case Optional<?> optional when optional.isPresent() -> bind(statement, index, optional.get());
      case Optional<?> _ -> statement.setNull(index, Types.NULL);
      default -> throw new IllegalArgumentException("no column holds a " + value.getClass());
    }
  }

  @Override
  public void close() throws SQLException {
    connection.close();
  }
}
