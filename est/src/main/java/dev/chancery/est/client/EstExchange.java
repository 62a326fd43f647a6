package dev.chancery.est.client;

import dev.chancery.est.client.EstClientException.Code;
import dev.chancery.transport.Body;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import org.apache.hc.client5.http.DnsResolver;
import org.apache.hc.client5.http.SystemDefaultDnsResolver;
import org.apache.hc.client5.http.auth.AuthScope;
import org.apache.hc.client5.http.auth.UsernamePasswordCredentials;
import org.apache.hc.client5.http.classic.methods.HttpGet;
import org.apache.hc.client5.http.classic.methods.HttpPost;
import org.apache.hc.client5.http.classic.methods.HttpUriRequestBase;
import org.apache.hc.client5.http.config.ConnectionConfig;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.config.TlsConfig;
import org.apache.hc.client5.http.impl.ChainElement;
import org.apache.hc.client5.http.impl.auth.BasicCredentialsProvider;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClientBuilder;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.apache.hc.client5.http.impl.io.BasicHttpClientConnectionManager;
import org.apache.hc.client5.http.impl.io.DefaultHttpClientConnectionOperator;
import org.apache.hc.client5.http.impl.io.ManagedHttpClientConnectionFactory;
import org.apache.hc.client5.http.ssl.DefaultClientTlsStrategy;
import org.apache.hc.client5.http.ssl.HostnameVerificationPolicy;
import org.apache.hc.client5.http.ssl.NoopHostnameVerifier;
import org.apache.hc.client5.http.ssl.TlsSocketStrategy;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.ContentType;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpEntity;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.HttpHost;
import org.apache.hc.core5.http.HttpRequest;
import org.apache.hc.core5.http.config.Http1Config;
import org.apache.hc.core5.http.io.entity.ByteArrayEntity;
import org.apache.hc.core5.http.ssl.TLS;
import org.apache.hc.core5.util.Timeout;

/// One request and its reply on a TLS connection of their own. No redirects, cookies, retries,
/// compression or proxies of the environment: what is sent goes to the given address alone.
///
/// @param timeout for connecting, for the handshake and for each read; the whole takes at most
///   three times that
record EstExchange(Duration timeout, Optional<Proxy> proxy) {
  /// A reply as received, bounded.
  record Answer(
      int status,
      Optional<String> contentType,
      Optional<String> retryAfter,
      Optional<String> location,
      List<String> challenges,
      Body body) {}

  /// Makes what is sent, once the handshake is done.
  @FunctionalInterface
  interface BodyFor {
    Body on(ChannelLink link);
  }

  /// Makes the Authorization header, if there is to be one.
  @FunctionalInterface
  interface Authorization {
    Optional<String> of(HttpRequest request);
  }

  private static final int MAX_BODY_BYTES = 2 * 1024 * 1024;
  private static final int MAX_HEADER_LINE = 16 * 1024;
  private static final int MAX_HEADERS = 100;

  Answer get(URI url, SSLContext tls, Authorization authorization) {
    return execute(new HttpGet(url), tls, Optional.empty(), authorization);
  }

  Answer post(URI url, SSLContext tls, BodyFor body, Authorization authorization) {
    HttpPost post = new HttpPost(url);
    // Meaningless since RFC 8951, but older servers look for it (EST-044).
    post.setHeader("Content-Transfer-Encoding", "base64");
    return execute(post, tls, Optional.of(body), authorization);
  }

  private Answer execute(
      HttpUriRequestBase request,
      SSLContext tls,
      Optional<BodyFor> body,
      Authorization authorization) {
    request.setHeader("Connection", "close");
    AtomicBoolean late = new AtomicBoolean();
    CountDownLatch done = new CountDownLatch(1);
    Thread.ofVirtual().name("est-deadline").start(() -> cancelLate(request, done, late));
    String server = request.getAuthority().toString();
    AtomicReference<SSLSocket> connected = new AtomicReference<>();
    try (CloseableHttpClient client = client(tls, connected, body, authorization)) {
      return client.execute(request, response -> answer(response, connected));
    } catch (IOException e) {
      throw late.get() ? tooLong(server, e) : failure(server, e);
    } finally {
      done.countDown();
    }
  }

