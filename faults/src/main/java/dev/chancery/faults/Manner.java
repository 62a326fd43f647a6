package dev.chancery.faults;

/// How a device treats its connection.
enum Manner {
  /// As it should be.
  WHOLE,
  /// Goes away in the middle of its request.
  CUT_IN_REQUEST,
  /// Sends its request whole and goes away without waiting.
  CUT_BEFORE_ANSWER,
  /// Goes away after the first bytes of the answer.
  CUT_IN_ANSWER,
  /// Sends its request in crumbs.
  SLOW_WRITER,
  /// Takes the answer in crumbs.
  SLOW_READER
}
