package dev.chancery.interop.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.chancery.authority.rollover.Generation;
import dev.chancery.authority.rollover.Rollover;
import dev.chancery.interop.Installation;
import dev.chancery.interop.SettableClock;
import dev.chancery.interop.Wire;
import dev.chancery.lab.PostgresCluster;
import dev.chancery.pki.certificate.Certificate;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Two nodes on one PostgreSQL, and an operator who copies key files between them.
class RolloverOnNodesTest {
  private static final Rollover.Manner BY_HAND = new Rollover.Manner(false, false, "operator");
  private static final Rollover.Manner FORCED = new Rollover.Manner(false, true, "operator");
  private static final String SETTINGS =
      """
      issuers:
        issuing: {validity: 400d}
      scep: {endpoints: [{}]}
      """;

  private static Optional<PostgresCluster> cluster = Optional.empty();

  private Path folder;
  private Installation a;
  private Installation b;

  @BeforeAll
  static void startPostgres() {
    cluster = Optional.of(Nodes.database());
  }

  @AfterAll
  static void stopPostgres() {
    cluster.ifPresent(PostgresCluster::close);
  }

  @BeforeEach
  void startTwoNodes(@TempDir Path temporary) {
    folder = temporary;
    PostgresCluster postgres = cluster.orElseThrow();
    postgres.execute("postgres", "DROP DATABASE IF EXISTS chancery WITH (FORCE)");
    postgres.create("chancery");
    a =
        Installation.start(
            folder.resolve("a"),
            postgres.yaml("chancery", "node-a") + SETTINGS,
            new SettableClock());
    Nodes.copyKeys(folder.resolve("a"), folder.resolve("b"));
    b =
        Installation.start(
            folder.resolve("b"), postgres.yaml("chancery", "node-b") + SETTINGS, a.clock());
  }

  @AfterEach
  void stopThem() {
    b.close();
    a.close();
  }

  private Rollover rollover() {
    return a.services().rollover();
  }

  private void copy(Generation generation) throws IOException {
    for (String suffix : List.of(".key", ".pem")) {
      Files.copy(
          folder.resolve("a/issuers/" + generation.id() + suffix),
          folder.resolve("b/issuers/" + generation.id() + suffix));
    }
  }

  private static Certificate issuerAt(Installation node) {
    return node.services().authority().certificatesOf("issuing").getFirst();
  }

  private static int ready(Installation node) {
    try (Wire wire = Wire.connectClear(node.server().clearPort())) {
      return wire.send("GET", "/readyz", Map.of(), new byte[0]).status();
    }
  }

  @Test
  void bothSwitchAtTheSameInstantAndNoSoonerThanBothHaveTheKey() throws IOException {
    Certificate first = issuerAt(a);
    Generation second = rollover().prepare("issuing", true, BY_HAND).orElseThrow();
    assertThatThrownBy(() -> rollover().announce("issuing", Optional.empty(), BY_HAND))
        .hasMessageContaining("the key of issuing.2 is not on node-b");
    copy(second);
    a.clock().advance(Duration.ofMinutes(1));
    b.server().renewIfDue();
    rollover().announce("issuing", Optional.empty(), BY_HAND);

    Instant soon = a.clock().instant().plus(Duration.ofMinutes(2));
    assertThatThrownBy(() -> rollover().activate("issuing", Optional.of(soon), BY_HAND))
        .hasMessageContaining("is too early");
    Generation active = rollover().activate("issuing", Optional.empty(), BY_HAND);
    assertThatThrownBy(() -> rollover().retire("issuing", 2, FORCED))
        .hasMessageContaining("nodes count on it");
    Duration left = Duration.between(a.clock().instant(), active.activeFrom().orElseThrow());
    a.clock().advance(left.minusSeconds(20));
    assertThat(issuerAt(a)).isEqualTo(first);
    assertThat(issuerAt(b)).isEqualTo(first);
    a.clock().advance(Duration.ofSeconds(21));

    assertThat(issuerAt(a)).isEqualTo(second.certificate());
    assertThat(issuerAt(b)).isEqualTo(second.certificate());
    Certificate atB = b.device("CN=at-b").chain().getFirst();
    assertThat(atB.isSignedBy(second.certificate())).isTrue();
    assertThat(ready(b)).isEqualTo(200);
    b.services().revocationLists().publishIfDue();
    assertThat(a.services().revocationLists().newest("issuing.2")).isPresent();
  }

  @Test
  void aNodeWithoutTheKeySaysSoAndIssuesNothingUntilItIsThere() throws IOException {
    Generation second = rollover().prepare("issuing", false, BY_HAND).orElseThrow();
    rollover().announce("issuing", Optional.empty(), FORCED);
    rollover().activate("issuing", Optional.empty(), FORCED);
    a.clock().advance(Duration.ofMinutes(6));

    assertThat(ready(a)).isEqualTo(200);
    assertThat(ready(b)).isEqualTo(503);
    var credential = a.credential("CN=device-1");
    Installation.Made made = Installation.request("CN=device-1");
    assertThat(b.enroll(credential, made).status()).isEqualTo(500);
    assertThat(
            Installation.certificateIn(a.enroll(credential, made)).isSignedBy(second.certificate()))
        .isTrue();

    copy(second);
    a.clock().advance(Duration.ofMinutes(1));
    assertThat(ready(b)).isEqualTo(200);
    assertThat(b.device("CN=device-2").chain().getFirst().isSignedBy(second.certificate()))
        .isTrue();
  }

  @Test
  void noNodeMakesKeysOfItsOwnAccord() {
    a.clock().advance(Duration.ofDays(350));

    a.server().renewIfDue();
    b.server().renewIfDue();

    assertThat(a.services().issuers().generations("issuing").all()).hasSize(1);
    assertThat(a.services().automaticRollover().due("issuing")).isBefore(a.clock().instant());
  }

  @Test
  void keysThatANodeMadeAloneNeverSignForTheGenerationOfAnother() {
    Generation made = b.services().issuers().prepare("issuing", false);
    Generation prepared = rollover().prepare("issuing", false, BY_HAND).orElseThrow();

    assertThatThrownBy(() -> b.services().rollover().prepare("issuing", false, BY_HAND))
        .hasMessageContaining("issuing.2 is there already");
    b.services().issuers().refresh();

    assertThat(made.certificate()).isNotEqualTo(prepared.certificate());
    assertThat(b.services().issuers().holdsKey(prepared)).isFalse();
    assertThat(a.services().issuers().holdsKey(prepared)).isTrue();
  }
}
