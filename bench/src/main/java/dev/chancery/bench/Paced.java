package dev.chancery.bench;

/// What a scenario was like at a steady pace, below what the machine can do.
///
/// @param target whom the requests went to
/// @param perSecond requests per second, one every so often
/// @param seconds how long
/// @param cpuMillis CPU of the server's processes per request
/// @param residentMegabytes at its end
/// @param p50Millis from when a request was due to its answer, like the other two
/// @param longestSyncMillis what it took at the worst to bring a page of another file to the same
///   disk meanwhile
public record Paced(
    String target,
    Scenario scenario,
    double perSecond,
    double seconds,
    double cpuMillis,
    double residentMegabytes,
    double p50Millis,
    double p99Millis,
    double p999Millis,
    double longestSyncMillis) {
  static Paced of(
      String target,
      Scenario scenario,
      double perSecond,
      Meter.Metered metered,
      double longestSyncMillis) {
    Load.Result result = metered.result();
    return new Paced(
        target,
        scenario,
        perSecond,
        result.seconds(),
        metered.cost().millis(),
        metered.cost().residentMegabytes(),
        result.millisAt(50),
        result.millisAt(99),
        result.millisAt(99.9),
        longestSyncMillis);
  }
}
