package dev.chancery.bench;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// How long and how hard to measure.
///
/// @param script the `chancery` that starts the server
/// @param folder where data folders are made; empty for the system's temporary folder
/// @param scenarios which ones
/// @param postgresql whether EST and SCEP are measured on PostgreSQL too
/// @param requests measured per scenario, after warm-up
/// @param warmUpBlock warm-up goes on in blocks of so many requests until two cost about the same
/// @param warmUpBlocks the least and the most blocks
/// @param soak connections of the soak; 0 for none
/// @param pacedSeconds how long each scenario goes on at half load; 0 for not at all
/// @param burstSeconds how much is measured of the hour in which all devices come back; 0 for none
/// @param starts how often the second start is timed
/// @param workers requests under way at the same time
/// @param agent how many certificates the agent watches; 0 for no agent
/// @param agentSeconds how long it is watched
public record Settings(
    Path script,
    Optional<Path> folder,
    List<Scenario> scenarios,
    boolean postgresql,
    int requests,
    int warmUpBlock,
    Range warmUpBlocks,
    int soak,
    int pacedSeconds,
    int burstSeconds,
    int starts,
    int workers,
    int agent,
    int agentSeconds) {
  /// From `least` to `most`.
  public record Range(int least, int most) {}

  public Settings {
    scenarios = List.copyOf(scenarios);
  }

  /// The same for a server that is compared with another: half the requests, but no less warm-up.
  ///
  /// @param seconds at half load
  Settings shorter(int seconds) {
    return new Settings(
        script,
        folder,
        scenarios,
        postgresql,
        Math.max(1, requests / 2),
        warmUpBlock,
        warmUpBlocks,
        0,
        seconds,
        0,
        starts,
        workers,
        agent,
        agentSeconds);
  }
}
