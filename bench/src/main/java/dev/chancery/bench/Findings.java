package dev.chancery.bench;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// Everything that a run found out.
///
/// @param postgresql its version, if it was measured too
/// @param issuanceMillis CPU of one issuance on SQLite without network, protocol and TLS; measured
///   for SCEP, whose floor it is part of
/// @param halfLoads the scenarios again, at half the rate that the server was capable of
/// @param soak without points if it was left out
/// @param firstStartMillis from the script's start to ready, in an empty data folder
/// @param secondStartMillis the same in the data folder with all certificates of this run, each run
/// @param secondStartCpuMillis the CPU that each of these took until ready
/// @param agent what the agent takes of a machine
/// @param checked how it was made sure that what was answered is in the ledger
public record Findings(
    Machine machine,
    Optional<String> postgresql,
    RawOperations raw,
    Optional<Double> issuanceMillis,
    List<Measurement> measurements,
    List<Paced> halfLoads,
    Optional<Burst> burst,
    Soak soak,
    double firstStartMillis,
    List<Double> secondStartMillis,
    List<Double> secondStartCpuMillis,
    Optional<AgentFootprint> agent,
    Check checked) {
  /// What the books say after the run.
  ///
  /// @param answered certificates that clients got
  /// @param stored certificates that the ledger got meanwhile
  /// @param sampled certificates that were compared with the key they were asked for
  /// @param shown of these, how many the server's own `cert show` was asked for
  public record Check(long answered, long stored, int sampled, int shown) {
    /// Both together.
    Check and(Check other) {
      return new Check(
          answered + other.answered,
          stored + other.stored,
          sampled + other.sampled,
          shown + other.shown);
    }
  }

  public Findings {
    measurements = List.copyOf(measurements);
    halfLoads = List.copyOf(halfLoads);
    secondStartMillis = List.copyOf(secondStartMillis);
    secondStartCpuMillis = List.copyOf(secondStartCpuMillis);
  }

  /// The measurement of `scenario` at the target called `target`.
  Optional<Measurement> measurement(String target, Scenario scenario) {
    return measurements.stream()
        .filter(one -> one.target().equals(target) && one.scenario() == scenario)
        .findFirst();
  }

  /// The measurements at the target called `target`, in the order in which they were made.
  List<Measurement> measurementsOf(String target) {
    return measurements.stream().filter(one -> one.target().equals(target)).toList();
  }

  /// The median of the second starts.
  double readyMillis() {
    return median(secondStartMillis);
  }

  /// The median of their CPU.
  double readyCpuMillis() {
    return median(secondStartCpuMillis);
  }

  private static double median(List<Double> values) {
    List<Double> sorted = values.stream().sorted().toList();
    return sorted.get(sorted.size() / 2);
  }

  /// The most memory that was seen under load, in megabytes.
  double mostMegabytes() {
    double measured =
        Stream.concat(
                measurementsOf(Chancery.ON_SQLITE).stream(),
                measurementsOf(Chancery.ON_POSTGRESQL).stream())
            .mapToDouble(Measurement::residentMegabytes)
            .max()
            .orElse(0);
    return Math.max(measured, soak.mostMegabytes());
  }
}
