package dev.chancery.bench;

import java.io.IOException;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/// Sends prepared requests to a target with a number of workers, each of which sends its next one
/// when the last is answered. Request `i` comes from identity `i` modulo their number.
final class Load {
  /// The longest time that is told apart, in microseconds.
  private static final long LONGEST_MICROS = 120_000_000;

  /// One answer in so many is kept to be looked at.
  private static final int SAMPLE_EVERY = 500;

  private final Target target;
  private final boolean newConnection;
  private final List<ClientTls> identities;
  private final int workers;
  private final int resetEvery;
  private final Progress progress;

  /// @param identities as whom the client connects; where connections stay open, one per worker
  /// @param workers how many requests are under way at the same time; divides the number of
  ///   identities
  /// @param resetEvery one connection in so many ends with a reset; 0 for none
  Load(
      Target target,
      boolean newConnection,
      List<ClientTls> identities,
      int workers,
      int resetEvery,
      Progress progress) {
    this.target = target;
    this.newConnection = newConnection;
    this.identities = List.copyOf(identities);
    this.workers = workers;
    this.resetEvery = resetEvery;
    this.progress = progress;
  }

  /// What a run yielded.
  ///
  /// @param latency from before connecting (or sending, on a connection that stays) to the end of
  ///   the answer, in microseconds
  /// @param samples some requests with their answers
  record Result(double seconds, int answered, Histogram latency, List<Sample> samples) {
    Result {
      samples = List.copyOf(samples);
    }
  }

  record Sample(PreparedRequest request, Answer answer) {}

  /// Sends all of `requests`.
  ///
  /// @throws BenchException if any is not answered with 200
  Result run(List<PreparedRequest> requests) {
    Shared shared = new Shared(requests);
    progress.restart();
    long begun = System.nanoTime();
    try (ExecutorService threads = Executors.newFixedThreadPool(workers)) {
      for (int number = 0; number < workers; number++) {
        int first = number;
        threads.execute(() -> shared.work(first));
      }
    }
    double seconds = (System.nanoTime() - begun) / 1e9;
    String message = shared.failure.get();
    if (message != null) {
      throw new BenchException(target.name() + ": " + message);
    }
    return new Result(seconds, shared.answered.get(), shared.latency, List.copyOf(shared.samples));
  }

  /// What the workers of one run share.
  private final class Shared {
    private final List<PreparedRequest> requests;
    private final AtomicInteger answered = new AtomicInteger();
    private final AtomicReference<@Nullable String> failure = new AtomicReference<>();
    private final Histogram latency = new ConcurrentHistogram(LONGEST_MICROS, 3);
    private final Queue<Sample> samples = new ConcurrentLinkedQueue<>();

    Shared(List<PreparedRequest> requests) {
      this.requests = requests;
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
        long begun = System.nanoTime();
        try (Connection connection =
            Connection.open(identities.get(i % identities.size()), target.port())) {
          exchange(connection, requests.get(i), begun);
          if (resetEvery > 0 && (i / workers) % resetEvery == 0) {
            connection.reset();
          }
        }
      }
    }

    private void onOneConnection(int number) throws IOException {
      try (Connection connection =
          Connection.open(identities.get(number % identities.size()), target.port())) {
        for (int i = number; i < requests.size() && failure.get() == null; i += workers) {
          exchange(connection, requests.get(i), System.nanoTime());
        }
      }
    }

    private void exchange(Connection connection, PreparedRequest request, long begun)
        throws IOException {
      Answer answer = connection.send(request);
      latency.recordValue((System.nanoTime() - begun) / 1000);
      if (answer.status() != 200) {
        failure.compareAndSet(null, "answered " + answer.status() + ": " + answer.body().strip());
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
