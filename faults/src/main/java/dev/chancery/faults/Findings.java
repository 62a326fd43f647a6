package dev.chancery.faults;

import java.util.List;

/// What a run found.
///
/// @param store where the ledger was kept, for people
/// @param leftOut what this machine does not allow, for people
/// @param litter how many files killed servers have left in the folder for temporary files
/// @param violations of what holds at the end of a life, in order
record Findings(
    String command,
    String machine,
    String store,
    List<String> leftOut,
    int lives,
    long seconds,
    List<RoundResult> rounds,
    long litter,
    List<String> violations) {
  boolean allWell() {
    return violations.isEmpty() && rounds.stream().allMatch(round -> round.violations().isEmpty());
  }
}
