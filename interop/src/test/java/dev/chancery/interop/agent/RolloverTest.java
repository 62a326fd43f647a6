package dev.chancery.interop.agent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chancery.agent.Agent;
import dev.chancery.agent.CertificateStatus.Phase;
import dev.chancery.authority.rollover.Generation;
import dev.chancery.authority.rollover.Rollover;
import dev.chancery.interop.Installation;
import dev.chancery.interop.Requirement;
import dev.chancery.interop.rollover.Steps;
import dev.chancery.pki.certificate.Certificate;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Devices that were set up with the old root, and nobody who helps them over to the new one.
final class RolloverTest {
  private Path folder;
  private Installation chancery;

  @BeforeEach
  void start(@TempDir Path temporary) {
    folder = temporary;
    chancery = Installation.start(temporary.resolve("server"), "scep: {endpoints: [{}]}\n");
  }

  @AfterEach
  void stop() {
    chancery.close();
  }

  private AgentHost est(String name) {
    return AgentHost.at(
        chancery, folder.resolve(name), chancery.credential("device", 1, "CN=" + name), "");
  }

  private void later(Duration duration) {
    chancery.clock().advance(duration);
    boolean _ = chancery.server().renewIfDue();
  }

  private static List<Certificate> anchors(AgentHost host) throws IOException {
    return Certificate.parsePem(Files.readString(host.store().resolve("ca.pem")));
  }

  @Test
  @Requirement({"EST-063", "EST-064", "EST-067"})
  void aDeviceThatSleptThroughTheWholeRolloverRenewsAndTrustsTheNewRoot() throws IOException {
    AgentHost host = est("sleeper");
    assertThat(host.once().phase()).isEqualTo(Phase.ENROLLED);
    Certificate oldRoot = chancery.server().root();
    assertThat(anchors(host)).containsExactly(oldRoot);
    Generation second = Steps.announce(chancery, true);
    Steps.activate(chancery);

    later(Duration.ofDays(61));

    assertThat(host.once().phase()).isEqualTo(Phase.ENROLLED);
    assertThat(host.certificate().isSignedBy(second.certificate())).isTrue();
    refresh(host);
    assertThat(host.once().phase()).isEqualTo(Phase.ENROLLED);
    assertThat(anchors(host)).contains(second.root(), oldRoot);
  }

  /// What a running agent does once in a while.
  private static void refresh(AgentHost host) {
    try (Agent agent = host.agent()) {
      assertThat(agent.refresh("ca")).isTrue();
    }
  }

  @Test
  @Requirement({"EST-063", "EST-064"})
  void aDeviceThatHeardOfTheNewRootBeforeGoesOnWhenTheOldOneIsGone() throws IOException {
    AgentHost host = est("attentive");
    assertThat(host.once().phase()).isEqualTo(Phase.ENROLLED);
    Generation second = Steps.announce(chancery, true);
    refresh(host);
    later(Duration.ofDays(61));
    assertThat(host.once().phase()).isEqualTo(Phase.ENROLLED);
    assertThat(anchors(host)).contains(second.root());

    Steps.activate(chancery);
    later(Duration.ofDays(61));
    assertThat(host.once().phase()).isEqualTo(Phase.ENROLLED);
    assertThat(host.certificate().isSignedBy(second.certificate())).isTrue();
    chancery
        .services()
        .rollover()
        .retire("issuing", 1, new Rollover.Manner(false, true, "operator"));
    later(Duration.ofDays(61));
    Certificate before = host.certificate();

    assertThat(host.once().phase()).isEqualTo(Phase.ENROLLED);
    assertThat(host.certificate()).isNotEqualTo(before);
    assertThat(host.certificate().isSignedBy(second.certificate())).isTrue();
  }

  @Test
  @Requirement("SCEP-045")
  void aScepDeviceGoesOnAcrossANewIssuingCa() {
    AgentHost host =
        AgentHost.overScep(
            chancery,
            folder.resolve("scep"),
            chancery.credential("device", 1, "CN=scep"),
            "key: {type: rsa-2048}\n");
    assertThat(host.once().phase()).isEqualTo(Phase.ENROLLED);
    Generation second = Steps.announce(chancery, false);
    Steps.activate(chancery);

    later(Duration.ofDays(61));

    assertThat(host.once().phase()).isEqualTo(Phase.ENROLLED);
    assertThat(host.certificate().isSignedBy(second.certificate())).isTrue();
  }
}
