package dev.chancery.ledger;

import dev.chancery.authority.ledger.Conflict;

/// The same statement with the same parameters, wherever it is carried out.
final class PlainStatement implements Write.Single {
  private final String sql;
  private final Conflict conflict;
  private final Object[] parameters;

  /// @param conflict what it meets if it changes no row
  PlainStatement(String sql, Conflict conflict, Object... parameters) {
    this.sql = sql;
    this.conflict = conflict;
    this.parameters = parameters;
  }

  @Override
  public String sql(Dialect dialect) {
    return sql;
  }

  @Override
  public Object[] parameters(Session session, long auditSequence) {
    return parameters;
  }

  @Override
  public Conflict conflict() {
    return conflict;
  }
}
