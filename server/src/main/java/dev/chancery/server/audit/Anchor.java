package dev.chancery.server.audit;

import dev.chancery.authority.audit.Checkpoint;
import java.io.IOException;

/// A place that keeps checkpoints out of reach of whoever could change the ledger. Thread-safe.
interface Anchor {
  /// For the log.
  String name();

  /// Hands the checkpoint over. Returns when the place has taken it, as far as it says so.
  ///
  /// @throws IOException if it has not
  void publish(Checkpoint checkpoint) throws IOException;
}
