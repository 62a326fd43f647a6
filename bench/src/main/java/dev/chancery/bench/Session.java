package dev.chancery.bench;

import java.io.IOException;

/// A conversation with a server: one request after the other. For one thread.
interface Session extends AutoCloseable {
  /// Sends and waits for the answer.
  Answer send(PreparedRequest request) throws IOException;

  /// Goes without a word, as devices do that lose their network.
  void reset() throws IOException;

  /// Ends it in good order.
  @Override
  void close() throws IOException;
}
