package dev.chancery.faults;

import java.util.List;

/// What became of a round.
///
/// @param life the seed of the life that it belongs to
/// @param number of the round in its life, from 1
/// @param where the fault point at which it struck; empty if it was none
/// @param struck whether the harm met the server at work; a point may not have been reached
/// @param starts how often a server was started on the way back
/// @param slowestStartMillis until the server was ready again; 0 if none was started
/// @param requests what was sent, retries not counted
/// @param acknowledged how many certificates devices held when the harm was over
/// @param inDoubt how many devices did not know then
/// @param inDoubtStored how many of those were in the ledger
/// @param violations what the proof found; none if all is well
record RoundResult(
    long life,
    int number,
    Harm harm,
    String where,
    boolean struck,
    int starts,
    long slowestStartMillis,
    int requests,
    int acknowledged,
    int inDoubt,
    long inDoubtStored,
    long millis,
    List<String> violations) {}
