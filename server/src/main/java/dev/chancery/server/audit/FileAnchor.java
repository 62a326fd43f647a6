package dev.chancery.server.audit;

import dev.chancery.authority.audit.Checkpoint;
import dev.chancery.ledger.CheckpointFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;

/// A file elsewhere: on another disk, another machine, or where one can only append.
record FileAnchor(Path path) implements Anchor {
  @Override
  public String name() {
    return path.toString();
  }

  @Override
  public void publish(Checkpoint checkpoint) throws IOException {
    try {
      new CheckpointFile(path).append(checkpoint);
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }
}
