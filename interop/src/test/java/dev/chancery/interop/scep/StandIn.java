package dev.chancery.interop.scep;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsParameters;
import com.sun.net.httpserver.HttpsServer;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.certificate.SelfSigned;
import dev.chancery.pki.key.KeyPairs;
import dev.chancery.pki.key.KeyType;
import dev.chancery.pki.key.SubjectPublicKeyInfo;
import dev.chancery.pki.name.DistinguishedName;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;

/// A real HTTPS server on loopback that plays a service of somebody else's. Remembers what it was
/// asked.
abstract class StandIn implements AutoCloseable {
  private final HttpsServer server;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final Certificate certificate;
  private final List<Asked> asked = new CopyOnWriteArrayList<>();

  /// A request.
  record Asked(
      String method,
      String path,
      com.sun.net.httpserver.Headers headers,
      String body,
      Optional<X509Certificate> client) {
    String header(String name) {
      return Optional.ofNullable(headers.getFirst(name)).orElse("");
    }
  }

  /// An answer.
  record Said(int status, String body, List<String> headers) {
    static Said of(int status, String body, String... headers) {
      return new Said(status, body, List.of(headers));
    }
  }

  StandIn() {
    this(0);
  }

  StandIn(int port) {
    KeyPair pair = KeyPairs.generate(KeyType.P_256);
    Instant now = Instant.now();
    certificate =
        SelfSigned.of(
            DistinguishedName.parse("CN=localhost"),
            pair,
            now.minus(Duration.ofDays(1)),
            now.plus(Duration.ofDays(9000)));
    try {
      server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
      server.setHttpsConfigurator(new Configurator(context(pair, certificate)));
    } catch (IOException | GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
    server.setExecutor(threads);
    server.createContext("/", this::serve);
    server.start();
  }

  /// What is said to a request.
  abstract Said answer(Asked request) throws IOException;

  private void serve(HttpExchange exchange) throws IOException {
    try (exchange) {
      byte[] body = exchange.getRequestBody().readAllBytes();
      Asked request =
          new Asked(
              exchange.getRequestMethod(),
              exchange.getRequestURI().getPath(),
              exchange.getRequestHeaders(),
              new String(body, StandardCharsets.UTF_8),
              client(exchange));
      asked.add(request);
      Said said = answer(request);
      for (String header : said.headers()) {
        String[] parts = header.split(": ", 2);
        exchange.getResponseHeaders().add(parts[0], parts[1]);
      }
      byte[] bytes = said.body().getBytes(StandardCharsets.UTF_8);
      exchange.sendResponseHeaders(said.status(), bytes.length == 0 ? -1 : bytes.length);
      if (bytes.length > 0) {
        exchange.getResponseBody().write(bytes);
      }
    }
  }

  private static Optional<X509Certificate> client(HttpExchange exchange) {
    if (exchange instanceof com.sun.net.httpserver.HttpsExchange secure) {
      try {
        return Optional.of((X509Certificate) secure.getSSLSession().getPeerCertificates()[0]);
      } catch (javax.net.ssl.SSLPeerUnverifiedException none) {
        return Optional.empty();
      }
    }
    return Optional.empty();
  }

  /// Everything it was asked, oldest first.
  List<Asked> asked() {
    return List.copyOf(asked);
  }

  List<Asked> asked(String pathEnd) {
    return asked.stream().filter(one -> one.path().endsWith(pathEnd)).toList();
  }

  void forget() {
    asked.clear();
  }

  int port() {
    return server.getAddress().getPort();
  }

  String url(String path) {
    return "https://localhost:" + port() + path;
  }

  /// SHA-256 of its key, hex.
  String pin() {
    return SubjectPublicKeyInfo.of(certificate.toX509().getPublicKey()).sha256Hex();
  }

  /// Its certificate in a file.
  Path anchor(Path folder) {
    try {
      Files.createDirectories(folder);
      return Files.writeString(folder.resolve("stand-in-" + port() + ".pem"), certificate.toPem());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }

  private static SSLContext context(KeyPair pair, Certificate certificate)
      throws GeneralSecurityException, IOException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    store.setKeyEntry(
        "server", pair.getPrivate(), new char[0], new X509Certificate[] {certificate.toX509()});
    KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    keys.init(store, new char[0]);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys.getKeyManagers(), new TrustManager[] {new Anybody()}, null);
    return context;
  }

  /// Asks for a client certificate, and takes any: the tests look at it.
  private static final class Configurator extends HttpsConfigurator {
    Configurator(SSLContext context) {
      super(context);
    }

    @Override
    public void configure(HttpsParameters parameters) {
      SSLParameters wanted = getSSLContext().getDefaultSSLParameters();
      wanted.setWantClientAuth(true);
      parameters.setSSLParameters(wanted);
    }
  }

  private static final class Anybody implements X509TrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType) {
      // Any will do.
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType) {
      throw new IllegalStateException("this is a server");
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
