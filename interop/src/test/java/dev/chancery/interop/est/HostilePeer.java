package dev.chancery.interop.est;

import dev.chancery.interop.Wire;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.cms.CertsOnly;
import dev.chancery.pki.key.KeyPairs;
import dev.chancery.pki.key.KeyType;
import dev.chancery.pki.name.SubjectNames;
import dev.chancery.pki.request.CertificationRequest;
import dev.chancery.transport.Body;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyStore;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedKeyManager;

/// An EST server that goes wrong in whatever way a test switches on. It writes the bytes of HTTP
/// itself, since no sound server would send them. Without a switch it is a plain EST server: its CA
/// certificate, no CSR attributes, and a certificate for whoever asks.
final class HostilePeer implements AutoCloseable {
  /// How the end of a body is told.
  enum Framing {
    CONTENT_LENGTH,
    CHUNKED,
    /// By closing the connection, without a Content-Length.
    UNTIL_CLOSE,
    /// A Content-Length of a hundred bytes more than come.
    CUT_SHORT
  }

  /// An answer, byte by byte as it shall go out.
  ///
  /// @param pace between two bytes of the body; zero for none
  record Reply(
      int status,
      Map<String, String> headers,
      Body body,
      Framing framing,
      boolean lowerCase,
      Duration pace) {
    static Reply of(int status, String... headers) {
      Map<String, String> all = new LinkedHashMap<>();
      for (int i = 0; i < headers.length; i += 2) {
        all.put(headers[i], headers[i + 1]);
      }
      return new Reply(status, all, Body.EMPTY, Framing.CONTENT_LENGTH, false, Duration.ZERO);
    }

    Reply with(Body other) {
      return new Reply(status, headers, other, framing, lowerCase, pace);
    }

    Reply with(String text) {
      return with(Body.of(text));
    }

    Reply with(Framing other) {
      return new Reply(status, headers, body, other, lowerCase, pace);
    }

    /// Header names without capitals.
    Reply inLowerCase() {
      return new Reply(status, headers, body, framing, true, pace);
    }

    /// A byte now and then.
    Reply dripping(Duration between) {
      return new Reply(status, headers, body, framing, lowerCase, between);
    }

    /// With another header, or another value.
    Reply header(String name, String value) {
      Map<String, String> all = new LinkedHashMap<>(headers);
      all.put(name, value);
      return new Reply(status, all, body, framing, lowerCase, pace);
    }

    /// Without a header.
    Reply without(String name) {
      Map<String, String> all = new LinkedHashMap<>(headers);
      all.remove(name);
      return new Reply(status, all, body, framing, lowerCase, pace);
    }
  }

  /// What arrived, and on which connection.
  ///
  /// @param binding tls-exporter of the connection in Base64 (RFC 9266); empty on TLS 1.2
  record Received(
      String method,
      String path,
      Map<String, String> headers,
      Body body,
      List<Certificate> clientChain,
      String binding) {
    Optional<String> header(String name) {
      return Optional.ofNullable(headers.get(name.toLowerCase(Locale.ROOT)));
    }

    CertificationRequest request() {
      return CertificationRequest.parse(Base64.getMimeDecoder().decode(body.toByteArray()));
    }
  }

  /// Decides about an answer.
  @FunctionalInterface
  interface Turn {
    Reply take(Received received);
  }

  static final String PKCS7 = "application/pkcs7-mime";
  static final String CERTS_ONLY = PKCS7 + "; smime-type=certs-only";

  private final HostileAuthority authority;
  private final SSLServerSocket listener;
  private final Map<String, Turn> turns = new ConcurrentHashMap<>();
  private final List<Received> received = new CopyOnWriteArrayList<>();
  private final AtomicInteger handshakes = new AtomicInteger();
  private final List<String> namedAuthorities;

  private HostilePeer(
      HostileAuthority authority, SSLServerSocket listener, List<String> namedAuthorities) {
    this.authority = authority;
    this.listener = listener;
    this.namedAuthorities = namedAuthorities;
    on("cacerts", request -> certificates(authority.certificate()));
    on("csrattrs", request -> Reply.of(204));
    on("simpleenroll", request -> certificates(issued(request)));
    on("simplereenroll", request -> certificates(issued(request)));
  }

  /// Starts one for `localhost`, with a certificate of `authority`.
  static HostilePeer start(HostileAuthority authority) {
    return start(authority, authority, "TLSv1.3", "dns:localhost", HostileAuthority.SERVER_AUTH);
  }

