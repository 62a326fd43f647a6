package dev.chancery.cli;

import java.util.concurrent.Callable;

/// A command that only holds others.
abstract class CommandGroup extends Subcommand implements Callable<Integer> {
  @Override
  public Integer call() {
    return Chancery.missingCommand(spec(), chancery().terminal());
  }
}
