package dev.chancery.bench;

import java.util.List;
import java.util.Optional;

/// Everything that a run found out.
///
/// @param soak without points if it was left out
/// @param firstStartMillis from the script's start to ready, in an empty data folder
/// @param secondStartMillis the same in the data folder with all certificates of this run, each run
/// @param checked how it was made sure that what was answered is in the ledger
public record Findings(
    Machine machine,
    RawOperations raw,
    List<Measurement> measurements,
    Soak soak,
    double firstStartMillis,
    List<Double> secondStartMillis,
    Check checked) {
  /// What the books say after the run.
  ///
  /// @param answered certificates that clients got
  /// @param stored certificates that the ledger got meanwhile
  /// @param sampled certificates that were compared with the key they were asked for
  /// @param shown of these, how many the server's own `cert show` was asked for
  public record Check(long answered, long stored, int sampled, int shown) {}

  public Findings {
    measurements = List.copyOf(measurements);
    secondStartMillis = List.copyOf(secondStartMillis);
  }

  /// The measurement of `scenario` at the target called `target`.
  Optional<Measurement> measurement(String target, Scenario scenario) {
    return measurements.stream()
        .filter(one -> one.target().equals(target) && one.scenario() == scenario)
        .findFirst();
  }

  /// The median of the second starts.
  double readyMillis() {
    List<Double> sorted = secondStartMillis.stream().sorted().toList();
    return sorted.get(sorted.size() / 2);
  }

  /// The most memory that was seen under load, in megabytes.
  double mostMegabytes() {
    double measured =
        measurements.stream()
            .filter(one -> one.target().equals("chancery"))
            .mapToDouble(Measurement::residentMegabytes)
            .max()
            .orElse(0);
    return Math.max(measured, soak.mostMegabytes());
  }
}
