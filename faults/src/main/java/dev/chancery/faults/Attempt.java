package dev.chancery.faults;

import dev.chancery.est.wire.MultipartMixed;
import dev.chancery.lab.ClientTls;
import dev.chancery.pki.MalformedException;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.cms.CertsOnly;
import dev.chancery.pki.key.SubjectPublicKeyInfo;
import dev.chancery.pki.name.SubjectNames;
import dev.chancery.pki.request.CertificationRequestBuilder;
import dev.chancery.transport.Body;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.time.Duration;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.LockSupport;

/// One certificate that a device wants. The request stays the same, byte for byte, however often it
/// is sent. Thread-safe.
final class Attempt {
  /// By what right, and to what end.
  enum Kind {
    /// A credential that is good for this device alone.
    ONE_TIME("simpleenroll"),
    /// A credential that several devices share, with fewer uses than devices.
    SHARED("simpleenroll"),
    /// A credential of a profile for which an operator decides about each request.
    WATCHED("simpleenroll"),
    /// A certificate that the device has.
    RENEWAL("simplereenroll"),
    /// A credential for one key that the server makes.
    SERVER_KEY("serverkeygen");

    private final String operation;

    Kind(String operation) {
      this.operation = operation;
    }
  }

  private static final int CRUMB_BYTES = 40;
  private static final long CRUMB_NANOS = 4_000_000;
  private static final int MAX_LINE = 8192;

  /// Longer than the longest pause and the server's own deadline together.
  private static final Duration PATIENCE = Duration.ofSeconds(90);

  private final Kind kind;
  private final String requester;
  private final KeyPair keyPair;
  private final byte[] request;
  private final ClientTls tls;
  private final List<Sent> sent = new CopyOnWriteArrayList<>();

  private Attempt(Kind kind, String requester, KeyPair keyPair, byte[] request, ClientTls tls) {
    this.kind = kind;
    this.requester = requester;
    this.keyPair = keyPair;
    this.request = request;
    this.tls = tls;
  }

