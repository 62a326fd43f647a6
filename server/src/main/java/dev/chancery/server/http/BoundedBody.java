package dev.chancery.server.http;

import dev.chancery.server.configuration.Configuration.Limits;
import dev.chancery.transport.Body;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;

/// Reads a request's body within limits of size and time.
final class BoundedBody {
  /// How the reading went.
  sealed interface Result {
    record Whole(Body body) implements Result {}

    record TooLarge() implements Result {}

    record TooSlow() implements Result {}
  }

  /// How long a sender may be slow before its rate counts.
  private static final Duration GRACE = Duration.ofSeconds(5);

  /// How much too much is still read, since a client that is cut off while it sends may never see
  /// the reply.
  private static final int DISCARDED_BYTES = 1024 * 1024;

  private BoundedBody() {}

  /// Blocks until the body is there, or too much of it, or it comes too slowly.
  ///
  /// @throws IOException if the connection broke
  static Result read(Request request, Limits limits) throws IOException, InterruptedException {
    boolean announced =
        request.getHeaders().getLongField(HttpHeader.CONTENT_LENGTH) > limits.bodyBytes();
    if (announced && request.getHeaders().contains(HttpHeader.EXPECT)) {
      return new Result.TooLarge(); // The client waits for a word before it sends anything.
    }
    long start = System.nanoTime();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    int total = 0;
    while (true) {
      long left = patience(limits, total).toNanos() - (System.nanoTime() - start);
      boolean tooLarge = announced || total > limits.bodyBytes();
      Content.Chunk chunk = request.read();
      if (chunk == null) {
        Semaphore available = new Semaphore(0);
        request.demand(available::release);
        if (!available.tryAcquire(left, TimeUnit.NANOSECONDS)) {
          return tooLarge ? new Result.TooLarge() : new Result.TooSlow();
        }
        continue;
      }
      if (Content.Chunk.isFailure(chunk)) {
        throw new IOException("the request broke off", chunk.getFailure());
      }
      byte[] part = new byte[chunk.remaining()];
      chunk.get(part, 0, part.length);
      chunk.release();
      total += part.length;
      if (!tooLarge && total <= limits.bodyBytes()) {
        bytes.writeBytes(part);
      }
      if (chunk.isLast() || total > DISCARDED_BYTES + limits.bodyBytes()) {
        return announced || total > limits.bodyBytes()
            ? new Result.TooLarge()
            : new Result.Whole(Body.of(bytes.toByteArray()));
      }
      if (left < 0) {
        return tooLarge ? new Result.TooLarge() : new Result.TooSlow();
      }
    }
  }

  /// How long a sender of so many bytes has had the right to take.
  private static Duration patience(Limits limits, int bytes) {
    if (limits.minDataRate() == 0) {
      return limits.requestDeadline();
    }
    Duration atRate = GRACE.plusMillis(1000L * bytes / limits.minDataRate());
    return atRate.compareTo(limits.requestDeadline()) < 0 ? atRate : limits.requestDeadline();
  }
}
