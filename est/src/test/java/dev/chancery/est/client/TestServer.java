package dev.chancery.est.client;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import dev.chancery.est.wire.EstBase64;
import dev.chancery.pki.Der;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.certificate.CertificateContent;
import dev.chancery.pki.certificate.CertificateContent.Role;
import dev.chancery.pki.certificate.KeyUsageBit;
import dev.chancery.pki.certificate.SerialNumber;
import dev.chancery.pki.cms.CertsOnly;
import dev.chancery.pki.crypto.SignatureAlgorithm;
import dev.chancery.pki.key.KeyPairs;
import dev.chancery.pki.key.KeyType;
import dev.chancery.pki.key.SubjectPublicKeyInfo;
import dev.chancery.pki.name.SubjectNames;
import dev.chancery.transport.Body;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/// A small EST server that says whatever a test tells it to, over real TLS: most of what a client
/// must survive is what no sound server sends.
final class TestServer implements AutoCloseable {
  static final String SERVER_AUTH = "1.3.6.1.5.5.7.3.1";

  /// One CA with its key.
  static final class Ca {
    private final KeyPair key = KeyPairs.generate(KeyType.P_256);
    private final SubjectNames names;
    final Certificate certificate;

    Ca(String subject) {
      this.names = SubjectNames.parse(subject, List.of());
      this.certificate =
          certify(names, key, new Role.CertificationAuthority(OptionalInt.empty()), List.of());
    }

    Certificate issue(SubjectNames subject, KeyPair subjectKey, List<String> usage) {
      return certify(subject, subjectKey, new Role.EndEntity(), usage);
    }

    private Certificate certify(
        SubjectNames subject, KeyPair subjectKey, Role role, List<String> usage) {
      Instant now = Instant.now().truncatedTo(ChronoUnit.SECONDS);
      return new CertificateContent(
              SerialNumber.fresh(now),
              names.subject(),
              Der.of(SubjectPublicKeyInfo.of(key.getPublic()).keyIdentifier()),
              now.minusSeconds(60),
              now.plusSeconds(3600),
              subject,
              SubjectPublicKeyInfo.of(subjectKey.getPublic()),
              role,
              List.of(
                  role instanceof Role.EndEntity
                      ? KeyUsageBit.DIGITAL_SIGNATURE
                      : KeyUsageBit.KEY_CERT_SIGN),
              usage,
              List.of())
          .sign(
              SignatureAlgorithm.ECDSA_WITH_SHA256,
              tbs -> SignatureAlgorithm.ECDSA_WITH_SHA256.sign(key.getPrivate(), tbs));
    }
  }

  /// What arrived.
  record Received(String method, String path, List<String> authorization) {}

  private final HttpsServer server;
  private final List<Received> received = new CopyOnWriteArrayList<>();

  private TestServer(HttpsServer server) {
    this.server = server;
  }

  /// Starts one whose certificate `ca` has issued for `names` and `usage`.
  static TestServer start(Ca ca, List<String> names, List<String> usage)
      throws IOException, GeneralSecurityException {
    KeyPair key = KeyPairs.generate(KeyType.P_256);
    Certificate certificate = ca.issue(SubjectNames.parse("CN=server", names), key, usage);
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    store.setKeyEntry(
        "server", key.getPrivate(), new char[0], new X509Certificate[] {certificate.toX509()});
    KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
    keys.init(store, new char[0]);
    SSLContext tls = SSLContext.getInstance("TLS");
    tls.init(keys.getKeyManagers(), null, null);
    HttpsServer server =
        HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setHttpsConfigurator(new HttpsConfigurator(tls));
    server.start();
    return new TestServer(server);
  }

  /// Answers `operation` so from now on.
  void answer(String operation, int status, List<String> headers, Body body) {
    server.createContext(
        "/.well-known/est/" + operation,
        exchange -> {
          note(exchange);
          for (int i = 0; i < headers.size(); i += 2) {
            exchange.getResponseHeaders().add(headers.get(i), headers.get(i + 1));
          }
          exchange.sendResponseHeaders(status, body.length() == 0 ? -1 : body.length());
          exchange.getResponseBody().write(body.toByteArray());
          exchange.close();
        });
  }

  /// Takes the answer to `operation` back, so that another can be given.
  void stopAnswering(String operation) {
    server.removeContext("/.well-known/est/" + operation);
  }

  void answerCertificates(String operation, List<Certificate> certificates) {
    answer(
        operation,
        200,
        List.of("Content-Type", "application/pkcs7-mime"),
        EstBase64.encode(CertsOnly.encode(certificates), EstBase64.Form.WRAPPED));
  }

  private void note(HttpExchange exchange) throws IOException {
    exchange.getRequestBody().readAllBytes();
    List<String> authorization = exchange.getRequestHeaders().get("Authorization");
    received.add(
        new Received(
            exchange.getRequestMethod(),
            exchange.getRequestURI().getPath(),
            authorization == null ? List.of() : authorization));
  }

  List<Received> received() {
    return List.copyOf(received);
  }

  EstServer address() {
    return EstServer.parse("https://localhost:" + server.getAddress().getPort());
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
