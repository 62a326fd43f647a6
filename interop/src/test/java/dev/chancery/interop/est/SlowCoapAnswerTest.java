package dev.chancery.interop.est;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chancery.interop.Requirement;
import dev.chancery.interop.Wire;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.server.coap.CoapAdapter;
import dev.chancery.server.coap.CoapRoutes;
import dev.chancery.server.coap.CoapsListener;
import dev.chancery.server.configuration.Configuration.Address;
import dev.chancery.server.configuration.Configuration.Limits;
import dev.chancery.server.metrics.Metrics;
import dev.chancery.transport.Method;
import dev.chancery.transport.coap.CoapCode;
import dev.chancery.transport.coap.CoapReply;
import dev.chancery.transport.coap.CoapRequest;
import dev.chancery.transport.coap.CoapResponder;
import java.io.IOException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.X509ExtendedKeyManager;
import org.eclipse.californium.core.coap.CoAP;
import org.eclipse.californium.core.coap.MessageObserverAdapter;
import org.eclipse.californium.core.coap.Request;
import org.eclipse.californium.core.coap.Response;
import org.junit.jupiter.api.Test;

/// An answer that takes long: the listener says at once that it has the request, and answers later
/// in a message of its own.
class SlowCoapAnswerTest {
  private static final Limits LIMITS =
      new Limits(65_536, 8192, Duration.ofSeconds(30), Duration.ofSeconds(30), 64, 100, 60, 1000);

  /// Answers when it is let, and not before.
  private static final class Slow implements CoapResponder {
    private final CountDownLatch may = new CountDownLatch(1);

    @Override
    public List<Route> routes() {
      return List.of(new Route("est", "est", "/slow", Method.GET, "slow", List.of(281)));
    }

    @Override
    public CoapReply respond(CoapRequest request) {
      try {
        assertThat(may.await(20, TimeUnit.SECONDS)).as("was let answer").isTrue();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException(e);
      }
      return CoapReply.of(CoapCode.CONTENT, 281, new byte[] {0x30, 0});
    }
  }

  @Test
  @Requirement("EST-309")
  void isAcknowledgedFirstAndSentSeparately() throws Exception {
    OtherAuthority authority = OtherAuthority.create("CN=Root", Instant.now());
    Slow slow = new Slow();
    try (CoapsListener listener =
            CoapsListener.prepare(
                new Address("127.0.0.1", 0),
                LIMITS,
                keyManager(authority.issue("CN=localhost", Instant.now())),
                List::of,
                new CoapAdapter(new Metrics(), new CoapRoutes(List.of(slow)), delivered -> {}));
        CoapsClient client = open(listener, authority)) {
      Request request = client.request(CoAP.Code.GET, "/slow");
      CountDownLatch acknowledged = new CountDownLatch(1);
      request.addMessageObserver(
          new MessageObserverAdapter() {
            @Override
            public void onAcknowledgement() {
              acknowledged.countDown();
              slow.may.countDown();
            }
          });

      Response response = client.send(request);

      assertThat(acknowledged.getCount()).as("acknowledgements that did not come").isZero();
      assertThat(response.getType()).isEqualTo(CoAP.Type.CON);
      assertThat(response.getCode()).isEqualTo(CoAP.ResponseCode.CONTENT);
    }
  }

  private static CoapsClient open(CoapsListener listener, OtherAuthority authority)
      throws IOException {
    listener.open();
    return CoapsClient.connect(
        listener.port(),
        authority.certificate(),
        Optional.of(authority.issue("CN=client", Instant.now())),
        CoapsClient.LARGEST_BLOCK);
  }

  private static X509ExtendedKeyManager keyManager(Wire.Identity identity) throws Exception {
    var store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    store.setKeyEntry(
        "server",
        identity.keyPair().getPrivate(),
        new char[0],
        identity.chain().stream().map(Certificate::toX509).toArray(X509Certificate[]::new));
    KeyManagerFactory factory = KeyManagerFactory.getInstance("SunX509");
    factory.init(store, new char[0]);
    return (X509ExtendedKeyManager) factory.getKeyManagers()[0];
  }
}
