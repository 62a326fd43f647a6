package dev.chancery.bench;

import java.util.Formatter;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;

/// Draws findings as SVG.
final class Plot {
  private static final int WIDTH = 760;
  private static final int LEFT = 320;
  private static final int RIGHT = 60;
  private static final int TOP = 40;
  private static final int BAR = 26;
  private static final int HEIGHT = 360;
  private static final int BOTTOM = 50;
  private static final List<String> COLOURS = List.of("#2f6f9f", "#c2571a", "#4d8f3c", "#7a4fa3");

  private final StringBuilder svg = new StringBuilder();
  private final Formatter out = new Formatter(svg, Locale.ROOT);

  private Plot(int height, String title) {
    out.format(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" font-family=\"sans-serif\""
            + " font-size=\"12\">%n",
        WIDTH, height);
    out.format("<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>%n");
    text(10, 22, "start", title);
  }

  /// One bar for each scenario: the server's CPU, and the part of it that is bare cryptography.
  static String ofCost(Findings findings) {
    List<Measurement> rows =
        Stream.of(Chancery.ON_SQLITE, Chancery.ON_POSTGRESQL)
            .flatMap(target -> findings.measurementsOf(target).stream())
            .toList();
    Plot plot =
        new Plot(
            TOP + rows.size() * BAR + 30,
            "CPU per enrollment in ms; dark: bare cryptography; orange: database; line: target");
    double most =
        rows.stream()
            .mapToDouble(one -> Math.max(all(one), one.scenario().targetMillis().orElse(0.0)))
            .max()
            .orElse(1);
    double scale = (WIDTH - LEFT - RIGHT) / most;
    for (int i = 0; i < rows.size(); i++) {
      Measurement one = rows.get(i);
      int y = TOP + i * BAR;
      double end = LEFT + scale * all(one);
      boolean sqlite = one.target().equals(Chancery.ON_SQLITE);
      plot.text(LEFT - 8, y + 15, "end", one.scenario().title() + (sqlite ? "" : " (PostgreSQL)"));
      plot.box(LEFT, y + 3, scale * one.cpuMillis(), BAR - 8, "#9fc3dd");
      plot.box(
          LEFT + scale * one.cpuMillis(), y + 3, scale * one.databaseMillis(), BAR - 8, "#e5b384");
      plot.box(
          LEFT,
          y + 3,
          scale * findings.raw().floorMillis(one.scenario()),
          BAR - 8,
          COLOURS.getFirst());
      one.scenario()
          .targetMillis()
          .ifPresent(target -> {
            double x = LEFT + scale * target;
            plot.line(x, y, x, y + BAR - 2.0, COLOURS.get(1), 2);
          });
      plot.text(end + 6, y + 15, "start", String.format(Locale.ROOT, "%.2f", all(one)));
    }
    return plot.finished();
  }

  private static double all(Measurement one) {
    return one.cpuMillis() + one.databaseMillis();
  }

  /// Enrollments per second, and the time of searches, over the number of certificates.
  static String ofGrowth(Growth growth) {
    Plot plot = new Plot(TOP + 2 * HEIGHT, "As the ledger grows (" + growth.database() + ")");
    List<Growth.Point> points = growth.points();
    plot.lines(
        TOP,
        "enrollments per second",
        points,
        Growth.SCENARIOS.stream()
            .map(scenario ->
                new Line(
                    scenario.title(),
                    point ->
                        point.enrollments().stream()
                            .filter(one -> one.scenario() == scenario)
                            .mapToDouble(Measurement::perSecond)
                            .findFirst()
                            .orElse(0)))
            .toList());
    plot.lines(
        TOP + HEIGHT,
        "p99 in ms",
        points,
        List.of(
            new Line("look up by serial number", point -> point.bySerial().p99()),
            new Line("the slowest kind of search", Growth.Point::searchP99)));
    return plot.finished();
  }

  private record Line(String title, ToDoubleFunction<Growth.Point> value) {}

  private void lines(int top, String unit, List<Growth.Point> points, List<Line> lines) {
    int left = 80;
    double height = HEIGHT - BOTTOM - 40.0;
    double width = WIDTH - left - RIGHT;
    double most =
        Math.max(
            1e-9,
            lines.stream()
                .flatMap(line -> points.stream().map(line.value()::applyAsDouble))
                .max(Double::compare)
                .orElse(1.0));
    double first = Math.log10(points.getFirst().certificates());
    double span = Math.max(1e-9, Math.log10(points.getLast().certificates()) - first);
    double bottom = top + 20 + height;
    line(left, bottom, left + width, bottom, "#888888", 1);
    line(left, top + 20.0, left, bottom, "#888888", 1);
    text(left, top + 12, "start", unit);
    text(left - 6, top + 28, "end", String.format(Locale.ROOT, "%,.4g", most));
    text(left - 6, (int) bottom, "end", "0");
    for (Growth.Point point : points) {
      double x = left + width * (Math.log10(point.certificates()) - first) / span;
      text(x, (int) bottom + 18, "middle", String.format(Locale.ROOT, "%,d", point.certificates()));
    }
    for (int i = 0; i < lines.size(); i++) {
      String colour = COLOURS.get(i % COLOURS.size());
      double lastX = 0;
      double lastY = 0;
      for (int j = 0; j < points.size(); j++) {
        double x = left + width * (Math.log10(points.get(j).certificates()) - first) / span;
        double y = bottom - height * lines.get(i).value().applyAsDouble(points.get(j)) / most;
        box(x - 3, y - 3, 6, 6, colour);
        if (j > 0) {
          line(lastX, lastY, x, y, colour, 2);
        }
        lastX = x;
        lastY = y;
      }
      box(left + 200.0 * i, bottom + 30, 10, 10, colour);
      text(left + 200.0 * i + 16, (int) bottom + 39, "start", lines.get(i).title());
    }
  }

  private void text(double x, int y, String anchor, String text) {
    out.format(
        "<text x=\"%.1f\" y=\"%d\" text-anchor=\"%s\">%s</text>%n",
        x, y, anchor, text.replace("&", "&amp;").replace("<", "&lt;"));
  }

  private void box(double x, double y, double width, double height, String colour) {
    out.format(
        "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill=\"%s\"/>%n",
        x, y, width, height, colour);
  }

  private void line(double x1, double y1, double x2, double y2, String colour, int width) {
    out.format(
        "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"%s\" stroke-width=\"%d\"/>%n",
        x1, y1, x2, y2, colour, width);
  }

  private String finished() {
    out.format("</svg>%n");
    return svg.toString();
  }
}
