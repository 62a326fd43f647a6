package dev.chancery.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/// What processes have used so far, read from Linux' `/proc`. CPU time is counted by the kernel in
/// hundredths of a second, so it takes some thousand requests to make a figure of it.
///
/// @param cpuMillis user and system time of all threads, also those that have ended
/// @param residentBytes memory that is in RAM now
/// @param fileDescriptors how many are open now
/// @param threadCpuMillis CPU of the live threads by name; numbers in names are left out, so that a
///   pool is one entry
public record Usage(
    double cpuMillis,
    long residentBytes,
    int fileDescriptors,
    Map<String, Double> threadCpuMillis) {
  /// Linux reports CPU in units of 1/100 s to programs, on every architecture that Java runs on.
  private static final double MILLIS_PER_TICK = 10;

  public Usage {
    threadCpuMillis = Map.copyOf(threadCpuMillis);
  }

  /// The sum over `processes`.
  public static Usage of(List<Long> processes) {
    double cpu = 0;
    long resident = 0;
    int descriptors = 0;
    Map<String, Double> threads = new TreeMap<>();
    for (long process : processes) {
      Path folder = Path.of("/proc", Long.toString(process));
      cpu += Stat.read(folder.resolve("stat")).cpuMillis();
      resident += residentBytes(folder);
      descriptors += entries(folder.resolve("fd")).size();
      for (Path task : entries(folder.resolve("task"))) {
        try {
          Stat stat = Stat.read(task.resolve("stat"));
          threads.merge(pool(stat.name()), stat.cpuMillis(), Double::sum);
        } catch (UncheckedIOException ended) {
          // A thread that ends while we look; its time is in the process's.
        }
      }
    }
    return new Usage(cpu, resident, descriptors, threads);
  }

  /// CPU milliseconds that a process and all it has started have used so far, also those of them
  /// that have ended.
  public static double cpuMillisOfFamily(long process) {
    Path folder = Path.of("/proc", Long.toString(process));
    double sum = Stat.read(folder.resolve("stat")).cpuMillisOfAll();
    for (Path task : entries(folder.resolve("task"))) {
      try {
        for (String child : Files.readString(task.resolve("children")).split(" ", -1)) {
          sum += child.isBlank() ? 0 : cpuMillisOfFamily(Long.parseLong(child.strip()));
        }
      } catch (IOException | UncheckedIOException ended) {
        // A child that ends while we look is its parent's next time.
      }
    }
    return sum;
  }

  /// CPU milliseconds since `before`, by thread name, the busiest first.
  public List<Map.Entry<String, Double>> threadsSince(Usage before) {
    List<Map.Entry<String, Double>> difference = new ArrayList<>();
    threadCpuMillis.forEach((name, millis) -> {
      double more = millis - before.threadCpuMillis.getOrDefault(name, 0.0);
      if (more > 0) {
        difference.add(Map.entry(name, more));
      }
    });
    difference.sort(Map.Entry.<String, Double>comparingByValue().reversed());
    return difference;
  }

  /// `qtp1234-56` becomes `qtp`; `C2 CompilerThre` stays.
  private static String pool(String thread) {
    return thread.replaceAll("[-#][0-9]+|[0-9]{2,}", "");
  }

  private record Stat(String name, double cpuMillis, double cpuMillisOfEnded) {
    double cpuMillisOfAll() {
      return cpuMillis + cpuMillisOfEnded;
    }

    /// The line is `pid (name) state …`; the name may hold blanks and brackets. utime and stime are
    /// the 14th and 15th field, those of children that have ended the next two (proc(5)).
    static Stat read(Path file) {
      try {
        String line = Files.readString(file);
        int end = line.lastIndexOf(')');
        List<String> fields = List.of(line.substring(end + 2).split(" ", -1));
        double ticks = Long.parseLong(fields.get(11)) + (double) Long.parseLong(fields.get(12));
        double ended = Long.parseLong(fields.get(13)) + (double) Long.parseLong(fields.get(14));
        return new Stat(
            line.substring(line.indexOf('(') + 1, end),
            ticks * MILLIS_PER_TICK,
            ended * MILLIS_PER_TICK);
      } catch (IOException e) {
        throw new UncheckedIOException("cannot read " + file + ": has the process ended?", e);
      }
    }
  }

  private static long residentBytes(Path folder) {
    try (Stream<String> lines = Files.lines(folder.resolve("status"))) {
      return lines
          .filter(line -> line.startsWith("VmRSS:"))
          .mapToLong(line -> 1024 * Long.parseLong(line.replaceAll("[^0-9]", "")))
          .findFirst()
          .orElse(0);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read the memory of " + folder, e);
    }
  }

  private static List<Path> entries(Path folder) {
    try (Stream<Path> entries = Files.list(folder)) {
      return entries.toList();
    } catch (NoSuchFileException ended) {
      return List.of();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + folder, e);
    }
  }
}
