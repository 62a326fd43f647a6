package dev.chancery.interop.est;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chancery.est.client.ClientAuthentication;
import dev.chancery.est.client.Enrollment;
import dev.chancery.est.client.EstClientException.Code;
import dev.chancery.est.client.Linking;
import dev.chancery.est.client.Redirects;
import dev.chancery.interop.Requirement;
import dev.chancery.interop.est.HostilePeer.Reply;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Requirement("EST-267")
class RedirectTest extends HostileClientSetup {
  private final HostilePeer other = HostilePeer.start(authority);

  @AfterEach
  void stopOther() {
    other.close();
  }

  private void redirectTo(String url, int status) {
    peer.on("simpleenroll", request -> Reply.of(status, "Location", url));
  }

  @ParameterizedTest
  @ValueSource(ints = {301, 302, 307, 308})
  void withinTheOriginTheRequestIsMadeAgain(int status) {
    redirectTo("/.well-known/est/factory/sen", status);
    peer.on("sen", request -> HostilePeer.certificates(peer.issued(request)));

    enrolled();

    assertThat(peer.received("sen"))
        .singleElement()
        .satisfies(request -> {
          assertThat(request.method()).isEqualTo("POST");
          assertThat(request.body().length()).isPositive();
          assertThat(request.header("authorization")).isPresent();
        });
  }

  @Test
  void aRequestForACertificateDoesNotTurnIntoOneForAPage() {
    redirectTo("/.well-known/est/elsewhere", 303);

    assertFails(Code.REDIRECT_REFUSED, () -> enroll(client()));
    assertThat(peer.received()).hasSize(1);
  }

  @Test
  void awayFromHttpsIsNotFollowed() {
    redirectTo("http://localhost:" + other.port() + "/.well-known/est/simpleenroll", 307);

    assertFails(
        Code.REDIRECT_REFUSED,
        () -> enroll(settings().redirects(Redirects.OTHER_ORIGINS_WITH_CREDENTIAL).build()));
    assertThat(other.received()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "https://u:p@localhost/x",
        "mailto:a@b",
        "https:///x",
        "https://localhost:99999/x",
        "http://[",
        ""
      })
  void nonsenseIsNotFollowed(String location) {
    redirectTo(location, 307);

    assertFails(Code.REDIRECT_REFUSED, () -> enroll(client()));
  }

  @Test
  void aRedirectWithoutATargetIsNotFollowed() {
    peer.on("simpleenroll", request -> Reply.of(302));

    assertFails(Code.REDIRECT_REFUSED, () -> enroll(client()));
  }

  @Test
  void aLoopEnds() {
    redirectTo("/.well-known/est/simpleenroll", 307);

    assertFails(Code.REDIRECT_REFUSED, () -> enroll(client()));
    assertThat(peer.received()).hasSize(6);
  }

  @Test
  void toAnotherServerNobodyHasAgreed() {
    redirectTo(other.url() + "/.well-known/est/simpleenroll", 307);

    assertFails(Code.REDIRECT_REFUSED, () -> enroll(client()));
    assertThat(other.received()).isEmpty();
  }

  @Test
  void theCredentialStaysWithItsServer() {
    redirectTo(other.url() + "/.well-known/est/simpleenroll", 307);

    Enrollment enrollment = enroll(settings().redirects(Redirects.OTHER_ORIGINS).build());

    assertThat(enrollment).isInstanceOf(Enrollment.Issued.class);
    assertThat(peer.received("simpleenroll"))
        .singleElement()
        .matches(request -> request.header("authorization").isPresent());
    assertThat(other.received("simpleenroll"))
        .singleElement()
        .matches(request -> request.header("authorization").isEmpty());
  }

  @Test
  void anotherServerThatWantsTheCredentialDoesNotGetIt() {
    redirectTo(other.url() + "/.well-known/est/simpleenroll", 307);
    other.on("simpleenroll", request -> Reply.of(401, "WWW-Authenticate", "Basic realm=\"give\""));

    assertFails(
        Code.REDIRECT_REFUSED, () -> enroll(settings().redirects(Redirects.OTHER_ORIGINS).build()));
    assertThat(other.received()).allMatch(request -> request.header("authorization").isEmpty());
  }

  @Test
  void withLeaveTheCredentialGoesAlong() {
    redirectTo(other.url() + "/.well-known/est/simpleenroll", 307);

    Enrollment enrollment =
        enroll(settings().redirects(Redirects.OTHER_ORIGINS_WITH_CREDENTIAL).build());

    assertThat(enrollment).isInstanceOf(Enrollment.Issued.class);
    assertThat(other.received("simpleenroll"))
        .singleElement()
        .matches(request -> request.header("authorization").isPresent());
  }

  @Test
  void anotherServerIsCheckedLikeTheFirst() {
    HostileAuthority foreign = HostileAuthority.root("CN=Foreign");
    try (HostilePeer stranger = HostilePeer.start(foreign)) {
      redirectTo(stranger.url() + "/.well-known/est/simpleenroll", 307);

      assertFails(
          Code.SERVER_UNTRUSTED,
          () -> enroll(settings().redirects(Redirects.OTHER_ORIGINS).build()));
      assertThat(stranger.received()).isEmpty();
    }
  }

  @Test
  void caCertificatesAreFetchedElsewhereWithoutAsking() {
    peer.on(
        "cacerts", request -> Reply.of(302, "Location", other.url() + "/.well-known/est/cacerts"));

    assertThat(client().refreshedAnchors(explicit()).anchors())
        .containsExactly(authority.certificate());
  }

  @Test
  @Requirement({"EST-249", "EST-240"})
  void theRequestIsMadeAnewForTheNewConnection() {
    redirectTo(other.url() + "/.well-known/est/simpleenroll", 308);
    var holder =
        new ClientAuthentication.Holder(
            key().getPrivate(), List.of(authority.issue(NAMES, HostileAuthority.publicKey(key()))));

    settings()
        .redirects(Redirects.OTHER_ORIGINS)
        .build()
        .enroll(explicit(), holder, draft(Linking.REQUIRED));

    var first = peer.received("simpleenroll").getFirst();
    var second = other.received("simpleenroll").getFirst();
    assertThat(LinkingTest.bindingIn(first)).isEqualTo(first.binding());
    assertThat(LinkingTest.bindingIn(second)).isEqualTo(second.binding());
    assertThat(second.request().template().subjectPublicKey())
        .isEqualTo(first.request().template().subjectPublicKey());
    assertThat(second.clientChain()).isEqualTo(holder.chain());
  }
}
