package dev.chancery.bench;

import dev.chancery.lab.ClientTls;
import dev.chancery.lab.Loopback;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;

/// A connection for one request after the other (HTTP/1.1), with or without TLS. For one thread.
final class HttpConnection implements Session {
  private static final int MAX_LINE = 8192;
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final Socket socket;
  private final InputStream in;

  private HttpConnection(Socket socket) throws IOException {
    this.socket = socket;
    this.in = new BufferedInputStream(socket.getInputStream(), 4096);
  }

  static HttpConnection open(ClientTls tls, int port) throws IOException {
    return new HttpConnection(tls.connect(port, PATIENCE).secure());
  }

  static HttpConnection openClear(int port) throws IOException {
    return new HttpConnection(Loopback.connect(port, PATIENCE));
  }

  /// Sends a whole HTTP request. Every status but 200 is a refusal.
  @Override
  public Answer send(PreparedRequest request) throws IOException {
    socket.getOutputStream().write(request.bytes());
    socket.getOutputStream().flush();
    int status = Integer.parseInt(line().split(" ", 3)[1]);
    int length = 0;
    for (String line = line(); !line.isEmpty(); line = line()) {
      if (line.toLowerCase(Locale.ROOT).startsWith("content-length:")) {
        length = Integer.parseInt(line.substring("content-length:".length()).strip());
      }
    }
    byte[] body = in.readNBytes(length);
    if (body.length < length) {
      throw new EOFException("the answer ends after " + body.length + " of " + length + " bytes");
    }
    return status == 200
        ? Answer.of(body)
        : Answer.refused(status + ": " + new String(body, StandardCharsets.UTF_8));
  }

  private String line() throws IOException {
    StringBuilder line = new StringBuilder();
    for (int next = in.read(); next != '\n'; next = in.read()) {
      if (next < 0 || line.length() > MAX_LINE) {
        throw new EOFException("the answer ends within its head");
      }
      if (next != '\r') {
        line.append((char) next);
      }
    }
    return line.toString();
  }

  /// A reset instead of an orderly end.
  @Override
  public void reset() throws IOException {
    socket.setSoLinger(true, 0);
    socket.close();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
