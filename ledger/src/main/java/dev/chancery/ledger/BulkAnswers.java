package dev.chancery.ledger;

import dev.chancery.authority.ledger.Change;
import dev.chancery.pki.Der;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

/// Answers by the million that wait until they can be stored in the order of their table, outside
/// Java's heap: one by one, each would change a page of its own. For one thread.
final class BulkAnswers implements AutoCloseable {
  private static final HexFormat HEX = HexFormat.of();
  private static final int DIGEST_OCTETS = 32;
  private static final int SERIAL_OCTETS = 16;
  private static final long RECORD = 3 * Long.BYTES + DIGEST_OCTETS + SERIAL_OCTETS;
  private static final long RECORDS_PER_BLOCK = 64 * 1024;

  /// An answer in the form in which it waits.
  ///
  /// @param hash what the table is ordered by
  record Answer(long hash, Der digest, String issuer, Der serial, long rememberedUntil) {
    static Answer of(Change.RememberAnswer answer) {
      return new Answer(
          Columns.hash64(answer.digest()),
          exactly(DIGEST_OCTETS, answer.digest()),
          answer.issuer(),
          exactly(SERIAL_OCTETS, answer.serial()),
          answer.at().plus(answer.lifetime()).toEpochMilli());
    }

    private static Der exactly(int octets, String hex) {
      byte[] value = HEX.parseHex(hex);
      if (value.length != octets) {
        throw new IllegalArgumentException(hex + " is not " + octets + " octets long");
      }
      return Der.of(value);
    }
  }

  private final Arena arena = Arena.ofConfined();
  private final List<MemorySegment> blocks = new ArrayList<>();
  private final List<String> issuers = new ArrayList<>();
  private long count;

  void add(Answer answer) {
    if (count % RECORDS_PER_BLOCK == 0) {
      blocks.add(arena.allocate(RECORD * RECORDS_PER_BLOCK, Long.BYTES));
    }
    int issuer = issuers.indexOf(answer.issuer());
    if (issuer < 0) {
      issuer = issuers.size();
      issuers.add(answer.issuer());
    }
    MemorySegment record = record(count++);
    record.set(ValueLayout.JAVA_LONG, 0, answer.hash());
    record.set(ValueLayout.JAVA_LONG, 8, answer.rememberedUntil());
    record.set(ValueLayout.JAVA_LONG, 16, issuer);
    MemorySegment.copy(
        answer.digest().toByteArray(), 0, record, ValueLayout.JAVA_BYTE, 24, DIGEST_OCTETS);
    MemorySegment.copy(
        answer.serial().toByteArray(),
        0,
        record,
        ValueLayout.JAVA_BYTE,
        24 + DIGEST_OCTETS,
        SERIAL_OCTETS);
  }

  private MemorySegment record(long number) {
    return blocks
        .get((int) (number / RECORDS_PER_BLOCK))
        .asSlice(RECORD * (number % RECORDS_PER_BLOCK), RECORD);
  }

  /// Stores all of them, in the table's order as far as half of the hash tells it.
  void store(Session session) throws SQLException {
    long[] order = new long[Math.toIntExact(count)];
    for (int i = 0; i < order.length; i++) {
      order[i] = record(i).get(ValueLayout.JAVA_LONG, 0) >> 32 << 32 | i;
    }
    Arrays.parallelSort(order);
    byte[] digest = new byte[DIGEST_OCTETS];
    byte[] serial = new byte[SERIAL_OCTETS];
    for (long place : order) {
      MemorySegment record = record(place & 0xffff_ffffL);
      MemorySegment.copy(record, ValueLayout.JAVA_BYTE, 24, digest, 0, DIGEST_OCTETS);
      MemorySegment.copy(
          record, ValueLayout.JAVA_BYTE, 24 + DIGEST_OCTETS, serial, 0, SERIAL_OCTETS);
      session.update(
          AnswerTable.STORE,
          record.get(ValueLayout.JAVA_LONG, 0),
          HEX.formatHex(digest),
          issuers.get((int) record.get(ValueLayout.JAVA_LONG, 16)),
          HEX.formatHex(serial),
          record.get(ValueLayout.JAVA_LONG, 8));
    }
  }

  @Override
  public void close() {
    arena.close();
  }
}
