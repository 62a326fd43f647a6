package dev.chancery.cli;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/// A command below the root, which can reach the root's options.
abstract class Subcommand {
  @Spec private CommandSpec spec = CommandSpec.create();

  CommandSpec spec() {
    return spec;
  }

  Chancery chancery() {
    return (Chancery) spec.root().userObject();
  }
}
