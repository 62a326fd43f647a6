package dev.chancery.interop.est;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chancery.est.client.Enrollment;
import dev.chancery.est.client.EstClient;
import dev.chancery.est.client.EstClientException.Code;
import dev.chancery.est.client.HttpScheme;
import dev.chancery.est.client.Linking;
import dev.chancery.interop.Installation;
import dev.chancery.interop.Requirement;
import dev.chancery.interop.est.HostilePeer.Received;
import dev.chancery.interop.est.HostilePeer.Reply;
import java.nio.file.Path;
import java.security.Provider;
import java.util.List;
import org.conscrypt.Conscrypt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The client ties its requests to their connections.
@Requirement("EST-240")
class LinkingTest extends HostileClientSetup {
  static String bindingIn(Received received) {
    return received.request().challengePassword().orElseThrow().value();
  }

  @Test
  @Requirement("EST-244")
  void onTls13TheRequestBearsTheExporterOfItsConnection() {
    client().enroll(explicit(), CREDENTIAL, draft(Linking.REQUIRED));

    Received received = peer.received("simpleenroll").getFirst();
    assertThat(bindingIn(received)).hasSize(44).isEqualTo(received.binding());
  }

  @Test
  void withoutADemandTheRequestBearsNothing() {
    client().enroll(explicit(), CREDENTIAL, draft(Linking.OFF));

    assertThat(peer.received("simpleenroll").getFirst().request().challengePassword()).isEmpty();
  }

  @Test
  @Requirement({"EST-249", "EST-123", "EST-246"})
  void aRepeatIsMadeAnewWithTheSameKey() throws InterruptedException {
    peer.inTurn(
        "simpleenroll",
        request -> Reply.of(202, "Retry-After", "30"),
        request -> HostilePeer.certificates(peer.issued(request)));
    var client = client();

    Enrollment enrollment =
        client.untilDecided(
            () -> client.enroll(explicit(), CREDENTIAL, draft(Linking.REQUIRED)),
            dev.chancery.est.client.Patience.DEFAULT,
            until -> clock.advance(java.time.Duration.between(clock.instant(), until)));

    assertThat(enrollment).isInstanceOf(Enrollment.Issued.class);
    List<Received> received = peer.received("simpleenroll");
    assertThat(received).hasSize(2).allMatch(one -> bindingIn(one).equals(one.binding()));
    assertThat(bindingIn(received.get(0))).isNotEqualTo(bindingIn(received.get(1)));
    assertThat(received.get(0).request().template())
        .isEqualTo(received.get(1).request().template());
    assertThat(peer.handshakes()).isEqualTo(2);
  }

  @Test
  void aDemandForAuthenticationIsAnsweredWithARequestOfTheNewConnection() {
    peer.inTurn(
        "simpleenroll",
        request ->
            Reply.of(
                401,
                "WWW-Authenticate",
                "Digest realm=\"r\", nonce=\"n\", algorithm=SHA-256, qop=\"auth\""),
        request -> HostilePeer.certificates(peer.issued(request)));

    settings()
        .httpScheme(HttpScheme.DIGEST)
        .build()
        .enroll(explicit(), CREDENTIAL, draft(Linking.REQUIRED));

    assertThat(peer.received("simpleenroll"))
        .hasSize(2)
        .allMatch(one -> bindingIn(one).equals(one.binding()));
  }

  @Test
  void onTls12TheJdkHasNoBindingAndNothingIsSent() {
    replacePeer(tls12());

    assertFails(
        Code.BINDING_UNAVAILABLE,
        () -> client().enroll(explicit(), CREDENTIAL, draft(Linking.REQUIRED)));
    assertThat(peer.received()).isEmpty();
  }

  @Test
  void onTls12ARequestThatNeedNotBeLinkedGoesWithout() {
    replacePeer(tls12());

    var enrollment = client().enroll(explicit(), CREDENTIAL, draft(Linking.IF_POSSIBLE));

    assertThat(enrollment).isInstanceOf(Enrollment.Issued.class);
    assertThat(peer.received("simpleenroll").getFirst().request().challengePassword()).isEmpty();
  }

  @Test
  void withConscryptTls12HasTlsUnique() {
    replacePeer(tls12());

    settings()
        .tlsProvider(conscrypt())
        .build()
        .enroll(explicit(), CREDENTIAL, draft(Linking.REQUIRED));

    assertThat(bindingIn(peer.received("simpleenroll").getFirst())).hasSize(16);
  }

  @Test
  void withConscryptTls13HasTheExporterToo() {
    settings()
        .tlsProvider(conscrypt())
        .build()
        .enroll(explicit(), CREDENTIAL, draft(Linking.REQUIRED));

    Received received = peer.received("simpleenroll").getFirst();
    assertThat(bindingIn(received)).isEqualTo(received.binding());
  }

  @ParameterizedTest
  @ValueSource(strings = {"the JDK", "Conscrypt"})
  @Requirement("EST-242")
  void ourServerThatDemandsALinkIsSatisfied(String stack, @TempDir Path folder) {
    try (Installation chancery =
        Installation.start(
            folder,
            """
            est:
              endpoints:
                - {label: "", issuer: issuing, profile: device, channel-binding: required}
            """)) {
      var credential = chancery.credential("CN=device-1", "dns:device-1.example");
      var settings = settings("https://localhost:" + chancery.server().tlsPort());
      if (stack.equals("Conscrypt")) {
        settings.tlsProvider(conscrypt());
      }

      EstClient client = settings.build();
      var enrollment =
          client.enroll(
              client.refreshedAnchors(explicit(chancery.server().root())),
              new dev.chancery.est.client.ClientAuthentication.Credential(
                  credential.credential().id(), credential.secret()),
              draft(Linking.REQUIRED));

      assertThat(enrollment).isInstanceOf(Enrollment.Issued.class);
    }
  }

  private static Provider conscrypt() {
    return Conscrypt.newProvider();
  }
}
