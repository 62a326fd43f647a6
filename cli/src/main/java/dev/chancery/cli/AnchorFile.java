package dev.chancery.cli;

import dev.chancery.authority.audit.Checkpoint;
import dev.chancery.ledger.CheckpointFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// A file with checkpoints that came from elsewhere, among other lines.
final class AnchorFile {
  /// What one request to a server has room for. The newest of a node vouches for all before it;
  /// those before only say more exactly where something was changed.
  private static final int MOST = 2_000;

  private AnchorFile() {}

  /// The checkpoints in the file, in order. Passes over whatever else is there.
  static List<Checkpoint> read(Path file) throws IOException {
    try (Stream<String> lines = Files.lines(file, StandardCharsets.ISO_8859_1)) {
      return lines.flatMap(line -> CheckpointFile.endOf(line).stream()).toList();
    }
  }

  /// Of each node the newest, and of those before as many as there is room for, spread evenly.
  static List<Checkpoint> choose(List<Checkpoint> all) {
    Map<String, List<Checkpoint>> nodes =
        all.stream()
            .distinct()
            .sorted(Comparator.comparingLong(Checkpoint::sequence))
            .collect(Collectors.groupingBy(Checkpoint::node, TreeMap::new, Collectors.toList()));
    List<Checkpoint> chosen = new ArrayList<>();
    for (List<Checkpoint> ofNode : nodes.values()) {
      int step = (ofNode.size() - 1) * nodes.size() / MOST + 1;
      for (int i = ofNode.size() - 1; i >= 0; i -= step) {
        chosen.add(ofNode.get(i));
      }
    }
    return chosen;
  }
}
