package dev.chancery.agent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chancery.agent.CertificateStatus.Phase;
import dev.chancery.agent.enrollment.Failure;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.certificate.TrustAnchors;
import dev.chancery.pki.certificate.ValidatedPath;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Whom the agent believes, and how it follows a change of the CA.
final class TrustTest {
  @TempDir Path folder = Path.of("");

  private Machine machine = new Machine(Path.of("/tmp"));

  @BeforeEach
  void machine() {
    machine = new Machine(folder);
  }

  @Test
  void aFingerprintIsEnoughAndItsCertificateIsRemembered() {
    machine.pinned().once();
    machine.server().become(machine.ca(), List.of());
    machine.clock().advance(Duration.ofDays(61));

    var status = machine.once();

    assertThat(status.phase()).isEqualTo(Phase.ENROLLED);
    assertThat(machine.anchorsFound()).containsExactly(machine.ca().certificate());
  }

  @Test
  void aWrongFingerprintLeavesNothingBehind() {
    machine.pinned().server().become(machine.ca(), List.of());

    var status = machine.once();

    assertThat(status.failure().orElseThrow().code()).isEqualTo(Failure.Code.UNTRUSTED);
    assertThat(machine.store()).doesNotExist();
    assertThat(machine.server().asked()).isEmpty();
  }

  @Test
  void aNewRootIsFollowedThroughItsLinkCertificate() {
    machine.once();
    Certificate first = machine.certificate();
    TestCa next = TestCa.root("CN=Root", machine.clock().instant());
    Certificate newWithOld = machine.ca().certify(next);
    machine
        .server()
        .become(next, List.of(machine.ca().certificate(), newWithOld, next.certificate()));
    machine.clock().advance(Duration.ofHours(14));

    var announced = machine.once();
    boolean renewedTooEarly = !machine.certificate().equals(first);
    List<Certificate> both = machine.anchorsFound();
    machine.server().become(next, List.of(newWithOld, next.certificate()));
    machine.clock().advance(Duration.ofHours(14));
    var followed = machine.once();

    assertThat(announced.phase()).isEqualTo(Phase.ENROLLED);
    assertThat(both).containsExactly(machine.ca().certificate(), next.certificate());
    assertThat(renewedTooEarly).as("the old CA still counts").isFalse();
    assertThat(followed.phase()).isEqualTo(Phase.ENROLLED);
    assertThat(machine.certificate()).as("the CA that issued it is gone").isNotEqualTo(first);
    ValidatedPath path =
        ValidatedPath.validate(
            List.of(machine.certificate()),
            new TrustAnchors("new", List.of(next.certificate()), List.of()),
            machine.clock().instant(),
            "2.5.29.37.0");
    assertThat(path.anchor()).isEqualTo(next.certificate());
  }

  @Test
  void anAnchorThatExpiresLeaves() {
    machine.once();
    TestCa next = TestCa.root("CN=Root", machine.clock().instant().plus(Duration.ofDays(3000)));
    machine.clock().advance(Duration.ofDays(3001));
    machine
        .server()
        .become(
            next,
            List.of(machine.ca().certificate(), machine.ca().certify(next), next.certificate()));
    machine.once();
    machine.clock().advance(Duration.ofDays(700));

    machine.once();

    assertThat(machine.anchorsFound()).containsExactly(next.certificate());
  }

  @Test
  void otherAnchorsInTheConfigurationReplaceWhatWasLearned() {
    machine.once();
    TestCa other = TestCa.root("CN=Other", machine.clock().instant());
    machine.write("anchors.pem", other.certificate().toPem());
    machine.server().become(other, List.of(other.certificate()));
    machine.clock().advance(Duration.ofHours(14));

    var status = machine.once();

    assertThat(status.phase()).isEqualTo(Phase.ENROLLED);
    assertThat(machine.anchorsFound()).containsExactly(other.certificate());
    assertThat(machine.certificate().isSignedBy(other.certificate())).isTrue();
  }

  @Test
  void anAnchorsFileThatIsMissingIsSaidSo() throws Exception {
    java.nio.file.Files.delete(folder.resolve("anchors.pem"));

    var status = machine.once();

    assertThat(status.failure().orElseThrow().what()).contains("anchors.pem");
  }
}
