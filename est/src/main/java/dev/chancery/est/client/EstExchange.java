package dev.chancery.est.client;

import dev.chancery.est.wire.EstOperation;
import dev.chancery.transport.Body;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateException;
import java.time.Duration;
import java.util.Base64;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import org.apache.hc.client5.http.classic.methods.HttpGet;
import org.apache.hc.client5.http.classic.methods.HttpPost;
import org.apache.hc.client5.http.classic.methods.HttpUriRequestBase;
import org.apache.hc.client5.http.config.ConnectionConfig;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.config.TlsConfig;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManagerBuilder;
import org.apache.hc.client5.http.ssl.DefaultClientTlsStrategy;
import org.apache.hc.client5.http.ssl.HostnameVerificationPolicy;
import org.apache.hc.client5.http.ssl.NoopHostnameVerifier;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.ContentType;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpEntity;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.io.entity.ByteArrayEntity;
import org.apache.hc.core5.http.ssl.TLS;
import org.apache.hc.core5.util.Timeout;

/// One request and its reply on a TLS connection of their own. No redirects, cookies, retries,
/// compression or proxies of the environment: what is sent goes to the configured server alone.
final class EstExchange {
  /// A reply as received, bounded.
  record Answer(int status, Optional<String> contentType, Optional<String> retryAfter, Body body) {}

  private static final int MAX_BODY_BYTES = 2 * 1024 * 1024;

  private final EstServer server;
  private final Duration timeout;

  /// An exchange with `server`.
  ///
  /// @param timeout for connecting, for the handshake, for each read, and for the whole body
  EstExchange(EstServer server, Duration timeout) {
    this.server = server;
    this.timeout = timeout;
  }

  Answer get(EstOperation operation, SSLContext tls) {
    return execute(new HttpGet(url(operation)), tls);
  }

  Answer post(
      EstOperation operation,
      Body body,
      Optional<ClientAuthentication.Credential> credential,
      SSLContext tls) {
    HttpPost post = new HttpPost(url(operation));
    post.setEntity(
        new ByteArrayEntity(body.toByteArray(), ContentType.create("application/pkcs10")));
    // Meaningless since RFC 8951, but older servers look for it (EST-044).
    post.setHeader("Content-Transfer-Encoding", "base64");
    // At once, not after a 401: the handshake has authenticated the server before this is written.
    credential.ifPresent(one -> post.setHeader("Authorization", basic(one)));
    return execute(post, tls);
  }

  private static String basic(ClientAuthentication.Credential credential) {
    String both = credential.id() + ":" + credential.secret();
    return "Basic " + Base64.getEncoder().encodeToString(both.getBytes(StandardCharsets.UTF_8));
  }

  private URI url(EstOperation operation) {
    try {
      return new URI(
          "https", null, server.host(), server.port(), server.path(operation), null, null);
    } catch (URISyntaxException e) {
      throw new EstClientException.Transport("the server's address is not a URL", e);
    }
  }

  private Answer execute(HttpUriRequestBase request, SSLContext tls) {
    request.setHeader("Connection", "close");
    try (CloseableHttpClient client = client(tls)) {
      return client.execute(request, this::answer);
    } catch (SSLException e) {
      throw rejects(e)
          ? new EstClientException.Untrusted(server + " is not trusted: " + reason(e), e)
          : new EstClientException.Transport("TLS with " + server + " failed: " + reason(e), e);
    } catch (IOException e) {
      throw new EstClientException.Transport(
          "the exchange with " + server + " failed: " + reason(e), e);
    }
  }

  /// True if it was this side that rejected the other's certificate.
  private static boolean rejects(SSLException e) {
    return e.getCause() instanceof CertificateException;
  }

  /// The innermost words are those that say what is wrong.
  private static String reason(Throwable e) {
    Throwable innermost = e;
    for (int depth = 0; depth < 8 && innermost.getCause() != null; depth++) {
      innermost = innermost.getCause();
    }
    String message = innermost.getMessage();
    return Explanation.sanitized(message == null ? innermost.getClass().getSimpleName() : message);
  }

  private CloseableHttpClient client(SSLContext tls) {
    Timeout each = Timeout.of(timeout);
    return HttpClients.custom()
        .setConnectionManager(
            PoolingHttpClientConnectionManagerBuilder.create()
                // The trust manager checks the name too, hence no second verifier.
                .setTlsSocketStrategy(
                    new DefaultClientTlsStrategy(
                        tls, HostnameVerificationPolicy.CLIENT, NoopHostnameVerifier.INSTANCE))
                .setDefaultTlsConfig(
                    TlsConfig.custom()
                        .setHandshakeTimeout(each)
                        .setSupportedProtocols(TLS.V_1_2, TLS.V_1_3)
                        .build())
                .setDefaultConnectionConfig(
                    ConnectionConfig.custom()
                        .setConnectTimeout(each)
                        .setSocketTimeout(each)
                        .build())
                .build())
        .setDefaultRequestConfig(
            RequestConfig.custom()
                .setConnectionRequestTimeout(each)
                .setResponseTimeout(each)
                .setProtocolUpgradeEnabled(false)
                .build())
        .setUserAgent("chancery")
        .disableRedirectHandling()
        .disableAutomaticRetries()
        .disableCookieManagement()
        .disableAuthCaching()
        .disableContentCompression()
        .build();
  }

  private Answer answer(ClassicHttpResponse response) throws HttpException, IOException {
    HttpEntity entity = response.getEntity();
    return new Answer(
        response.getCode(),
        header(response, "Content-Type"),
        header(response, "Retry-After"),
        entity == null ? Body.EMPTY : read(entity));
  }

  private static Optional<String> header(ClassicHttpResponse response, String name) {
    return Optional.ofNullable(response.getFirstHeader(name)).map(Header::getValue);
  }

  /// A server that sends a byte now and then would outlive the read timeout, hence the deadline.
  private Body read(HttpEntity entity) throws IOException {
    long deadline = System.nanoTime() + timeout.toNanos();
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    byte[] buffer = new byte[8192];
    try (InputStream in = entity.getContent()) {
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        body.write(buffer, 0, n);
        if (body.size() > MAX_BODY_BYTES) {
          throw new IOException("the reply is longer than " + MAX_BODY_BYTES + " bytes");
        }
        if (System.nanoTime() - deadline > 0) {
          throw new IOException("the reply took longer than " + timeout.toSeconds() + " seconds");
        }
      }
    }
    return Body.of(body.toByteArray());
  }
}
