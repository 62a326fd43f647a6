package dev.chancery.lab;

import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.time.Duration;

/// Connections to servers of this machine, at 127.0.0.1 whatever `localhost` resolves to.
public final class Loopback {
  private Loopback() {}

  /// A TCP connection.
  ///
  /// @param patience until it stands, and for each answer
  public static Socket connect(int port, Duration patience) throws IOException {
    int millis = Math.toIntExact(patience.toMillis());
    Socket socket = new Socket();
    try {
      socket.setTcpNoDelay(true);
      socket.setSoTimeout(millis);
      socket.connect(
          new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), port), millis);
      return socket;
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }

  /// The status with which an HTTP server answers a GET; 0 if nobody answers.
  ///
  /// @param path such as `/readyz`
  /// @param patience until the connection stands, and for the answer
  public static int httpStatus(int port, String path, Duration patience) {
    int millis = Math.toIntExact(patience.toMillis());
    try {
      HttpURLConnection connection =
          (HttpURLConnection)
              URI.create("http://127.0.0.1:" + port + path).toURL().openConnection();
      connection.setConnectTimeout(millis);
      connection.setReadTimeout(millis);
      return connection.getResponseCode();
    } catch (IOException nobody) {
      return 0;
    }
  }
}
