package dev.chancery.interop.est;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.chancery.est.client.ClientAuthentication;
import dev.chancery.est.client.Enrollment;
import dev.chancery.est.client.EstClient;
import dev.chancery.est.client.EstClientException;
import dev.chancery.est.client.EstServer;
import dev.chancery.est.client.EstWarning;
import dev.chancery.est.client.Linking;
import dev.chancery.est.client.RequestDraft;
import dev.chancery.interop.SettableClock;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.certificate.TrustAnchors;
import dev.chancery.pki.key.KeyPairs;
import dev.chancery.pki.key.KeyType;
import dev.chancery.pki.name.SubjectNames;
import java.security.KeyPair;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/// Our client before a hostile peer.
abstract class HostileClientSetup {
  static final SubjectNames NAMES =
      SubjectNames.parse("CN=device-1", List.of("dns:device-1.example"));
  static final ClientAuthentication.Credential CREDENTIAL =
      new ClientAuthentication.Credential("device-1", "s3cret");
  private static final KeyPair KEY = KeyPairs.generate(KeyType.P_256);

  final HostileAuthority authority = HostileAuthority.root("CN=Root");
  final SettableClock clock = new SettableClock();
  final List<EstWarning> warnings = new CopyOnWriteArrayList<>();
  HostilePeer peer = HostilePeer.start(authority);

  @BeforeEach
  void forgetWarnings() {
    warnings.clear();
  }

  @AfterEach
  void stopPeer() {
    peer.close();
  }

  void replacePeer(HostilePeer other) {
    peer.close();
    peer = other;
  }

  /// For clients that have nothing newer.
  HostilePeer tls12() {
    return HostilePeer.start(
        authority, authority, "TLSv1.2", "dns:localhost", HostileAuthority.SERVER_AUTH);
  }

  KeyPair key() {
    return KEY;
  }

  EstClient.Builder settings() {
    return settings(peer.url());
  }

  EstClient.Builder settings(String url) {
    return EstClient.builder(EstServer.parse(url), clock)
        .timeout(Duration.ofSeconds(10))
        .warnings(warnings::add);
  }

  EstClient client() {
    return settings().build();
  }

  TrustAnchors explicit() {
    return explicit(authority.certificate());
  }

  static TrustAnchors explicit(Certificate... anchors) {
    return new TrustAnchors(EstClient.EXPLICIT, List.of(anchors), List.of());
  }

  TrustAnchors implicit() {
    return new TrustAnchors(EstClient.IMPLICIT, List.of(authority.certificate()), List.of());
  }

  RequestDraft draft(Linking linking) {
    return RequestDraft.of(NAMES, key(), linking);
  }

  Enrollment enroll(EstClient client) {
    return client.enroll(explicit(), CREDENTIAL, draft(Linking.OFF));
  }

  /// The certificate, if it went well.
  Certificate enrolled() {
    Enrollment enrollment = enroll(client());
    assertThat(enrollment).isInstanceOf(Enrollment.Issued.class);
    return ((Enrollment.Issued) enrollment).certificate();
  }

  static EstClientException failure(ThrowingCallable call) {
    EstClientException failure = catchThrowableOfType(EstClientException.class, call);
    assertThat(failure).as("the client goes on").isNotNull();
    return failure;
  }

  static void assertFails(EstClientException.Code code, ThrowingCallable call) {
    assertThat(failure(call).code()).isEqualTo(code);
  }
}
