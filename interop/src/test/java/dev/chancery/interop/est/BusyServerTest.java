package dev.chancery.interop.est;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chancery.agent.Agent;
import dev.chancery.agent.CertificateStatus;
import dev.chancery.agent.CertificateStatus.Phase;
import dev.chancery.agent.configuration.AgentConfiguration;
import dev.chancery.agent.enrollment.Failure;
import dev.chancery.est.client.EstClientException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Servers that have too much to do, or something of theirs is down: client and agent come back
/// when they are told to (RFC 9110 §10.2.3), and do not take it for a no.
final class BusyServerTest extends HostileClientSetup {
  private static EstClientException.Refused refused(EstClientException failure) {
    assertThat(failure).isInstanceOf(EstClientException.Refused.class);
    return (EstClientException.Refused) failure;
  }

  @ParameterizedTest
  @ValueSource(ints = {429, 503})
  void theClientTellsWhenToComeBack(int status) {
    peer.on("simpleenroll", request -> HostilePeer.Reply.of(status, "Retry-After", "90"));

    var failure = refused(failure(() -> enroll(client())));

    assertThat(failure.isForNow()).isTrue();
    assertThat(failure.retryAfter()).contains(Duration.ofSeconds(90));
  }

  @Test
  void aDateWillDoAndSoWillTheErrorPageOfAProxy() {
    Instant when = clock.instant().plus(Duration.ofMinutes(10));
    String date = DateTimeFormatter.RFC_1123_DATE_TIME.format(when.atOffset(ZoneOffset.UTC));
    peer.on(
        "simpleenroll",
        request ->
            HostilePeer.Reply.of(503, "Retry-After", date, "Content-Type", "text/html")
                .with("<html>busy</html>"));

    var failure = refused(failure(() -> enroll(client())));

    assertThat(failure.isForNow()).isTrue();
    assertThat(failure.retryAfter().orElseThrow())
        .isBetween(Duration.ofMinutes(9), Duration.ofMinutes(10));
  }

  @ParameterizedTest
  @ValueSource(strings = {"soon", "-1", "", "1e9", "99999999999999999999"})
  void whatIsNoTimeIsLikeNothing(String value) {
    peer.on("simpleenroll", request -> HostilePeer.Reply.of(503, "Retry-After", value));

    assertThat(refused(failure(() -> enroll(client()))).retryAfter()).isEmpty();
  }

  @Test
  void aYearIsADayAndANoIsANo() {
    peer.on("simpleenroll", request -> HostilePeer.Reply.of(403, "Retry-After", "31536000"));

    var failure = refused(failure(() -> enroll(client())));

    assertThat(failure.isForNow()).isFalse();
    assertThat(failure.retryAfter()).isEqualTo(Optional.of(Duration.ofDays(1)));
  }

  @ParameterizedTest
  @ValueSource(ints = {429, 503})
  void theAgentComesBackThenAndRenewsWithWhatItHolds(int status, @TempDir Path folder)
      throws IOException {
    AgentConfiguration settings = settings(folder);
    assertThat(once(settings).phase()).isEqualTo(Phase.ENROLLED);
    peer.on("simplereenroll", request -> HostilePeer.Reply.of(status, "Retry-After", "1000"));
    clock.advance(untilRenewal(settings));

    CertificateStatus busy = once(settings);
    Duration wait = Duration.between(clock.instant(), busy.next());
    clock.advance(Duration.ofMinutes(15));
    int asked = peer.received("simplereenroll").size();
    once(settings);
    int askedTooEarly = peer.received("simplereenroll").size();
    peer.on(
        "simplereenroll",
        received -> {
          var template = received.request().template();
          return HostilePeer.certificates(
              authority.issueFor(
                  Duration.ofDays(9), template.names(), template.subjectPublicKey()));
        });
    clock.advance(Duration.ofMinutes(5));
    CertificateStatus renewed = once(settings);

    assertThat(busy.failure().orElseThrow().code()).isEqualTo(Failure.Code.UNAVAILABLE);
    assertThat(wait).isBetween(Duration.ofSeconds(990), Duration.ofSeconds(1100));
    assertThat(askedTooEarly).isEqualTo(asked);
    assertThat(renewed.phase()).isEqualTo(Phase.ENROLLED);
    // A busy server is no reason to spend the credential.
    assertThat(peer.received("simpleenroll")).hasSize(1);
  }

  private AgentConfiguration settings(Path folder) throws IOException {
    Files.writeString(folder.resolve("anchors.pem"), authority.certificate().toPem());
    Files.writeString(folder.resolve("secret"), "s3cret\n");
    return AgentConfiguration.parse(
        """
        state-folder: state
        endpoints:
          ca: {url: '%s', anchors-file: anchors.pem}
        certificates:
          - name: web
            endpoint: ca
            subject: CN=device-1
            credential: {id: device-1, secret-file: secret}
            store: {folder: web}
        """
            .formatted(peer.url()),
        folder);
  }

  private CertificateStatus once(AgentConfiguration settings) {
    try (Agent agent = Agent.open(settings, clock)) {
      return agent.runOnce().getFirst();
    }
  }

  private Duration untilRenewal(AgentConfiguration settings) {
    return Duration.between(
        clock.instant(), Agent.status(settings, clock).getFirst().next().plusSeconds(1));
  }
}
