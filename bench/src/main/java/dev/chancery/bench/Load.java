package dev.chancery.bench;

import dev.chancery.lab.LabException;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/// Sends prepared requests with a number of workers: each its next one when the last is answered,
/// or all together at a steady pace. Request `i` comes from caller `i` modulo their number.
final class Load {
  /// The longest time that is told apart, in microseconds.
  private static final long LONGEST_MICROS = 120_000_000;

  /// The pace of [#run(List, double)] that is none.
  static final double AS_FAST_AS_IT_GOES = 0;

  /// One answer in so many is kept to be looked at.
  private static final int SAMPLE_EVERY = 500;

  private final String target;
  private final boolean newConnection;
  private final List<Caller> callers;
  private final int workers;
  private final int resetEvery;
  private final Progress progress;

  /// @param target for people
  /// @param callers where connections stay open, one per worker or one for all
  /// @param workers how many requests are under way at the same time; divides the number of callers
  /// @param resetEvery one connection in so many ends with a reset; 0 for none
  Load(
      String target,
      boolean newConnection,
      List<Caller> callers,
      int workers,
      int resetEvery,
      Progress progress) {
    this.target = target;
    this.newConnection = newConnection;
    this.callers = List.copyOf(callers);
    this.workers = workers;
    this.resetEvery = resetEvery;
    this.progress = progress;
  }

  /// What a run yielded.
  ///
  /// @param latency from before connecting (or sending, on a connection that stays) to the end of
  ///   the answer, in microseconds; at a pace, from when the request was due
  /// @param samples some requests with their answers
  record Result(double seconds, int answered, Histogram latency, List<Sample> samples) {
    Result {
      samples = List.copyOf(samples);
    }

    double perSecond() {
      return answered / seconds;
    }

    double millisAt(double percentile) {
      return latency.getValueAtPercentile(percentile) / 1e3;
    }
  }

  record Sample(PreparedRequest request, Answer answer) {}

  /// Sends all of `requests`, as fast as they are answered.
  ///
  /// @throws LabException if any is not granted
  Result run(List<PreparedRequest> requests) {
    return run(requests, AS_FAST_AS_IT_GOES);
  }

  /// Sends all of `requests`, one every so often, whether or not those before are answered, as long
  /// as a worker is free. What waits for a worker counts as waiting.
  ///
  /// @param perSecond or [#AS_FAST_AS_IT_GOES]
  /// @throws LabException if any is not granted
  Result run(List<PreparedRequest> requests, double perSecond) {
    Shared shared = new Shared(requests, perSecond > 0 ? (long) (1e9 / perSecond) : 0);
    progress.restart();
    try (ExecutorService threads = Executors.newFixedThreadPool(workers)) {
      for (int number = 0; number < workers; number++) {
        int first = number;
        threads.execute(() -> shared.work(first));
      }
    }
    double seconds = (System.nanoTime() - shared.begun) / 1e9;
    String message = shared.failure.get();
    if (message != null) {
      throw new LabException(target + ": " + message);
    }
    return new Result(seconds, shared.answered.get(), shared.latency, List.copyOf(shared.samples));
  }

  /// What the workers of one run share.
  private final class Shared {
    private final List<PreparedRequest> requests;
    private final long intervalNanos;
    private final long begun = System.nanoTime();
    private final AtomicInteger answered = new AtomicInteger();
    private final AtomicReference<@Nullable String> failure = new AtomicReference<>();
    private final Histogram latency = new ConcurrentHistogram(LONGEST_MICROS, 3);
    private final Queue<Sample> samples = new ConcurrentLinkedQueue<>();

    Shared(List<PreparedRequest> requests, long intervalNanos) {
      this.requests = requests;
      this.intervalNanos = intervalNanos;
    }

    void work(int number) {
      try {
        if (newConnection) {
          onNewConnections(number);
        } else {
          onOneConnection(number);
        }
      } catch (IOException | RuntimeException e) {
        failure.compareAndSet(null, "a connection failed: " + e);
      }
    }

    private void onNewConnections(int number) throws IOException {
      for (int i = number; i < requests.size() && failure.get() == null; i += workers) {
        long due = awaitTurn(i);
        try (Session session = callers.get(i % callers.size()).open()) {
          exchange(session, requests.get(i), due);
          if (resetEvery > 0 && (i / workers) % resetEvery == 0) {
            session.reset();
          }
        }
      }
    }

    private void onOneConnection(int number) throws IOException {
      try (Session session = callers.get(number % callers.size()).open()) {
        for (int i = number; i < requests.size() && failure.get() == null; i += workers) {
          exchange(session, requests.get(i), awaitTurn(i));
        }
      }
    }

    /// Waits until request `i` is due, if there is a pace.
    ///
    /// @return from when its latency counts
    private long awaitTurn(int i) {
      if (intervalNanos == 0) {
        return System.nanoTime();
      }
      long due = begun + i * intervalNanos;
      for (long left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) {
        LockSupport.parkNanos(left);
      }
      return due;
    }

    private void exchange(Session session, PreparedRequest request, long due) throws IOException {
      Answer answer = session.send(request);
      latency.recordValue((System.nanoTime() - due) / 1000);
      Optional<String> problem = request.problemOf(answer);
      if (problem.isPresent()) {
        failure.compareAndSet(null, "answered " + problem.get());
        return;
      }
      int count = answered.incrementAndGet();
      if (count % SAMPLE_EVERY == 1) {
        samples.add(new Sample(request, answer));
      }
      progress.at(count, requests.size());
    }
  }
}
