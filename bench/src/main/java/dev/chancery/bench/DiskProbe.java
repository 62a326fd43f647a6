package dev.chancery.bench;

import dev.chancery.lab.LabException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/// Writes one page of a file on the server's disk again and again, and brings it to disk each time.
/// What that takes at the worst, no server that stores before it answers can promise to undercut:
/// on shared machines a disk may stop for a second.
final class DiskProbe implements AutoCloseable {
  private static final int PAGE = 4096;

  /// Seldom enough not to be a load of its own.
  private static final int PAUSE_MILLIS = 20;

  private final Path file;
  private final FileChannel channel;
  private final Semaphore stop = new Semaphore(0);
  private final Thread thread =
      Thread.ofPlatform().name("disk-probe").daemon().unstarted(this::run);
  private long longestNanos;
  private Optional<Exception> failure = Optional.empty();

  private DiskProbe(Path file, FileChannel channel) {
    this.file = file;
    this.channel = channel;
  }

  /// Starts one with a file of its own in `folder`.
  static DiskProbe in(Path folder) {
    try {
      Path file = Files.createTempFile(folder, "disk-probe", "");
      DiskProbe probe = new DiskProbe(file, FileChannel.open(file, StandardOpenOption.WRITE));
      probe.thread.start();
      return probe;
    } catch (IOException e) {
      throw new LabException("the disk cannot be probed in " + folder, e);
    }
  }

  private void run() {
    try {
      ByteBuffer page = ByteBuffer.allocateDirect(PAGE);
      while (!stop.tryAcquire(PAUSE_MILLIS, TimeUnit.MILLISECONDS)) {
        long begun = System.nanoTime();
        channel.write(page.clear(), 0);
        channel.force(false);
        longestNanos = Math.max(longestNanos, System.nanoTime() - begun);
      }
    } catch (IOException | InterruptedException e) {
      failure = Optional.of(e);
    }
  }

  /// Ends it.
  ///
  /// @return what the longest of its syncs took, milliseconds
  double longestMillis() {
    end();
    failure.ifPresent(e -> {
      throw new LabException("the disk could not be probed", e);
    });
    return longestNanos / 1e6;
  }

  private void end() {
    stop.release();
    try {
      thread.join();
    } catch (InterruptedException e) {
      throw LabException.interrupted(e);
    }
  }

  @Override
  public void close() {
    end();
    try (channel) {
      Files.delete(file);
    } catch (IOException e) {
      throw new LabException("what probed the disk is left: " + file, e);
    }
  }
}
