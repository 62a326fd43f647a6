package dev.chancery.bench;

import java.util.List;

/// What many connections leave behind in the server.
///
/// @param connections how many were made, a tenth of them ended by a reset
/// @param points readings on the way, after equal parts of the connections
public record Soak(int connections, List<Point> points) {
  /// By how much memory may be larger at the end than half-way: the noise of a heap that fills and
  /// empties.
  private static final double FLAT_MEMORY = 1.10;

  /// By how many file descriptors the end may differ from half-way.
  private static final int FLAT_DESCRIPTORS = 16;

  /// A reading while no request is under way.
  public record Point(int connections, double residentMegabytes, int fileDescriptors) {}

  public Soak {
    points = List.copyOf(points);
  }

  static Soak none() {
    return new Soak(0, List.of());
  }

  /// True if from half-way to the end neither memory nor file descriptors grew.
  public boolean isFlat() {
    if (points.isEmpty()) {
      return true;
    }
    Point middle = points.get(points.size() / 2);
    Point last = points.getLast();
    return last.residentMegabytes() <= middle.residentMegabytes() * FLAT_MEMORY
        && last.fileDescriptors() <= middle.fileDescriptors() + FLAT_DESCRIPTORS;
  }

  /// The most memory at any reading.
  public double mostMegabytes() {
    return points.stream().mapToDouble(Point::residentMegabytes).max().orElse(0);
  }
}
