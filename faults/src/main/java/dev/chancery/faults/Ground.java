package dev.chancery.faults;

import dev.chancery.lab.LabException;
import dev.chancery.lab.PostgresCluster;
import dev.chancery.lab.PostgresPrograms;
import java.io.IOException;
import java.nio.file.Path;

/// What the nodes of one life stand on: where they keep their ledger, and how many they are.
sealed interface Ground {
  /// How many nodes serve from it at the same time.
  int nodes();

  /// What a node's `chancery.yaml` says of it: whole lines, or nothing.
  String settings(int node);

  /// Copies what is in the ledger to `folder`, if it is not among the nodes' files.
  void keep(Path folder) throws IOException;

  /// Leaves nothing behind. No node may be running.
  void clear();

  /// A file in the data folder of the only node.
  record OneFile() implements Ground {
    @Override
    public int nodes() {
      return 1;
    }

    @Override
    public String settings(int node) {
      return "";
    }

    @Override
    public void keep(Path folder) {
      // It is among the node's files.
    }

    @Override
    public void clear() {
      // It goes with the node's files.
    }
  }

  /// A database that all nodes share. Nobody else uses its cluster meanwhile.
  record Database(PostgresCluster cluster, String name, int nodes) implements Ground {
    /// A cluster that takes no more memory than it needs, since others are at work beside it.
    ///
    /// @throws LabException if PostgreSQL is not installed
    static PostgresCluster freshCluster() {
      return PostgresCluster.make(PostgresPrograms.needed(), "shared_buffers = 32MB");
    }

    /// Makes an empty database.
    static Database make(PostgresCluster cluster, String name, int nodes) {
      cluster.create(name);
      return new Database(cluster, name, nodes);
    }

    @Override
    public String settings(int node) {
      return cluster.yaml(name, "node-" + node);
    }

    @Override
    public void keep(Path folder) throws IOException {
      if (cluster.isUp()) {
        cluster.dump(name, folder.resolve("ledger.sql"));
      }
    }

    @Override
    public void clear() {
      if (!cluster.isUp()) {
        cluster.up();
      }
      cluster.drop(name);
    }
  }
}
