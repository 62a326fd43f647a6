package dev.chancery.server;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/// A server on free ports of the loopback address, with clients that send exact bytes.
final class RunningServer implements AutoCloseable {
  static final String PORTS =
      """
      server:
        host-names: [localhost, 127.0.0.1]
        tls: {address: 127.0.0.1, port: 0%s}
        clear: {address: 127.0.0.1, port: 0}
        log: {level: error}
        limits: {min-data-rate: 0, request-deadline: 300ms}
      """;

  private static final int TIMEOUT_MILLIS = 20_000;
  private static final InetAddress LOOPBACK = InetAddress.ofLiteral("127.0.0.1");

  private final Path folder;
  private final ChanceryServer server;

  private RunningServer(Path folder, ChanceryServer server) {
    this.folder = folder;
    this.server = server;
  }

  static RunningServer start(Path folder, Clock clock) throws IOException {
    return start(folder, clock, PORTS.formatted(""));
  }

  static RunningServer start(Path folder, Clock clock, String yaml) throws IOException {
    Files.writeString(folder.resolve("chancery.yaml"), yaml);
    return new RunningServer(folder, ChanceryServer.start(folder, clock));
  }

  ChanceryServer server() {
    return server;
  }

  void configure(String yaml) throws IOException {
    Files.writeString(folder.resolve("chancery.yaml"), yaml);
  }

  /// The whole reply to `request`, which asks for the connection to be closed.
  String clear(String request) throws IOException {
    try (Socket socket = new Socket(LOOPBACK, server.clearPort())) {
      return exchange(socket, request);
    }
  }

  /// The same over TLS, with the server validated against its root.
  String tls(String request) throws IOException, GeneralSecurityException {
    try (SSLSocket socket = connect(trusting(), List.of())) {
      return exchange(socket, request);
    }
  }

  /// The same, presenting a certificate.
  String tls(String request, KeyPair key, X509Certificate certificate)
      throws IOException, GeneralSecurityException {
    try (SSLSocket socket = connect(context(keyManagers(key, certificate)), List.of())) {
      return exchange(socket, request);
    }
  }

  /// A connection after its handshake.
  ///
  /// @param protocols to offer; empty for the platform's choice
  SSLSocket connect(SSLContext context, List<String> protocols) throws IOException {
    SSLSocket socket =
        (SSLSocket) context.getSocketFactory().createSocket(LOOPBACK, server.tlsPort());
    socket.setSoTimeout(TIMEOUT_MILLIS);
    if (!protocols.isEmpty()) {
      socket.setEnabledProtocols(protocols.toArray(String[]::new));
    }
    var parameters = socket.getSSLParameters();
    parameters.setEndpointIdentificationAlgorithm("HTTPS");
    socket.setSSLParameters(parameters);
    socket.startHandshake();
    return socket;
  }

  SSLContext trusting() throws GeneralSecurityException, IOException {
    return context(null);
  }

  private SSLContext context(KeyManager @Nullable [] keys)
      throws GeneralSecurityException, IOException {
    KeyStore anchors = KeyStore.getInstance(KeyStore.getDefaultType());
    anchors.load(null, null);
    anchors.setCertificateEntry("root", server.root().toX509());
    TrustManagerFactory factory =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(anchors);
    return context(keys, factory.getTrustManagers());
  }

  static SSLContext context(KeyManager @Nullable [] keys, TrustManager[] trust)
      throws GeneralSecurityException {
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys, trust, null);
    return context;
  }

  private static KeyManager[] keyManagers(KeyPair key, X509Certificate certificate)
      throws GeneralSecurityException, IOException {
    KeyStore own = KeyStore.getInstance(KeyStore.getDefaultType());
    own.load(null, null);
    own.setKeyEntry("own", key.getPrivate(), new char[0], new X509Certificate[] {certificate});
    KeyManagerFactory factory =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    factory.init(own, new char[0]);
    return factory.getKeyManagers();
  }

  static String exchange(Socket socket, String request) throws IOException {
    socket.setSoTimeout(TIMEOUT_MILLIS);
    OutputStream out = socket.getOutputStream();
    out.write(request.getBytes(StandardCharsets.ISO_8859_1));
    out.flush();
    InputStream in = socket.getInputStream();
    return new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
  }

  /// A request without a body that asks for the connection to be closed.
  static String request(String method, String path) {
    return header(method + " " + path + " HTTP/1.1", "Host: localhost", "Connection: close");
  }

  /// Header lines and the empty line after them.
  static String header(String... lines) {
    return String.join("\r\n", lines) + "\r\n\r\n";
  }

  @Override
  public void close() {
    server.close();
  }
}
