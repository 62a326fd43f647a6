package dev.chancery.ledger;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLDataException;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Types;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// A connection with the statements that were prepared on it. Used by one thread at a time.
final class Session implements AutoCloseable {
  /// Reads a row.
  @FunctionalInterface
  interface RowReader<T> {
    T read(ResultSet row) throws SQLException;
  }

  /// The SQLState for a character that the database does not know.
  private static final String NOT_STORABLE = "22021";

  private final Connection connection;
  private final Dialect dialect;
  private final String node;
  private final Map<String, PreparedStatement> prepared = new HashMap<>();
  private final Set<String> deferred = new LinkedHashSet<>();

  /// @param node the chain to which what is done here appends
  Session(Connection connection, Dialect dialect, String node) {
    this.connection = connection;
    this.dialect = dialect;
    this.node = node;
  }

  Dialect dialect() {
    return dialect;
  }

  String node() {
    return node;
  }

  /// Begins a transaction. Where the driver does that with the next statement, does nothing.
  void begin() throws SQLException {
    if (connection.getAutoCommit()) {
      // With the right to write from the start: a read that turns into a write fails at once when
      // another has written meanwhile.
      run("BEGIN IMMEDIATE");
    }
  }

  void commit() throws SQLException {
    if (connection.getAutoCommit()) {
      run("COMMIT");
    } else {
      // Unlike the statement, it fails if the transaction has been aborted.
      connection.commit();
    }
  }

  void rollback() throws SQLException {
    for (String sql : deferred) {
      statement(sql).clearBatch();
    }
    deferred.clear();
    if (connection.getAutoCommit()) {
      run("ROLLBACK");
    } else {
      connection.rollback();
    }
  }

  /// Carries out a statement and tells how many rows it changed. Parameters are texts, longs,
  /// integers, byte arrays and optionals of these.
  int update(String sql, Object... parameters) throws SQLException {
    return bound(sql, parameters).executeUpdate();
  }

  /// Carries out a statement once for each of `rows`, in one go. What it changes does not matter.
  void updateAll(String sql, List<Object[]> rows) throws SQLException {
    PreparedStatement statement = statement(sql);
    try {
      for (Object[] row : rows) {
        bound(sql, row).addBatch();
      }
      int[] _ = statement.executeBatch();
    } finally {
      statement.clearBatch();
    }
  }

  /// Puts a statement aside for [#flush].
  void defer(String sql, Object... parameters) throws SQLException {
    bound(sql, parameters).addBatch();
    deferred.add(sql);
  }

  /// Carries out what was put aside, each kind of statement in one go, in the order in which the
  /// kinds came first.
  ///
  /// @return whether each of them changed a row
  boolean flush() throws SQLException {
    boolean all = true;
    for (String sql : deferred) {
      for (int rows : statement(sql).executeBatch()) {
        all &= rows != 0;
      }
    }
    deferred.clear();
    return all;
  }

  /// Carries out a PRAGMA. It yields a row; left open, that would keep the log from being emptied.
  void configure(String pragma) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(pragma);
    }
  }

  /// Carries out a statement without parameters.
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
    PreparedStatement statement = statement(sql);
    for (int i = 0; i < parameters.length; i++) {
      bind(statement, i + 1, parameters[i]);
    }
    return statement;
  }

  private PreparedStatement statement(String sql) throws SQLException {
    PreparedStatement statement = prepared.get(sql);
    if (statement == null) {
      statement = connection.prepareStatement(sql);
      prepared.put(sql, statement);
    }
    return statement;
  }

  private static void bind(PreparedStatement statement, int index, Object value)
      throws SQLException {
    switch (value) {
      case String text -> statement.setString(index, storable(text));
      case Long number -> statement.setLong(index, number);
      case Integer number -> statement.setInt(index, number);
      case byte[] bytes -> statement.setBytes(index, bytes);
      case Optional<?> optional when optional.isPresent() -> bind(statement, index, optional.get());
      case Optional<?> _ -> statement.setNull(index, Types.NULL);
      default -> throw new IllegalArgumentException("no column holds a " + value.getClass());
    }
  }

  /// Both databases shall take the same texts. What comes from outside was refused where it came
  /// in; this is for what somebody forgot.
  private static String storable(String text) throws SQLException {
    if (text.indexOf('\0') >= 0) {
      throw new SQLDataException("a text holds NUL, which cannot be stored", NOT_STORABLE);
    }
    return text;
  }

  @Override
  public void close() throws SQLException {
    connection.close();
  }
}
