package dev.chancery.bench;

/// What a scenario was like at a steady pace, below what the machine can do.
///
/// @param target whom the requests went to
/// @param perSecond requests per second, one every so often
/// @param seconds how long
/// @param cpuMillis CPU of the server's processes per request
/// @param p50Millis from when a request was due to its answer, like the other two
public record Paced(
    String target,
    Scenario scenario,
    double perSecond,
    double seconds,
    double cpuMillis,
    double p50Millis,
    double p99Millis,
    double p999Millis) {
  static Paced of(String target, Scenario scenario, double perSecond, Meter.Metered metered) {
    Load.Result result = metered.result();
    return new Paced(
        target,
        scenario,
        perSecond,
        result.seconds(),
        metered.cost().millis(),
        result.millisAt(50),
        result.millisAt(99),
        result.millisAt(99.9));
  }
}
