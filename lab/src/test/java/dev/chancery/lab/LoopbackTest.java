package dev.chancery.lab;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class LoopbackTest {
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  @Test
  void aServerIsAskedForItsStatusUntilNobodyAnswers() throws IOException {
    HttpServer server =
        HttpServer.create(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), FreePort.tcp()), 0);
    server.createContext(
        "/readyz",
        exchange -> {
          exchange.sendResponseHeaders(503, -1);
          exchange.close();
        });
    server.start();
    int port = server.getAddress().getPort();
    int starting = Loopback.httpStatus(port, "/readyz", PATIENCE);
    int elsewhere = Loopback.httpStatus(port, "/", PATIENCE);

    server.stop(0);

    assertThat(starting).isEqualTo(503);
    assertThat(elsewhere).isEqualTo(404);
    assertThat(Loopback.httpStatus(port, "/readyz", PATIENCE)).isZero();
  }
}
