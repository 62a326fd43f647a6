package dev.chancery.ledger;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;

/// A digest of a table's rows, whatever their order: the sum of the rows' SHA-256 modulo 2^256. In
/// a row each value stands behind its length, -1 for NULL.
final class TableDigest {
  private static final int BITS = 256;

  private final List<Column> columns;
  private final MessageDigest sha256;
  private BigInteger sum = BigInteger.ZERO;
  private long rows;

  /// @param columns in the order of the rows' values
  TableDigest(List<Column> columns) {
    this.columns = columns;
    try {
      this.sha256 = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  void add(ResultSet row) throws SQLException {
    for (int i = 0; i < columns.size(); i++) {
      Optional<byte[]> value = columns.get(i).type().bytes(row, i + 1);
      int length = value.map(bytes -> bytes.length).orElse(-1);
      sha256.update(ByteBuffer.allocate(Integer.BYTES).putInt(length).array());
      value.ifPresent(sha256::update);
    }
    sum = sum.add(new BigInteger(1, sha256.digest())).mod(BigInteger.TWO.pow(BITS));
    rows++;
  }

  long rows() {
    return rows;
  }

  String hex() {
    return String.format(java.util.Locale.ROOT, "%064x", sum);
  }
}
