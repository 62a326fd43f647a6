package dev.chancery.interop.est;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chancery.est.client.Enrollment;
import dev.chancery.est.client.EstClient;
import dev.chancery.est.client.EstClientException.Code;
import dev.chancery.est.client.EstServer;
import dev.chancery.est.client.Fingerprint;
import dev.chancery.est.client.Linking;
import dev.chancery.interop.Requirement;
import dev.chancery.pki.MalformedException;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.certificate.TrustAnchors;
import java.time.Duration;
import java.util.List;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Whom the client believes, and from when on.
class ServerTrustTest extends HostileClientSetup {
  private void serverNamed(String name, String purpose) {
    replacePeer(HostilePeer.start(authority, authority, "TLSv1.3", name, purpose));
  }

  @ParameterizedTest(name = "{0} with {1}: explicit {2}, implicit {3}")
  @CsvSource({
    "dns:localhost, 1.3.6.1.5.5.7.3.1, yes, yes",
    "dns:localhost, 1.3.6.1.5.5.7.3.28, yes, no",
    "dns:ra.example, 1.3.6.1.5.5.7.3.1, no, no",
    "dns:ra.example, 1.3.6.1.5.5.7.3.28, yes, no"
  })
  @Requirement({"EST-012", "EST-262", "EST-263"})
  void nameOrRegistrationAuthorityByAnchorDatabase(
      String name, String purpose, String explicitly, String implicitly) {
    serverNamed(name, purpose);

    assertThat(believed(explicit())).isEqualTo(explicitly.equals("yes"));
    assertThat(believed(implicit())).isEqualTo(implicitly.equals("yes"));
  }

  private boolean believed(TrustAnchors anchors) {
    int before = peer.received().size();
    try {
      client().csrAttributes(anchors);
    } catch (dev.chancery.est.client.EstClientException.Untrusted e) {
      assertThat(peer.received()).hasSize(before);
      return false;
    }
    return true;
  }

  @Test
  @Requirement("EST-263")
  void underImplicitAnchorsEachServerOfARedirectNeedsItsName() {
    try (HostilePeer byAddress =
        HostilePeer.start(
            authority, authority, "TLSv1.3", "ip:127.0.0.1", HostileAuthority.SERVER_AUTH)) {
      // localhost's certificate, asked for by address.
      peer.on(
          "csrattrs",
          request ->
              HostilePeer.Reply.of(
                  302, "Location", "https://127.0.0.1:" + peer.port() + "/.well-known/est/att"));
      assertFails(Code.SERVER_NAME_MISMATCH, () -> client().csrAttributes(implicit()));
      assertThat(client().csrAttributes(explicit()).isEmpty()).isTrue();

      peer.on(
          "csrattrs",
          request ->
              HostilePeer.Reply.of(
                  302,
                  "Location",
                  "https://127.0.0.1:" + byAddress.port() + "/.well-known/est/csrattrs"));
      assertThat(client().csrAttributes(implicit()).isEmpty()).isTrue();
    }
  }

  @Test
  @Requirement("EST-065")
  void afterTheCaCertificatesTheImplicitAnchorsVouchForNobody() {
    HostileAuthority publicCa = HostileAuthority.root("CN=Public");
    replacePeer(
        HostilePeer.start(
            authority, publicCa, "TLSv1.3", "dns:localhost", HostileAuthority.SERVER_AUTH));
    var system = new TrustAnchors(EstClient.IMPLICIT, List.of(publicCa.certificate()), List.of());

    TrustAnchors adopted = client().refreshedAnchors(system);

    assertThat(adopted.name()).isEqualTo(EstClient.EXPLICIT);
    assertThat(adopted.anchors()).containsExactly(authority.certificate());
    assertFails(
        Code.SERVER_UNTRUSTED, () -> client().enroll(adopted, CREDENTIAL, draft(Linking.OFF)));
  }

  @Test
  @Requirement({"EST-260", "EST-264"})
  void withoutAnchorsNobodyIsBelieved() {
    assertFails(
        Code.SERVER_UNTRUSTED,
        () -> client().csrAttributes(new TrustAnchors(EstClient.IMPLICIT, List.of(), List.of())));
    assertThat(peer.received()).isEmpty();
  }

  @Test
  @Requirement("EST-265")
  void theBootstrapEndsWithANewConnectionThatIsChecked() {
    TrustAnchors anchors = client().bootstrap(Fingerprint.of(authority.certificate()));
    client().enroll(anchors, CREDENTIAL, draft(Linking.OFF));

    assertThat(peer.handshakes()).isEqualTo(2);
    assertThat(peer.received().getFirst().header("authorization")).isEmpty();
  }

  @Test
  @Requirement({"EST-265", "EST-266"})
  void theWrongFingerprintBelievesNobody() {
    Fingerprint other = Fingerprint.of(HostileAuthority.root("CN=Root").certificate());

    assertFails(Code.FINGERPRINT_MISMATCH, () -> client().bootstrap(other));
  }

