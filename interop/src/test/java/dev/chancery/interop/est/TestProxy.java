package dev.chancery.interop.est;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;

/// A proxy on a port of its own: by CONNECT or SOCKS5, with or without a login, and one that looks
/// into TLS.
final class TestProxy implements AutoCloseable {
  /// What goes on with a client once it is connected.
  @FunctionalInterface
  private interface Talk {
    void with(Socket client) throws IOException;
  }

  private final ServerSocket listener;
  private final List<String> targets = new CopyOnWriteArrayList<>();
  private final List<String> heads = new CopyOnWriteArrayList<>();

  private TestProxy() {
    try {
      this.listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new UncheckedIOException("the proxy does not start", e);
    }
  }

  /// By CONNECT.
  ///
  /// @param login `user:password` that is demanded
  /// @param interceptor ends TLS itself
  static TestProxy http(Optional<String> login, Optional<SSLContext> interceptor) {
    TestProxy proxy = new TestProxy();
    proxy.start(client -> proxy.connect(client, login, interceptor));
    return proxy;
  }

  /// SOCKS5.
  static TestProxy socks(Optional<String> login) {
    TestProxy proxy = new TestProxy();
    proxy.start(client -> proxy.socks(client, login));
    return proxy;
  }

  int port() {
    return listener.getLocalPort();
  }

  /// Where clients wanted to go, `host:port`.
  List<String> targets() {
    return List.copyOf(targets);
  }

  /// The CONNECT requests as they came.
  List<String> heads() {
    return List.copyOf(heads);
  }

  private void start(Talk talk) {
    Thread.ofVirtual()
        .start(() -> {
          while (!listener.isClosed()) {
            try {
              Socket client = listener.accept();
              Thread.ofVirtual().start(() -> serve(talk, client));
            } catch (IOException closed) {
              return;
            }
          }
        });
  }

  private static void serve(Talk talk, Socket client) {
    try (client) {
      talk.with(client);
    } catch (IOException gone) {
      // One side has hung up.
      return;
    }
  }

  private void connect(Socket client, Optional<String> login, Optional<SSLContext> interceptor)
      throws IOException {
    OutputStream out = client.getOutputStream();
    String expected =
        login
            .map(both ->
                "Proxy-Authorization: Basic "
                    + Base64.getEncoder().encodeToString(both.getBytes(StandardCharsets.UTF_8)))
            .orElse("");
    String head = head(client.getInputStream());
    heads.add(head);
    if (!head.contains(expected)) {
      write(
          out,
          String.join(
              "\r\n",
              "HTTP/1.1 407 Who are you",
              "Proxy-Authenticate: Basic realm=\"proxy\"",
              "Content-Length: 0",
              "Connection: close",
              "",
              ""));
      return;
    }
    String target = head.split(" ", -1)[1];
    targets.add(target);
    write(out, "HTTP/1.1 200 Go on\r\n\r\n");
    if (interceptor.isPresent()) {
      SSLSocket tls =
          (SSLSocket) interceptor.get().getSocketFactory().createSocket(client, null, true);
      tls.startHandshake();
      heads.add(head(tls.getInputStream()));
      return;
    }
    tunnel(client, target);
  }

  private void socks(Socket client, Optional<String> login) throws IOException {
    DataInputStream in = new DataInputStream(client.getInputStream());
    OutputStream out = client.getOutputStream();
    in.readUnsignedByte();
    byte[] methods = in.readNBytes(in.readUnsignedByte());
    int wanted = login.isPresent() ? 2 : 0;
    boolean offered = new String(methods, StandardCharsets.ISO_8859_1).indexOf(wanted) >= 0;
    out.write(new byte[] {5, (byte) (offered ? wanted : 0xff)});
    if (!offered) {
      return;
    }
    if (login.isPresent()) {
      in.readUnsignedByte();
      String user = text(in);
      String password = text(in);
      boolean right = login.get().equals(user + ":" + password);
      out.write(new byte[] {1, (byte) (right ? 0 : 1)});
      if (!right) {
        return;
      }
    }
    in.readNBytes(3);
    int kind = in.readUnsignedByte();
    String host =
        kind == 3
            ? text(in)
            : InetAddress.getByAddress(in.readNBytes(kind == 1 ? 4 : 16)).getHostAddress();
    String target = host + ":" + in.readUnsignedShort();
    targets.add(target);
    out.write(new byte[] {5, 0, 0, 1, 0, 0, 0, 0, 0, 0});
    tunnel(client, target);
  }

  private static String text(DataInputStream in) throws IOException {
    return new String(in.readNBytes(in.readUnsignedByte()), StandardCharsets.UTF_8);
  }

  private static String head(InputStream in) throws IOException {
    ByteArrayOutputStream head = new ByteArrayOutputStream();
    while (!head.toString(StandardCharsets.ISO_8859_1).endsWith("\r\n\r\n")) {
      int b = in.read();
      if (b < 0) {
        throw new IOException("the client hung up");
      }
      head.write(b);
    }
    return head.toString(StandardCharsets.ISO_8859_1);
  }

  private static void write(OutputStream out, String text) throws IOException {
    out.write(text.getBytes(StandardCharsets.US_ASCII));
    out.flush();
  }

  private static void tunnel(Socket client, String target) throws IOException {
    int colon = target.lastIndexOf(':');
    try (Socket server =
        new Socket(target.substring(0, colon), Integer.parseInt(target.substring(colon + 1)))) {
      Thread.ofVirtual().start(() -> serve(one -> copy(one, server), client));
      copy(server, client);
    }
  }

  private static void copy(Socket from, Socket to) throws IOException {
    from.getInputStream().transferTo(to.getOutputStream());
    to.shutdownOutput();
  }

  @Override
  public void close() {
    try {
      listener.close();
    } catch (IOException e) {
      throw new UncheckedIOException("the proxy does not stop", e);
    }
  }
}