  /// A server that sends a byte now and then would outlive every read timeout.
  private void cancelLate(HttpUriRequestBase request, CountDownLatch done, AtomicBoolean late) {
    try {
      if (!done.await(timeout.multipliedBy(3).toNanos(), TimeUnit.NANOSECONDS)) {
        late.set(true);
        request.cancel();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private EstClientException failure(String server, IOException e) {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof ServerTrust.RejectedException rejected) {
        return new EstClientException.Untrusted(
            rejected.code(), server + " is not trusted: " + reason(rejected), e);
      }
    }
    return switch (e) {
      case SSLException tls ->
          transport(Code.TLS_FAILED, "TLS with " + server + " failed: " + reason(tls), e);
      case ProxyRefusedException refused -> transport(Code.PROXY_REFUSED, reason(refused), e);
      case UnknownHostException unknown ->
          transport(Code.UNREACHABLE, "there is no host " + reason(unknown), e);
      case InterruptedIOException slow -> tooLong(server, slow);
      default ->
          transport(Code.UNREACHABLE, "the exchange with " + server + " failed: " + reason(e), e);
    };
  }

  private EstClientException tooLong(String server, IOException e) {
    return transport(Code.TIMEOUT, server + " took too long to answer", e);
  }

  private static EstClientException transport(Code code, String message, IOException e) {
    return new EstClientException.Transport(code, message, e);
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

  private CloseableHttpClient client(
      SSLContext tls,
      AtomicReference<SSLSocket> connected,
      Optional<BodyFor> body,
      Authorization authorization) {
    HttpClientBuilder builder =
        HttpClients.custom()
            .setConnectionManager(connections(tls, connected))
            .setDefaultRequestConfig(
                RequestConfig.custom()
                    .setConnectionRequestTimeout(Timeout.of(timeout))
                    .setResponseTimeout(Timeout.of(timeout))
                    .setProtocolUpgradeEnabled(false)
                    .build())
            // Between the handshake and the first byte of the request: here it gets its body, which
            // may depend on the connection, and the secret, which the server may see from now on.
            .addExecInterceptorAfter(
                ChainElement.CONNECT.name(),
                "chancery",
                (request, scope, chain) -> {
                  body.ifPresent(made ->
                      request.setEntity(
                          new ByteArrayEntity(
                              made.on(ChannelLink.of(connected.get())).toByteArray(),
                              ContentType.create("application/pkcs10"))));
                  authorization
                      .of(request)
                      .ifPresent(value -> request.setHeader("Authorization", value));
                  return chain.proceed(request, scope);
                })
            // The server's challenges are the caller's business, the proxy's are not.
            .setTargetAuthenticationStrategy((type, challenges, context) -> List.of())
            .setUserAgent("chancery")
            .disableRedirectHandling()
            .disableAutomaticRetries()
            .disableCookieManagement()
            .disableAuthCaching()
            .disableContentCompression();
    if (proxy.isPresent() && proxy.get() instanceof Proxy.HttpConnect http) {
      builder.setProxy(new HttpHost("http", http.host(), http.port()));
      http.login().ifPresent(login -> builder.setDefaultCredentialsProvider(loginTo(http, login)));
    }
    return builder.build();
  }

  private static BasicCredentialsProvider loginTo(Proxy.HttpConnect http, Proxy.Login login) {
    BasicCredentialsProvider credentials = new BasicCredentialsProvider();
    credentials.setCredentials(
        new AuthScope(http.host(), http.port()),
        new UsernamePasswordCredentials(login.user(), login.password().toCharArray()));
    return credentials;
  }

  private BasicHttpClientConnectionManager connections(
      SSLContext tls, AtomicReference<SSLSocket> connected) {
    // The trust manager checks the name too, hence no second verifier.
    DefaultClientTlsStrategy strategy =
        new DefaultClientTlsStrategy(
            tls, HostnameVerificationPolicy.CLIENT, NoopHostnameVerifier.INSTANCE);
    TlsSocketStrategy kept =
        (socket, host, port, attachment, context) -> {
          SSLSocket secured = strategy.upgrade(socket, host, port, attachment, context);
          connected.set(secured);
          return secured;
        };
    Timeout each = Timeout.of(timeout);
    BasicHttpClientConnectionManager manager =
        new BasicHttpClientConnectionManager(
            new DefaultHttpClientConnectionOperator(
                none -> socket(), null, names(), scheme -> "https".equals(scheme) ? kept : null),
            ManagedHttpClientConnectionFactory.builder()
                .http1Config(
                    Http1Config.custom()
                        .setMaxLineLength(MAX_HEADER_LINE)
                        .setMaxHeaderCount(MAX_HEADERS)
                        .build())
                .build());
    manager.setTlsConfig(
        TlsConfig.custom()
            .setHandshakeTimeout(each)
            .setSupportedProtocols(TLS.V_1_2, TLS.V_1_3)
            .build());
    manager.setConnectionConfig(
        ConnectionConfig.custom().setConnectTimeout(each).setSocketTimeout(each).build());
    return manager;
  }

  private Socket socket() {
    return proxy.isPresent() && proxy.get() instanceof Proxy.Socks5 socks
        ? new Socks5Socket(socks)
        : new Socket();
  }

  /// A SOCKS proxy resolves names itself: the client may not be able to.
  private DnsResolver names() {
    return proxy.isPresent() && proxy.get() instanceof Proxy.Socks5
        ? new Unresolved()
        : SystemDefaultDnsResolver.INSTANCE;
  }

  private static final class Unresolved implements DnsResolver {
    @Override
    public List<InetSocketAddress> resolve(String host, int port) {
      return List.of(InetSocketAddress.createUnresolved(host, port));
    }

    @Override
    public java.net.InetAddress[] resolve(String host) throws UnknownHostException {
      throw new UnknownHostException(host);
    }

    @Override
    public String resolveCanonicalHostname(String host) {
      return host;
    }
  }

  /// Before the handshake it is the proxy that speaks: none of its words are the server's.
  private static Answer answer(ClassicHttpResponse response, AtomicReference<SSLSocket> connected)
      throws HttpException, IOException {
    if (connected.get() == null) {
      throw new ProxyRefusedException(
          "the proxy does not let through, it answers " + response.getCode());
    }
    HttpEntity entity = response.getEntity();
    return new Answer(
        response.getCode(),
        header(response, "Content-Type"),
        header(response, "Retry-After"),
        header(response, "Location"),
        Arrays.stream(response.getHeaders("WWW-Authenticate")).map(Header::getValue).toList(),
        entity == null ? Body.EMPTY : read(entity));
  }

  private static Optional<String> header(ClassicHttpResponse response, String name) {
    return Optional.ofNullable(response.getFirstHeader(name)).map(Header::getValue);
  }

  /// Does not close the stream, which would read the rest of it first.
  private static Body read(HttpEntity entity) throws IOException {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    byte[] buffer = new byte[8192];
    InputStream in = entity.getContent();
    for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
      body.write(buffer, 0, n);
      if (body.size() > MAX_BODY_BYTES) {
        throw new EstClientException.Transport(
            Code.NOT_EST, "the reply is longer than " + MAX_BODY_BYTES + " bytes", null);
      }
    }
    return Body.of(body.toByteArray());
  }
}
