package dev.chancery.server.scep.outbound;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/// Exchanges one request for one answer, within a deadline that holds for all of it: connecting,
/// TLS, sending, waiting and reading. Follows no redirects, sends nothing twice. Thread-safe.
public final class OutboundHttp {
  private static final Duration LONGEST_RETRY_AFTER = Duration.ofMinutes(10);

  private final HttpClient client;
  private final ExecutorService exchanges = Executors.newVirtualThreadPerTaskExecutor();
  private final Duration deadline;
  private final int maxAnswerBytes;

  /// @param deadline for a whole exchange
  /// @param maxAnswerBytes longer answers are as good as none
  public OutboundHttp(OutboundTrust trust, Duration deadline, int maxAnswerBytes) {
    this.client =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NEVER)
            .connectTimeout(deadline)
            .sslContext(trust.context())
            .build();
    this.deadline = deadline;
    this.maxAnswerBytes = maxAnswerBytes;
  }

  /// An answer, whatever its status.
  public record Answer(int status, String body, Optional<Duration> retryAfter) {
    /// Bodies may hold tokens.
    @Override
    public String toString() {
      return "Answer[" + status + "]";
    }
  }

  public Answer get(URI uri, Map<String, String> headers) throws OutboundException {
    return exchange(HttpRequest.newBuilder(uri).GET(), headers);
  }

  public Answer post(URI uri, Map<String, String> headers, byte[] body) throws OutboundException {
    return exchange(
        HttpRequest.newBuilder(uri).POST(HttpRequest.BodyPublishers.ofByteArray(body)), headers);
  }

  private Answer exchange(HttpRequest.Builder builder, Map<String, String> headers)
      throws OutboundException {
    headers.forEach(builder::header);
    HttpRequest request = builder.timeout(deadline).build();
    String host = request.uri().getScheme() + "://" + request.uri().getAuthority();
    Future<Answer> running = exchanges.submit(() -> send(request));
    try {
      return running.get(deadline.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      running.cancel(true);
      throw timeout(host, e);
    } catch (InterruptedException e) {
      running.cancel(true);
      Thread.currentThread().interrupt();
      throw new OutboundException("stopped", "this server is stopping", "", e);
    } catch (ExecutionException e) {
      throw explained(host, e.getCause());
    }
  }

  private OutboundException explained(String host, @Nullable Throwable cause) {
    return switch (cause) {
      case OutboundException known -> known;
      case java.net.http.HttpTimeoutException late -> timeout(host, late);
      case SSLException tls ->
          new OutboundException(
              "tls",
              "TLS with " + host + " failed: " + tls.getMessage(),
              "check the anchors, the pin and the name in the other server's certificate",
              tls);
      case IOException io ->
          new OutboundException(
              "unreachable",
              host + " cannot be reached: " + io,
              "check the address, name resolution, firewall and proxy",
              io);
      case null, default -> throw new IllegalStateException("an exchange failed", cause);
    };
  }

  private OutboundException timeout(String host, Throwable cause) {
    return new OutboundException(
        "timeout",
        host + " did not answer within " + deadline.toMillis() + " ms",
        "find out why it is slow, or raise the timeout",
        cause);
  }

  private Answer send(HttpRequest request)
      throws IOException, InterruptedException, OutboundException {
    HttpResponse<InputStream> response =
        client.send(request, HttpResponse.BodyHandlers.ofInputStream());
    try (InputStream body = response.body()) {
      byte[] bytes = body.readNBytes(maxAnswerBytes + 1);
      if (bytes.length > maxAnswerBytes) {
        throw new OutboundException(
            "too-large",
            request.uri().getHost() + " answered with more than " + maxAnswerBytes + " bytes",
            "is this the right address?");
      }
      return new Answer(
          response.statusCode(),
          new String(bytes, StandardCharsets.UTF_8),
          response.headers().firstValue("Retry-After").flatMap(OutboundHttp::seconds));
    }
  }

  /// Whole seconds, bounded; the date form is not worth a clock comparison with a stranger.
  private static Optional<Duration> seconds(String text) {
    if (!text.matches("\\d{1,9}")) {
      return Optional.empty();
    }
    Duration asked = Duration.ofSeconds(Long.parseLong(text));
    return Optional.of(asked.compareTo(LONGEST_RETRY_AFTER) > 0 ? LONGEST_RETRY_AFTER : asked);
  }
}
