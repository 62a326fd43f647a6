package dev.chancery.server.admin;

/// Is told how far long work has come.
@FunctionalInterface
public interface Progress {
  /// For work whose progress nobody watches.
  Progress UNWATCHED = (_, _) -> {};

  /// So many of so many parts are done.
  void at(long done, long total);
}
