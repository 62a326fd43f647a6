package dev.chancery.interop;

import dev.chancery.pki.certificate.Certificate;
import dev.chancery.transport.Body;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;

/// One TLS connection on which a test writes and reads the bytes of HTTP itself, so that it sees
/// exactly what a small device would see.
public final class Wire implements AutoCloseable {
  private static final int TIMEOUT_MILLIS = 15_000;

  private final Socket socket;

  private Wire(Socket socket) {
    this.socket = socket;
  }

  /// A reply as it came.
  public record Answer(int status, Map<String, String> headers, Body body, int headBytes) {
    public Optional<String> header(String name) {
      return headers.entrySet().stream()
          .filter(entry -> entry.getKey().equalsIgnoreCase(name))
          .map(Map.Entry::getValue)
          .findFirst();
    }

    public String text() {
      return new String(body.toByteArray(), StandardCharsets.UTF_8);
    }
  }

  /// Who the client is on a connection.
  public record Identity(KeyPair keyPair, List<Certificate> chain) {}

  /// Connects by TLS with one protocol version and perhaps a client certificate. The server's
  /// certificate is not looked at.
  public static Wire connect(int port, String protocol, Optional<Identity> identity) {
    return connect(port, protocol, context(identity));
  }

  /// A client's TLS: what connects with one and the same may resume sessions.
  public static SSLContext context(Optional<Identity> identity) {
    return context(identity.map(Wire::keyManagers).orElse(new KeyManager[0]));
  }

  public static SSLContext context(KeyManager... keyManagers) {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(keyManagers, new TrustManager[] {new TrustEverybody()}, new SecureRandom());
      return context;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("no TLS", e);
    }
  }

  public static Wire connect(int port, String protocol, SSLContext context) {
    try {
      // By name, since sessions are remembered by name.
      SSLSocket socket =
          (SSLSocket)
              context.getSocketFactory().createSocket(connected(port), "localhost", port, true);
      socket.setEnabledProtocols(new String[] {protocol});
      socket.startHandshake();
      return new Wire(socket);
    } catch (IOException e) {
      throw new IllegalStateException("cannot connect", e);
    }
  }

  private static Socket connected(int port) throws IOException {
    Socket socket = new Socket();
    socket.setSoTimeout(TIMEOUT_MILLIS);
    socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), TIMEOUT_MILLIS);
    return socket;
  }

  /// When the TLS session began; a resumed one began with the first connection.
  public long sessionCreated() {
    return ((SSLSocket) socket).getSession().getCreationTime();
  }

  public static Wire connect(int port) {
    return connect(port, "TLSv1.3", Optional.empty());
  }

  /// Speaks over a socket that is connected already.
  public static Wire over(Socket socket) {
    return new Wire(socket);
  }

  /// Connects without TLS.
  public static Wire connectClear(int port) {
    try {
      return new Wire(connected(port));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot connect", e);
    }
  }

  /// The 32 bytes of tls-exporter (RFC 9266).
  public byte[] tlsExporter() {
    try {
      ExtendedSSLSession session = (ExtendedSSLSession) ((SSLSocket) socket).getSession();
      return session.exportKeyingMaterialData("EXPORTER-Channel-Binding", new byte[0], 32);
    } catch (IOException e) {
      throw new UncheckedIOException("no exporter", e);
    }
  }

  /// Sends a request with a body and reads the answer.
  public Answer send(String method, String path, Map<String, String> headers, byte[] body) {
    Map<String, String> all = new LinkedHashMap<>();
    all.put("Host", "localhost");
    if (body.length > 0 || method.equals("POST")) {
      all.put("Content-Length", Integer.toString(body.length));
    }
    all.putAll(headers);
    StringBuilder head = new StringBuilder(method + " " + path + " HTTP/1.1\r\n");
    all.forEach((name, value) -> head.append(name).append(": ").append(value).append("\r\n"));
    head.append("\r\n");
    write(head.toString().getBytes(StandardCharsets.UTF_8));
    write(body);
    return read(method.equals("HEAD"));
  }

  /// Sends bytes as they are.
  public void write(byte[] bytes) {
    try {
      socket.getOutputStream().write(bytes);
      socket.getOutputStream().flush();
    } catch (IOException e) {
      throw new UncheckedIOException("the connection broke while writing", e);
    }
  }

  /// Reads an answer's header, line by line as it came: fields may be there more than once.
  public List<String> readHead() {
    try {
      return lines(head());
    } catch (IOException e) {
      throw new UncheckedIOException("no answer", e);
    }
  }

  private ByteArrayOutputStream head() throws IOException {
    InputStream in = socket.getInputStream();
    ByteArrayOutputStream head = new ByteArrayOutputStream();
    while (!head.toString(StandardCharsets.ISO_8859_1).endsWith("\r\n\r\n")) {
      int b = in.read();
      if (b < 0) {
        throw new IOException("the connection closed after " + head.size() + " bytes of header");
      }
      head.write(b);
    }
    return head;
  }

  private static List<String> lines(ByteArrayOutputStream head) {
    return List.of(head.toString(StandardCharsets.ISO_8859_1).strip().split("\r\n", -1));
  }

  /// Reads one answer.
  public Answer read(boolean withoutBody) {
    try {
      InputStream in = socket.getInputStream();
      ByteArrayOutputStream head = head();
      List<String> lines = lines(head);
      Map<String, String> headers = new LinkedHashMap<>();
      for (String line : new ArrayList<>(lines).subList(1, lines.size())) {
        headers.put(
            line.substring(0, line.indexOf(':')), line.substring(line.indexOf(':') + 1).strip());
      }
      int length =
          headers.entrySet().stream()
              .filter(entry -> entry.getKey().toLowerCase(Locale.ROOT).equals("content-length"))
              .mapToInt(entry -> Integer.parseInt(entry.getValue()))
              .findFirst()
              .orElse(0);
      byte[] body = withoutBody ? new byte[0] : in.readNBytes(length);
      return new Answer(
          Integer.parseInt(lines.getFirst().split(" ", -1)[1]),
          headers,
          Body.of(body),
          head.size());
    } catch (IOException e) {
      throw new UncheckedIOException("no answer", e);
    }
  }

  /// True if the server closes the connection without sending anything more.
  public boolean isClosedByServer() {
    try {
      return socket.getInputStream().read() < 0;
    } catch (java.net.SocketTimeoutException stillOpen) {
      return false;
    } catch (IOException reset) {
      return true;
    }
  }

  private static KeyManager[] keyManagers(Identity identity) {
    try {
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(null, null);
      store.setKeyEntry(
          "client",
          identity.keyPair().getPrivate(),
          new char[0],
          identity.chain().stream().map(Certificate::toX509).toArray(X509Certificate[]::new));
      KeyManagerFactory factory = KeyManagerFactory.getInstance("PKIX");
      factory.init(store, new char[0]);
      return factory.getKeyManagers();
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalStateException("cannot use the client certificate", e);
    }
  }

  @Override
  public void close() {
    try {
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot close", e);
    }
  }

  /// For clients that look at nothing.
  public static final class TrustEverybody implements X509TrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
