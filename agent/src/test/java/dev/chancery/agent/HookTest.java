package dev.chancery.agent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chancery.agent.CertificateStatus.Phase;
import dev.chancery.agent.enrollment.Failure;
import dev.chancery.pki.certificate.Certificate;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Programs around a change of files, really run.
final class HookTest {
  @TempDir Path folder = Path.of("");

  private Machine machine = new Machine(Path.of("/tmp"));

  @BeforeEach
  void machine() {
    machine = new Machine(folder);
  }

  private void script(String name, String text) throws Exception {
    machine.write(name, "#!/bin/sh\n" + text + "\n");
    assertThat(folder.resolve(name).toFile().setExecutable(true)).isTrue();
  }

  private List<String> log() throws Exception {
    Path log = folder.resolve("log");
    return Files.exists(log) ? Files.readAllLines(log) : List.of();
  }

  /// Notes the event, and whether a certificate is in place.
  private String noting() {
    return "echo $CHANCERY_EVENT $CHANCERY_NAME $(test -e $CHANCERY_FOLDER/cert.pem && echo there) >> "
        + folder.resolve("log");
  }

  private Machine hooked(String more) {
    return machine.with(
        "hooks: {before: [%1$s/hook], after: [%1$s/hook]%2$s}".formatted(folder, more));
  }

  @Test
  void oneRunsBeforeAndOneAfter() throws Exception {
    script("hook", noting());

    hooked("").once();

    assertThat(log()).containsExactly("before web", "after web there");
  }

  @Test
  void ifTheFirstFailsNothingChangesAndTheNewVersionIsTriedAgain() throws Exception {
    script("hook", noting());
    hooked("").once();
    Certificate first = machine.certificate();
    script("hook", "echo not now; exit 3");
    machine.clock().advance(Duration.ofDays(61));

    var failed = machine.once();
    Certificate inBetween = machine.certificate();
    script("hook", noting());
    machine.clock().set(failed.next());
    var done = machine.once();

    assertThat(failed.failure().orElseThrow().code()).isEqualTo(Failure.Code.HOOK);
    assertThat(failed.failure().orElseThrow().what()).contains("ended with 3: not now");
    assertThat(inBetween).isEqualTo(first);
    assertThat(done.phase()).isEqualTo(Phase.ENROLLED);
    assertThat(machine.certificate()).isNotEqualTo(first);
    assertThat(machine.server().asked()).hasSize(2);
  }

  @Test
  void ifTheSecondFailsTheOldFilesComeBackAndItRunsAgain() throws Exception {
    script("hook", noting());
    hooked("").once();
    Certificate first = machine.certificate();
    Files.delete(folder.resolve("log"));
    script("hook", noting() + "\ntest $CHANCERY_EVENT != after");
    machine.clock().advance(Duration.ofDays(61));

    var failed = machine.once();
    List<String> inBetween = log();
    Certificate kept = machine.certificate();
    script("hook", noting());
    machine.clock().set(failed.next());
    var done = machine.once();

    assertThat(inBetween)
        .containsExactly("before web there", "after web there", "rollback web there");
    assertThat(kept).isEqualTo(first);
    assertThat(failed.phase()).isEqualTo(Phase.FAILING);
    assertThat(done.phase()).isEqualTo(Phase.ENROLLED);
    assertThat(machine.certificate()).isNotEqualTo(first);
    assertThat(machine.server().asked()).as("the CA is not bothered again").hasSize(2);
  }

  @Test
  void theVeryFirstCertificateStaysInPlaceWhenItsHookFails() throws Exception {
    script("hook", "test $CHANCERY_EVENT = before");

    var failed = hooked("").once();
    Certificate there = machine.certificate();
    script("hook", noting());
    machine.clock().set(failed.next());
    var done = machine.once();

    assertThat(failed.phase()).isEqualTo(Phase.FAILING);
    assertThat(done.phase()).isEqualTo(Phase.ENROLLED);
    assertThat(machine.certificate()).isEqualTo(there);
    assertThat(log()).containsExactly("before web there", "after web there");
  }

  @Test
  void anExpiredCertificateDoesNotComeBack() throws Exception {
    script("hook", noting());
    hooked("").once();
    Certificate first = machine.certificate();
    script("hook", "test $CHANCERY_EVENT = before");
    machine.clock().advance(Duration.ofDays(91));

    var failed = machine.once();

    assertThat(failed.failure().orElseThrow().code()).isEqualTo(Failure.Code.HOOK);
    assertThat(machine.certificate()).isNotEqualTo(first);
  }

  @Test
  void oneThatDoesNotEndIsKilled() throws Exception {
    script("hook", "exec cat /dev/zero > /dev/null");

    var failed = hooked(", timeout: 200ms").once();

    assertThat(failed.failure().orElseThrow().what()).contains("did not end within");
  }

  @Test
  void oneThatIsNotThereIsAFailureLikeAnother() {
    var failed = hooked("").once();

    assertThat(failed.failure().orElseThrow().code()).isEqualTo(Failure.Code.HOOK);
    assertThat(failed.failure().orElseThrow().what()).contains("cannot be run");
  }

  @Test
  void itsEnvironmentHasWhatIsConfiguredAndNoSecretsOfTheAgent() throws Exception {
    script("hook", "env | cut -d= -f1 | sort | tr '\\n' ' ' > " + folder.resolve("log"));

    hooked(", environment: [COLOUR=blue]").once();

    assertThat(log().getFirst().split(" "))
        .contains("COLOUR", "CHANCERY_EVENT", "CHANCERY_FOLDER", "CHANCERY_NAME", "PATH")
        .isSubsetOf(
            "COLOUR",
            "CHANCERY_EVENT",
            "CHANCERY_FOLDER",
            "CHANCERY_NAME",
            "PATH",
            "HOME",
            "LANG",
            "PWD",
            "OLDPWD",
            "SHLVL",
            "_");
  }

  @Test
  void whatItSaysCannotSteerATerminal() throws Exception {
    script("hook", "printf 'a\\033[31mb\\nc'; exit 1");

    var failed = hooked("").once();

    assertThat(failed.failure().orElseThrow().what()).endsWith(": a [31mb c");
  }
}
