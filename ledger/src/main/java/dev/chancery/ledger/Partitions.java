package dev.chancery.ledger;

import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.YearMonth;
import java.time.ZoneOffset;
import java.util.HashSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The months of the certificates' table on PostgreSQL, by expiry in UTC: `certificates_2027_03`
/// and so on. What expires in a month without a table lies in `certificates_other` until that is
/// made.
final class Partitions {
  private static final Logger LOG = LoggerFactory.getLogger(Partitions.class);

  private static final Pattern NAME = Pattern.compile("certificates_(\\d{4})_(\\d{2})");
  private static final int MOST_ATTEMPTS = 5;

  /// Rather than make all who issue wait behind one long read, it is tried again later.
  private static final String PATIENCE = "SET LOCAL lock_timeout = '3s'";

  private final Session session;

  /// @param session one that does not commit of itself
  Partitions(Session session) {
    this.session = session;
  }

  /// Makes the tables that are missing, from this month to the one that is `ahead`.
  void make(Instant now, Duration ahead) throws SQLException {
    Set<YearMonth> existing = existing();
    YearMonth last = monthOf(now.plus(ahead));
    for (YearMonth month = monthOf(now); !month.isAfter(last); month = month.plusMonths(1)) {
      if (!existing.contains(month)) {
        make(month);
      }
    }
  }

  private void make(YearMonth month) throws SQLException {
    for (int attempt = 1; ; attempt++) {
      try {
        makeOnce(month);
        LOG.atInfo().addKeyValue("month", month).log("a month's table was made");
        return;
      } catch (SQLException e) {
        session.rollback();
        if (existing().contains(month)) {
          // Another node was faster.
          return;
        }
        if (attempt == MOST_ATTEMPTS) {
          throw e;
        }
      }
    }
  }

  /// A certificate of that month may have been stored between the second statement and the third;
  /// then this fails, and is done again.
  private void makeOnce(YearMonth month) throws SQLException {
    String name = nameOf(month);
    long from = startOf(month);
    long to = startOf(month.plusMonths(1));
    session.run(PATIENCE);
    session.run("CREATE TABLE " + name + " (LIKE certificates INCLUDING ALL)");
    session.run(
        "WITH moved AS (DELETE FROM certificates_other WHERE not_after >= "
            + from
            + " AND not_after < "
            + to
            + " RETURNING *) INSERT INTO "
            + name
            + " SELECT * FROM moved");
    session.run(
        "ALTER TABLE certificates ATTACH PARTITION "
            + name
            + " FOR VALUES FROM ("
            + from
            + ") TO ("
            + to
            + ")");
    session.commit();
  }

  /// Drops the tables of which every certificate expired before `limit`.
  void dropExpiredBefore(Instant limit) throws SQLException {
    for (YearMonth month : existing()) {
      if (startOf(month.plusMonths(1)) <= limit.toEpochMilli()) {
        session.run(PATIENCE);
        session.run("DROP TABLE IF EXISTS " + nameOf(month));
        session.commit();
        LOG.atInfo().addKeyValue("month", month).log("a month's expired certificates were dropped");
      }
    }
  }

  private Set<YearMonth> existing() throws SQLException {
    Set<YearMonth> months = new HashSet<>();
    for (String name :
        session.list(
            row -> row.getString(1),
            "SELECT child.relname FROM pg_inherits i JOIN pg_class child ON child.oid = i.inhrelid"
                + " JOIN pg_class parent ON parent.oid = i.inhparent JOIN pg_namespace n"
                + " ON n.oid = parent.relnamespace WHERE parent.relname = 'certificates'"
                + " AND n.nspname = current_schema()")) {
      parse(name).ifPresent(months::add);
    }
    session.rollback();
    return months;
  }

  private static Optional<YearMonth> parse(String name) {
    Matcher matcher = NAME.matcher(name);
    return matcher.matches()
        ? Optional.of(
            YearMonth.of(Integer.parseInt(matcher.group(1)), Integer.parseInt(matcher.group(2))))
        : Optional.empty();
  }

  private static String nameOf(YearMonth month) {
    return String.format(
        Locale.ROOT, "certificates_%04d_%02d", month.getYear(), month.getMonthValue());
  }

  private static YearMonth monthOf(Instant at) {
    return YearMonth.from(at.atOffset(ZoneOffset.UTC));
  }

  private static long startOf(YearMonth month) {
    return month.atDay(1).atStartOfDay(ZoneOffset.UTC).toInstant().toEpochMilli();
  }
}
