package dev.chancery.faults;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The wall clock of a process, which can be set while it runs: libfaketime between it and the
/// kernel. Time that only passes (CLOCK_MONOTONIC) is left alone.
final class FakeClock {
  private static final List<Path> LIBRARIES =
      List.of(
          Path.of("/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1"),
          Path.of("/usr/lib/aarch64-linux-gnu/faketime/libfaketime.so.1"),
          Path.of("/usr/lib64/faketime/libfaketime.so.1"),
          Path.of("/usr/lib/faketime/libfaketime.so.1"));

  private static final Path MEMORY = Path.of("/dev/shm");

  private final Path library;
  private final Path file;

  private FakeClock(Path library, Path file) {
    this.library = library;
    this.file = file;
  }

  /// The library, if it is installed.
  static Optional<Path> library() {
    return LIBRARIES.stream().filter(Files::exists).findFirst();
  }

  /// A clock that is right, for now.
  ///
  /// @param file which tells the process
  static FakeClock right(Path library, Path file) {
    FakeClock clock = new FakeClock(library, file);
    clock.set(Duration.ZERO);
    return clock;
  }

  /// Sets the clock to `back` before the true time. The process sees it within a second.
  void set(Duration back) {
    Path fresh = file.resolveSibling(file.getFileName() + "~");
    try {
      Files.writeString(fresh, (back.isZero() ? "+" : "-") + back.toSeconds() + "\n");
      Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot set the clock", e);
    }
  }

  /// Deletes what the library leaves in memory when its process is killed.
  static void forget(long process) {
    try {
      Files.deleteIfExists(MEMORY.resolve("faketime_shm_" + process));
      Files.deleteIfExists(MEMORY.resolve("sem.faketime_sem_" + process));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot delete what libfaketime has left", e);
    }
  }

  /// What the process needs in its environment. The last two keep libfaketime from slowing the JVM
  /// down to a tenth.
  Map<String, String> environment() {
    return Map.of(
        "LD_PRELOAD",
        library.toString(),
        "FAKETIME_TIMESTAMP_FILE",
        file.toString(),
        "FAKETIME_CACHE_DURATION",
        "1",
        "FAKETIME_DONT_FAKE_MONOTONIC",
        "1",
        "FAKETIME_FORCE_MONOTONIC_FIX",
        "0",
        "NO_FAKE_STAT",
        "1");
  }
}
