package dev.chancery.interop.est;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chancery.est.client.Enrollment;
import dev.chancery.est.client.EstClient;
import dev.chancery.est.client.EstClientException.Code;
import dev.chancery.est.client.Patience;
import dev.chancery.est.client.Waiting;
import dev.chancery.interop.Requirement;
import dev.chancery.interop.est.HostilePeer.Reply;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What the client makes of 202 (RFC 7030 §4.2.3).
@Requirement("EST-123")
class PendingTest extends HostileClientSetup {
  private final List<Duration> waits = new ArrayList<>();

  /// Time passes at once, and the test sees how much.
  private final Waiting waiting =
      until -> {
        waits.add(
            Duration.between(clock.instant(), until)
                .plusMillis(500)
                .truncatedTo(java.time.temporal.ChronoUnit.SECONDS));
        clock.advance(Duration.between(clock.instant(), until));
      };

  private static HostilePeer.Turn wait(String retryAfter) {
    return request -> Reply.of(202, "Retry-After", retryAfter);
  }

  private Enrollment decided(Patience patience) throws InterruptedException {
    EstClient client = client();
    return client.untilDecided(() -> enroll(client), patience, waiting);
  }

  @Test
  void itWaitsAsLongAsTheServerSaysAndAsksAgain() throws InterruptedException {
    peer.inTurn(
        "simpleenroll",
        wait("30"),
        wait("90"),
        request -> HostilePeer.certificates(peer.issued(request)));

    Enrollment enrollment = decided(Patience.DEFAULT);

    assertThat(enrollment).isInstanceOf(Enrollment.Issued.class);
    assertThat(waits).containsExactly(Duration.ofSeconds(30), Duration.ofSeconds(90));
    assertThat(peer.received("simpleenroll"))
        .extracting(request -> request.request().template().subjectPublicKey())
        .containsOnly(HostileAuthority.publicKey(key()));
  }

  @Test
  void aDateIsUnderstood() throws InterruptedException {
    Instant then = clock.instant().plus(Duration.ofMinutes(10));
    peer.inTurn(
        "simpleenroll",
        wait(DateTimeFormatter.RFC_1123_DATE_TIME.format(then.atOffset(ZoneOffset.UTC))),
        request -> HostilePeer.certificates(peer.issued(request)));

    decided(Patience.DEFAULT);

    assertThat(waits)
        .singleElement()
        .satisfies(
            wait -> assertThat(wait).isBetween(Duration.ofSeconds(580), Duration.ofSeconds(601)));
  }

  @ParameterizedTest
  @CsvSource({
    "'Wed, 21 Oct 2015 07:28:00 GMT', 5",
    "0, 5",
    "1, 5",
    "60, 60",
    "86400, 3600",
    "999999999, 3600"
  })
  void waitsStayWithinTheBounds(String retryAfter, int seconds) throws InterruptedException {
    peer.inTurn(
        "simpleenroll",
        wait(retryAfter),
        request -> HostilePeer.certificates(peer.issued(request)));

    decided(new Patience(Duration.ofSeconds(5), Duration.ofHours(1), Duration.ofDays(1)));

    assertThat(waits).containsExactly(Duration.ofSeconds(seconds));
  }

  @Test
  void endlessWaitingEnds() throws InterruptedException {
    peer.on("simpleenroll", wait("60"));

    Enrollment enrollment = decided(Patience.upTo(Duration.ofMinutes(5)));

    assertThat(enrollment).isEqualTo(new Enrollment.Pending(Duration.ofMinutes(1)));
    assertThat(waits).hasSizeBetween(4, 5);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "soon", "-1", "1.5", "99999999999999999999", "2026-01-01T00:00:00Z"})
  void withoutATimeThatCanBeReadItIsAnError(String retryAfter) {
    peer.on("simpleenroll", wait(retryAfter));

    assertFails(Code.NOT_EST, () -> enroll(client()));
  }

  @Test
  void withoutATimeItIsAnError() {
    peer.on("simpleenroll", request -> Reply.of(202));

    assertFails(Code.NOT_EST, () -> enroll(client()));
  }

  @Test
  void theRealWaitEndsWhenTheClockSaysSo() throws InterruptedException {
    Clock real = Clock.systemUTC();
    Instant until = real.instant().plusMillis(50);

    Waiting.on(real).until(until);

    assertThat(real.instant()).isAfterOrEqualTo(until);
  }
}