  @Test
  @Requirement("EST-266")
  void aFingerprintMayNameAnIntermediate() {
    HostileAuthority issuing = HostileAuthority.root("CN=Issuing");
    Certificate intermediate = authority.certify(issuing);
    peer.on("cacerts", request -> HostilePeer.certificates(authority.certificate(), intermediate));
    String upper = Fingerprint.of(intermediate).toString();

    TrustAnchors anchors = client().bootstrap(Fingerprint.parse(upper));

    assertThat(anchors.anchors()).containsExactly(intermediate);
  }

  @Test
  @Requirement("EST-266")
  void partOfAFingerprintIsNone() {
    String whole = authority.certificate().sha256Hex();

    Assertions.assertThatThrownBy(() -> Fingerprint.parse(whole.substring(0, 16)))
        .isInstanceOf(MalformedException.class);
    Assertions.assertThatThrownBy(() -> Fingerprint.parse(whole.substring(0, 40)))
        .isInstanceOf(MalformedException.class);
  }

  @Test
  @Requirement("EST-064")
  void theClientFollowsItsCaToANewRoot() {
    HostileAuthority next = HostileAuthority.root("CN=Root", Duration.ofDays(50));
    Certificate newWithOld = authority.certify(next);
    Certificate oldWithNew = next.certify(authority);
    peer.on(
        "cacerts",
        request ->
            HostilePeer.certificates(
                oldWithNew, authority.certificate(), next.certificate(), newWithOld));

    TrustAnchors anchors = client().refreshedAnchors(explicit());

    assertThat(anchors.anchors()).containsExactly(next.certificate(), authority.certificate());
    assertThat(anchors.intermediates()).containsExactlyInAnyOrder(newWithOld, oldWithNew);
  }

  @Test
  @Requirement("EST-064")
  void linksInBothDirectionsKeepServersAndCertificatesValid() {
    HostileAuthority next = HostileAuthority.root("CN=Root", Duration.ofDays(50));
    List<Certificate> links = List.of(authority.certify(next), next.certify(authority));
    var newAlone = new TrustAnchors(EstClient.EXPLICIT, List.of(next.certificate()), links);
    var oldAlone = new TrustAnchors(EstClient.EXPLICIT, List.of(authority.certificate()), links);

    assertThat(client().enroll(newAlone, CREDENTIAL, draft(Linking.OFF)))
        .isInstanceOf(Enrollment.Issued.class);

    replacePeer(HostilePeer.start(next));
    assertThat(client().enroll(oldAlone, CREDENTIAL, draft(Linking.OFF)))
        .isInstanceOf(Enrollment.Issued.class);
  }

  @Test
  @Requirement({"EST-064", "EST-065"})
  void aRootThatNobodyVouchesForIsLeftOut() {
    HostileAuthority unrelated = HostileAuthority.root("CN=Unrelated", Duration.ofDays(50));
    HostileAuthority sameName = HostileAuthority.root("CN=Root", Duration.ofDays(60));
    // A link, but one that the unrelated root has made.
    Certificate bogus = unrelated.certify(sameName);
    peer.on(
        "cacerts",
        request ->
            HostilePeer.certificates(
                unrelated.certificate(), sameName.certificate(), bogus, authority.certificate()));

    TrustAnchors anchors = client().refreshedAnchors(explicit());

    assertThat(anchors.anchors()).containsExactly(authority.certificate());
    assertThat(anchors.intermediates()).isEmpty();
  }

  @Test
  @Requirement("EST-065")
  void severalRootsAreNotChosenAmongUnderImplicitAnchors() {
    HostileAuthority unrelated = HostileAuthority.root("CN=Unrelated", Duration.ofDays(50));
    peer.on(
        "cacerts",
        request -> HostilePeer.certificates(unrelated.certificate(), authority.certificate()));

    assertFails(Code.ANCHORS_UNTRUSTED, () -> client().refreshedAnchors(implicit()));
  }

  @Test
  void caCertificatesOfAnotherCaAreNotBelieved() {
    HostileAuthority unrelated = HostileAuthority.root("CN=Unrelated");
    peer.on("cacerts", request -> HostilePeer.certificates(unrelated.certificate()));

    assertFails(Code.ANCHORS_UNTRUSTED, () -> client().refreshedAnchors(explicit()));
  }

  @ParameterizedTest
  @CsvSource({
    "dns:localhost, yes",
    "dns:LOCALHOST, yes",
    "dns:*.localhost, no",
    "ip:127.0.0.1, no",
    "dns:localhost.example, no",
    "email:localhost@example.com, no"
  })
  @Requirement("EST-264")
  void namesAreComparedAsTheyShould(String name, String believed) {
    serverNamed(name, HostileAuthority.SERVER_AUTH);

    assertThat(believed(explicit())).isEqualTo(believed.equals("yes"));
  }

  @Test
  @Requirement("EST-264")
  void anAddressInTheUrlNeedsAnAddressInTheCertificate() {
    EstServer byAddress = EstServer.parse("https://127.0.0.1:" + peer.port());
    EstClient client = EstClient.builder(byAddress, clock).build();
    assertFails(Code.SERVER_NAME_MISMATCH, () -> client.csrAttributes(explicit()));

    serverNamed("ip:127.0.0.1", HostileAuthority.SERVER_AUTH);
    EstClient other = settings("https://127.0.0.1:" + peer.port()).build();
    assertThat(other.csrAttributes(explicit()).isEmpty()).isTrue();
  }
}