  /// Starts one whose own certificate another authority has issued.
  ///
  /// @param name such as `dns:localhost`
  static HostilePeer start(
      HostileAuthority authority,
      HostileAuthority ofServer,
      String protocol,
      String name,
      String... purposes) {
    try {
      List<String> named = new CopyOnWriteArrayList<>();
      SSLServerSocket listener =
          (SSLServerSocket)
              serverTls(ofServer, name, named, purposes)
                  .getServerSocketFactory()
                  .createServerSocket(0, 50, InetAddress.getLoopbackAddress());
      listener.setEnabledProtocols(new String[] {protocol});
      listener.setWantClientAuth(true);
      HostilePeer peer = new HostilePeer(authority, listener, named);
      Thread.ofVirtual().start(peer::accept);
      return peer;
    } catch (IOException e) {
      throw new UncheckedIOException("the peer does not start", e);
    }
  }

  /// TLS of a server that `issuer` certifies.
  static SSLContext serverTls(HostileAuthority issuer, String name, String... purposes) {
    return serverTls(issuer, name, new CopyOnWriteArrayList<>(), purposes);
  }

  private static SSLContext serverTls(
      HostileAuthority issuer, String name, List<String> named, String... purposes) {
    try {
      KeyPair key = KeyPairs.generate(KeyType.P_256);
      Certificate certificate =
          issuer.issue(
              SubjectNames.parse("CN=peer", List.of(name)),
              HostileAuthority.publicKey(key),
              purposes);
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(null, null);
      store.setKeyEntry(
          "server", key.getPrivate(), new char[0], new X509Certificate[] {certificate.toX509()});
      KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
      keys.init(store, new char[0]);
      SSLContext tls = SSLContext.getInstance("TLS");
      tls.init(
          new KeyManager[] {
            new AnyIssuer((X509ExtendedKeyManager) keys.getKeyManagers()[0], named)
          },
          new TrustManager[] {new Wire.TrustEverybody()},
          new SecureRandom());
      return tls;
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalStateException("no TLS for the peer", e);
    }
  }

  /// From now on `operation` is answered so.
  void on(String operation, Turn turn) {
    turns.put(operation, turn);
  }

  /// The answers to `operation` one after the other; the last one stays.
  void inTurn(String operation, Turn... all) {
    AtomicInteger next = new AtomicInteger();
    on(operation, request -> all[Math.min(next.getAndIncrement(), all.length - 1)].take(request));
  }

  HostileAuthority authority() {
    return authority;
  }

  /// A certificate for the names and the key of a request.
  Certificate issued(Received request) {
    var template = request.request().template();
    SubjectNames names = template.changedNames().orElse(template.names());
    return authority.issue(
        names.isEmpty() ? SubjectNames.parse("CN=device-1", List.of()) : names,
        template.subjectPublicKey(),
        HostileAuthority.CLIENT_AUTH);
  }

  /// A sound certs-only answer: 64 columns, Content-Length, the usual headers.
  static Reply certificates(Certificate... certificates) {
    return Reply.of(200, "Content-Type", CERTS_ONLY, "Content-Transfer-Encoding", "base64")
        .with(base64(CertsOnly.encode(List.of(certificates)), 64, "\n"));
  }

  /// Base64 in lines.
  static Body base64(byte[] der, int width, String lineEnd) {
    return Body.of(
        Base64.getMimeEncoder(width, lineEnd.getBytes(StandardCharsets.US_ASCII))
                .encodeToString(der)
            + lineEnd);
  }

  int port() {
    return listener.getLocalPort();
  }

  String url() {
    return "https://localhost:" + port();
  }

  List<Received> received() {
    return List.copyOf(received);
  }

  /// What arrived for one operation.
  List<Received> received(String operation) {
    return received.stream().filter(one -> one.path().endsWith("/" + operation)).toList();
  }

  /// How many TLS handshakes were completed.
  int handshakes() {
    return handshakes.get();
  }

  /// The certification authorities that clients named in their handshakes (RFC 8446 §4.2.4).
  List<String> namedAuthorities() {
    return List.copyOf(namedAuthorities);
  }

  /// Shows its one certificate whatever the client would like, and notes what that is.
  private static final class AnyIssuer extends X509ExtendedKeyManager {
    private final X509ExtendedKeyManager keys;
    private final List<String> named;

    AnyIssuer(X509ExtendedKeyManager keys, List<String> named) {
      this.keys = keys;
      this.named = named;
    }

    @Override
    public String chooseServerAlias(String type, Principal[] issuers, Socket socket) {
      if (issuers != null) {
        Arrays.stream(issuers).map(Principal::getName).forEach(named::add);
      }
      return keys.chooseServerAlias(type, null, socket);
    }

    @Override
    public String[] getServerAliases(String type, Principal[] issuers) {
      return keys.getServerAliases(type, null);
    }

    @Override
    public X509Certificate[] getCertificateChain(String alias) {
      return keys.getCertificateChain(alias);
    }

    @Override
    public PrivateKey getPrivateKey(String alias) {
      return keys.getPrivateKey(alias);
    }

    @Override
    public String[] getClientAliases(String type, Principal[] issuers) {
      return keys.getClientAliases(type, issuers);
    }

    @Override
    public String chooseClientAlias(String[] types, Principal[] issuers, Socket socket) {
      return keys.chooseClientAlias(types, issuers, socket);
    }
  }

