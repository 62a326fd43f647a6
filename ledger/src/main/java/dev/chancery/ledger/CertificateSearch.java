package dev.chancery.ledger;

import dev.chancery.authority.ledger.CertificateQuery;
import dev.chancery.authority.ledger.CertificateRecord;
import dev.chancery.pki.MalformedException;
import dev.chancery.pki.certificate.SerialNumber;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;

/// Finds the certificates that a [CertificateQuery] asks for. On SQLite, rows up to the search
/// index's mark are found through it, those beyond it by reading them.
final class CertificateSearch {
  private static final int TRIGRAM = 3;

  /// How rare a trigram is, is judged by how far back the newest so many rows go that hold it.
  private static final int PROBED = 64;

  /// One that more than one row in so many holds is not rare.
  private static final int DENSE = 8;

  private static final int MOST_TRIGRAMS = 6;

  /// @param back the larger, the rarer
  private record Rated(String trigram, long back) {}

  private final List<String> conditions = new ArrayList<>();
  private final List<Object> parameters = new ArrayList<>();
  private final List<String> trigrams = new ArrayList<>();
  private final Dialect dialect;
  private final int limit;

  private CertificateSearch(Dialect dialect, CertificateQuery query, String serial) {
    this.dialect = dialect;
    limit = query.limit();
    contains("subject", query.subject());
    contains("alternatives", query.alternative());
    contains("requester", query.requester());
    if (!serial.isEmpty()) {
      require("c.serial = ?", serial);
    }
    query.expiresAfter().map(Instant::toEpochMilli).ifPresent(at -> require("c.not_after > ?", at));
    query
        .expiresBefore()
        .map(Instant::toEpochMilli)
        .ifPresent(at -> require("c.not_after < ?", at));
    if (query.collection() == CertificateQuery.Collection.UNCOLLECTED) {
      conditions.add("c.revoked_at IS NULL");
      conditions.add("c.requester_text NOT LIKE 'server:%'");
      conditions.add(CollectionTable.UNCOLLECTED);
    }
  }

  static List<CertificateRecord> run(Session session, CertificateQuery query) throws SQLException {
    try {
      Optional<String> serial = query.serial().map(hex -> SerialNumber.parse(hex).toString());
      return new CertificateSearch(session.dialect(), query, serial.orElse("")).run(session);
    } catch (MalformedException noSerialNumber) {
      return List.of();
    }
  }

  private void require(String condition, Object parameter) {
    conditions.add(condition);
    parameters.add(parameter);
  }

  private void contains(String field, Optional<String> text) {
    if (text.isEmpty() || text.get().isEmpty()) {
      return;
    }
    String wanted = CertificateTable.searchText(text.get());
    switch (dialect) {
      case SQLITE -> {
        require("instr(c." + field + "_text, ?) > 0", wanted);
        match(field, wanted);
      }
      // Its own index of trigrams answers LIKE.
      case POSTGRESQL -> require("c." + field + "_text LIKE ?", '%' + literally(wanted) + '%');
    }
  }

  private static String literally(String text) {
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_");
  }

  private void match(String field, String wanted) {
    int[] points = wanted.codePoints().toArray();
    Set<String> quoted = new LinkedHashSet<>();
    for (int i = 0; i + TRIGRAM <= points.length; i++) {
      String trigram = new String(points, i, TRIGRAM).replace("\"", "\"\"");
      quoted.add(field + " : \"" + trigram + '"');
    }
    trigrams.addAll(quoted);
  }

  /// Those of the trigrams that few rows hold, the rarest first. To step through the rows of one
  /// that nearly all hold, such as a part of a domain's name, costs much and tells next to nothing:
  /// each row that is found is compared with the text anyway.
  private List<String> selective(Session session, long mark) throws SQLException {
    if (trigrams.size() == 1) {
      return trigrams;
    }
    List<Rated> rated = new ArrayList<>();
    for (String trigram : trigrams) {
      long back =
          session
              .first(
                  row -> mark - row.getLong(1),
                  "SELECT rowid FROM certificate_search WHERE certificate_search MATCH ?"
                      + " ORDER BY rowid DESC LIMIT 1 OFFSET ?",
                  trigram,
                  PROBED - 1)
              .orElse(Long.MAX_VALUE);
      rated.add(new Rated(trigram, back));
    }
    rated.sort(Comparator.comparingLong(Rated::back).reversed());
    return IntStream.range(0, Math.min(MOST_TRIGRAMS, rated.size()))
        .filter(i -> i == 0 || rated.get(i).back() > (long) PROBED * DENSE)
        .mapToObj(i -> rated.get(i).trigram())
        .toList();
  }

  private List<CertificateRecord> run(Session session) throws SQLException {
    if (trigrams.isEmpty()) {
      return session.list(
          CertificateTable::read,
          "SELECT "
              + CertificateTable.COLUMNS
              + " FROM certificates c"
              + where()
              + " ORDER BY c.id DESC LIMIT ?",
          with(limit));
    }
    // The mark may move meanwhile; what both halves count from is the one that was read here.
    long mark = SearchIndex.mark(session);
    List<CertificateRecord> found = new ArrayList<>(beyond(session, mark));
    if (found.size() < limit) {
      found.addAll(upTo(session, mark, limit - found.size()));
    }
    return found;
  }

  private List<CertificateRecord> beyond(Session session, long mark) throws SQLException {
    return session.list(
        CertificateTable::read,
        "SELECT "
            + CertificateTable.COLUMNS
            + " FROM certificates c"
            + where()
            + " AND c.id > ? ORDER BY c.id DESC LIMIT ?",
        with(mark, limit));
  }

  private List<CertificateRecord> upTo(Session session, long mark, int most) throws SQLException {
    return session.list(
        CertificateTable::read,
        "SELECT "
            + CertificateTable.COLUMNS
            + " FROM certificate_search s CROSS JOIN certificates c ON c.id = s.rowid"
            + where()
            + " AND s.rowid <= ? AND certificate_search MATCH ? ORDER BY s.rowid DESC LIMIT ?",
        with(mark, String.join(" AND ", selective(session, mark)), most));
  }

  private String where() {
    return conditions.isEmpty() ? "" : " WHERE " + String.join(" AND ", conditions);
  }

  private Object[] with(Object... further) {
    List<Object> all = new ArrayList<>(parameters);
    all.addAll(List.of(further));
    return all.toArray();
  }
}