  /// By a credential.
  static Attempt by(Books.Credential credential, Kind kind, SubjectNames names, KeyPair keyPair) {
    String pair = credential.id() + ":" + credential.secret();
    String header =
        "Authorization: Basic "
            + Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8))
            + "\r\n";
    return new Attempt(
        kind,
        credential.requester(),
        keyPair,
        http(kind, header, names, keyPair),
        ClientTls.anonymous());
  }

  /// By the certificate that another attempt has brought, for a fresh key.
  static Attempt renewal(Certificate old, KeyPair oldKey, String issuer, KeyPair fresh) {
    return new Attempt(
        Kind.RENEWAL,
        "certificate:" + issuer + "/" + old.serialNumber(),
        fresh,
        http(Kind.RENEWAL, "", old.names(), fresh),
        ClientTls.as(old, oldKey));
  }

  private static byte[] http(Kind kind, String header, SubjectNames names, KeyPair keyPair) {
    String body =
        Base64.getMimeEncoder(64, new byte[] {'\n'})
                .encodeToString(
                    CertificationRequestBuilder.builder(names, keyPair).build().der().toByteArray())
            + "\n";
    String text =
        "POST /.well-known/est/"
            + (kind == Kind.SERVER_KEY ? "made/" : "")
            + kind.operation
            + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/pkcs10\r\n"
            + header
            + "Content-Length: "
            + body.length()
            + "\r\n\r\n"
            + body;
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  Kind kind() {
    return kind;
  }

  /// As the ledger names it.
  String requester() {
    return requester;
  }

  KeyPair keyPair() {
    return keyPair;
  }

  /// SHA-256 of the key that is asked for, in hex. Says nothing where the server makes the key.
  String keySha256() {
    return SubjectPublicKeyInfo.of(keyPair.getPublic()).sha256Hex();
  }

  List<Sent> sent() {
    return sent;
  }

  List<Certificate> certificates() {
    return sent.stream()
        .filter(Sent.Acknowledged.class::isInstance)
        .map(one -> ((Sent.Acknowledged) one).certificate())
        .toList();
  }

  /// True if the server may have issued without this device's knowing.
  boolean isInDoubt() {
    return sent.stream()
        .anyMatch(one -> one instanceof Sent.Lost || one instanceof Sent.Unavailable);
  }

  /// True if the device has what it can have: its certificate, or, where others may have been
  /// faster or the key was lost on its way, a refusal.
  boolean isSettled() {
    boolean mayBeRefused = kind == Kind.SHARED || kind == Kind.SERVER_KEY;
    return !certificates().isEmpty()
        || (mayBeRefused && !sent.isEmpty() && sent.getLast() instanceof Sent.Refused);
  }

  /// Sends the request over a connection of its own and remembers what came back.
  Sent send(int port, Manner manner) {
    Sent outcome;
    try (ClientTls.Link link = tls.connect(port, PATIENCE)) {
      outcome = exchange(link, manner);
    } catch (IOException | MalformedException e) {
      outcome = new Sent.Lost(String.valueOf(e.getMessage()));
    }
    sent.add(outcome);
    return outcome;
  }

  private Sent exchange(ClientTls.Link link, Manner manner) throws IOException {
    OutputStream out = link.secure().getOutputStream();
    InputStream in = new BufferedInputStream(link.secure().getInputStream(), 4096);
    switch (manner) {
      case WHOLE -> send(out, request.length);
      case CUT_IN_REQUEST -> {
        send(out, request.length * 2 / 3);
        link.cut();
        return new Sent.Lost("cut in the request");
      }
      case CUT_BEFORE_ANSWER -> {
        send(out, request.length);
        link.cut();
        return new Sent.Lost("cut before the answer");
      }
      case CUT_IN_ANSWER -> {
        send(out, request.length);
        int first = in.read();
        link.cut();
        return new Sent.Lost("cut in the answer, which begins with " + first);
      }
      case SLOW_WRITER -> {
        for (int at = 0; at < request.length; at += CRUMB_BYTES) {
          out.write(request, at, Math.min(CRUMB_BYTES, request.length - at));
          out.flush();
          LockSupport.parkNanos(CRUMB_NANOS);
        }
      }
      case SLOW_READER -> {
        link.plain().setReceiveBufferSize(CRUMB_BYTES);
        send(out, request.length);
        in = new Crumbs(link.secure().getInputStream());
      }
    }
    return answer(in);
  }

  private void send(OutputStream out, int bytes) throws IOException {
    out.write(request, 0, bytes);
    out.flush();
  }

  private Sent answer(InputStream in) throws IOException {
    int status = Integer.parseInt(line(in).split(" ", 3)[1]);
    Map<String, String> headers = new LinkedHashMap<>();
    for (String line = line(in); !line.isEmpty(); line = line(in)) {
      int colon = line.indexOf(':');
      headers.put(
          line.substring(0, colon).toLowerCase(Locale.ROOT), line.substring(colon + 1).strip());
    }
    int length = Integer.parseInt(headers.getOrDefault("content-length", "0"));
    byte[] body = in.readNBytes(length);
    if (body.length < length) {
      throw new EOFException("the answer ends after " + body.length + " of " + length + " bytes");
    }
    return switch (status) {
      case 200 -> new Sent.Acknowledged(certificate(headers, body));
      case 202 -> new Sent.Pending();
      case 503 -> new Sent.Unavailable(new String(body, StandardCharsets.UTF_8).strip());
      default -> new Sent.Refused(status, new String(body, StandardCharsets.UTF_8).strip());
    };
  }

  private Certificate certificate(Map<String, String> headers, byte[] body) {
    byte[] base64 =
        kind == Kind.SERVER_KEY
            ? MultipartMixed.parse(boundary(headers), Body.of(body))
                .parts()
                .getLast()
                .content()
                .toByteArray()
            : body;
    return CertsOnly.parse(Base64.getMimeDecoder().decode(base64)).getFirst();
  }

  private static String boundary(Map<String, String> headers) {
    String type = headers.getOrDefault("content-type", "");
    return type.substring(type.indexOf("boundary=") + "boundary=".length()).replace("\"", "");
  }

  private static String line(InputStream in) throws IOException {
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

  /// Hands out a few bytes at a time, with a rest after each.
  private static final class Crumbs extends InputStream {
    private final InputStream in;

    Crumbs(InputStream in) {
      this.in = in;
    }

    @Override
    public int read() throws IOException {
      return in.read();
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      LockSupport.parkNanos(CRUMB_NANOS);
      return in.read(bytes, offset, Math.min(length, CRUMB_BYTES));
    }
  }
}