  private void accept() {
    while (!listener.isClosed()) {
      try {
        SSLSocket socket = (SSLSocket) listener.accept();
        Thread.ofVirtual().start(() -> serve(socket));
      } catch (IOException e) {
        return;
      }
    }
  }

  private void serve(SSLSocket socket) {
    try (socket) {
      socket.setSoTimeout(15_000);
      socket.startHandshake();
      handshakes.incrementAndGet();
      Received request = read(socket);
      received.add(request);
      String operation = request.path().substring(request.path().lastIndexOf('/') + 1);
      Turn turn = turns.getOrDefault(operation, other -> Reply.of(404));
      write(turn.take(request), socket.getOutputStream());
    } catch (IOException clientIsGone) {
      // Clients that find something wrong hang up; the tests look at what they say.
      return;
    }
  }

  private static Received read(SSLSocket socket) throws IOException {
    InputStream in = socket.getInputStream();
    ByteArrayOutputStream head = new ByteArrayOutputStream();
    while (!head.toString(StandardCharsets.ISO_8859_1).endsWith("\r\n\r\n")) {
      int b = in.read();
      if (b < 0) {
        throw new IOException("the client hung up");
      }
      head.write(b);
    }
    String[] lines = head.toString(StandardCharsets.ISO_8859_1).strip().split("\r\n", -1);
    Map<String, String> headers = new LinkedHashMap<>();
    for (int i = 1; i < lines.length; i++) {
      int colon = lines[i].indexOf(':');
      headers.put(
          lines[i].substring(0, colon).toLowerCase(Locale.ROOT),
          lines[i].substring(colon + 1).strip());
    }
    if ("100-continue".equals(headers.get("expect"))) {
      socket
          .getOutputStream()
          .write("HTTP/1.1 100 Continue\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
    }
    byte[] body = in.readNBytes(Integer.parseInt(headers.getOrDefault("content-length", "0")));
    String[] start = lines[0].split(" ", -1);
    return new Received(start[0], start[1], headers, Body.of(body), chain(socket), binding(socket));
  }

  private static List<Certificate> chain(SSLSocket socket) {
    try {
      List<Certificate> chain = new ArrayList<>();
      for (var one : socket.getSession().getPeerCertificates()) {
        chain.add(Certificate.of((X509Certificate) one));
      }
      return chain;
    } catch (SSLPeerUnverifiedException nobody) {
      return List.of();
    }
  }

  private static String binding(SSLSocket socket) throws IOException {
    ExtendedSSLSession session = (ExtendedSSLSession) socket.getSession();
    return session.getProtocol().equals("TLSv1.3")
        ? Base64.getEncoder()
            .encodeToString(
                session.exportKeyingMaterialData("EXPORTER-Channel-Binding", new byte[0], 32))
        : "";
  }

  private static void write(Reply reply, OutputStream out) throws IOException {
    StringBuilder head = new StringBuilder("HTTP/1.1 " + reply.status() + " Whatever\r\n");
    Map<String, String> headers = new LinkedHashMap<>(reply.headers());
    byte[] body = reply.body().toByteArray();
    switch (reply.framing()) {
      case CONTENT_LENGTH -> headers.putIfAbsent("Content-Length", Integer.toString(body.length));
      case CUT_SHORT -> headers.put("Content-Length", Integer.toString(body.length + 100));
      case CHUNKED -> headers.put("Transfer-Encoding", "chunked");
      case UNTIL_CLOSE -> headers.put("Connection", "close");
    }
    headers.forEach((name, value) ->
        head.append(reply.lowerCase() ? name.toLowerCase(Locale.ROOT) : name)
            .append(": ")
            .append(value)
            .append("\r\n"));
    head.append("\r\n");
    out.write(head.toString().getBytes(StandardCharsets.ISO_8859_1));
    if (reply.framing() == Framing.CHUNKED) {
      body = chunked(body);
    }
    if (reply.pace().isZero()) {
      out.write(body);
    } else {
      for (byte b : body) {
        out.write(b);
        out.flush();
        LockSupport.parkNanos(reply.pace().toNanos());
      }
    }
    out.flush();
  }

  /// Chunks of a hundred bytes.
  private static byte[] chunked(byte[] body) throws IOException {
    ByteArrayOutputStream chunks = new ByteArrayOutputStream();
    for (int at = 0; at < body.length; at += 100) {
      int length = Math.min(100, body.length - at);
      chunks.write((Integer.toHexString(length) + "\r\n").getBytes(StandardCharsets.US_ASCII));
      chunks.write(body, at, length);
      chunks.write("\r\n".getBytes(StandardCharsets.US_ASCII));
    }
    chunks.write("0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
    return chunks.toByteArray();
  }

  @Override
  public void close() {
    try {
      listener.close();
    } catch (IOException e) {
      throw new UncheckedIOException("the peer does not stop", e);
    }
  }
}
