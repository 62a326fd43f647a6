package dev.chancery.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProgramsTest {
  @TempDir Path folder;

  @Test
  void aProgramEndsWithItsStatusAndAllThatItSaid() {
    Programs.Ended ended = Programs.run("sh", "-c", "echo one; echo two >&2; exit 3");

    assertThat(ended).isEqualTo(new Programs.Ended(3, "one\ntwo"));
    assertThat(ended.well()).isFalse();
  }

  @Test
  void aProgramThatIsNotThereEndsAsAShellSays() {
    Programs.Ended ended = Programs.run("no-such-program");

    assertThat(ended.status()).isEqualTo(127);
    assertThat(ended.output()).contains("no-such-program");
  }

  @Test
  void aProgramThatHadToSucceedIsNamedWithWhatItSaid() {
    assertThatThrownBy(() -> Programs.must("sh", "-c", "echo no room >&2; exit 1"))
        .isInstanceOf(LabException.class)
        .hasMessageContaining("sh -c")
        .hasMessageContaining("no room");
  }

  @Test
  void standardOutputCanBeReadAlone() {
    assertThat(Programs.output(List.of("sh", "-c", "echo {}; echo building >&2")))
        .isEqualTo("{}\n");
  }

  @Test
  void aProgramThatGoesOnIsStoppedAndLeavesItsLog() {
    Path log = folder.resolve("log");
    Process process = Programs.start(List.of("sh", "-c", "echo ready; exec cat"), log);
    while (!Programs.tail(log).equals("ready")) {
      assertThat(Programs.endsWithin(process, Duration.ofMillis(5))).isFalse();
    }

    Programs.stop(process);

    assertThat(process.isAlive()).isFalse();
  }

  @Test
  void ofALongLogTheEndIsShown() throws IOException {
    Path log = Files.writeString(folder.resolve("log"), "first\n" + "x\n".repeat(40) + "last\n");

    assertThat(Programs.tail(log)).startsWith("x\n").endsWith("\nlast");
  }
}
