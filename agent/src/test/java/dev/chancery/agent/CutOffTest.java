package dev.chancery.agent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chancery.agent.CertificateStatus.Phase;
import dev.chancery.agent.store.Attributes;
import dev.chancery.agent.store.Disk;
import dev.chancery.agent.store.FileOperations;
import dev.chancery.agent.store.Identity;
import dev.chancery.pki.certificate.Certificate;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Cuts a turn off at each single step on the disk: what is there then is a pair that belongs
/// together, and the next start goes on. First by a kill, half of a file written; then by a disk on
/// which nothing can be written any more, until it is freed.
final class CutOffTest {
  /// More than any turn has.
  private static final int MOST_STEPS = 60;

  @TempDir Path folder = Path.of("");

  /// The process is gone: not even cleaning up happens.
  private static final class Killed extends Error {
    private static final long serialVersionUID = 1L;
  }

  /// Works until the given step, and from then on never.
  private static final class FailingDisk implements FileOperations {
    private final Disk disk = new Disk();
    private final boolean killed;
    private int left;
    private boolean failed;

    FailingDisk(int steps, boolean killed) {
      this.left = steps;
      this.killed = killed;
    }

    boolean failed() {
      return failed;
    }

    private void step() throws IOException {
      if (left-- <= 0) {
        fail();
      }
    }

    private void fail() throws IOException {
      failed = true;
      if (killed) {
        throw new Killed();
      }
      throw new IOException("no space left on device");
    }

    @Override
    public void createFolder(Path path, String mode) throws IOException {
      step();
      disk.createFolder(path, mode);
    }

    @Override
    public void write(Path file, byte[] content, Attributes attributes) throws IOException {
      if (left-- <= 0) {
        disk.write(file, Arrays.copyOf(content, content.length / 2), attributes);
        fail();
      }
      disk.write(file, content, attributes);
    }

    @Override
    public void rename(Path from, Path to) throws IOException {
      step();
      disk.rename(from, to);
    }

    @Override
    public void link(Path link, Path target) throws IOException {
      step();
      disk.link(link, target);
    }

    /// A full disk still lets files be deleted.
    @Override
    public void delete(Path path) throws IOException {
      if (killed) {
        step();
      }
      disk.delete(path);
    }

    @Override
    public void sync(Path path) throws IOException {
      step();
      disk.sync(path);
    }
  }

  @ParameterizedTest(name = "killed: {0}")
  @ValueSource(booleans = {true, false})
  void theFirstEnrollmentMayBeCutOffAnywhere(boolean killed) {
    int cuts = 0;
    for (int step = 0; step < MOST_STEPS; step++) {
      Machine machine = new Machine(subfolder("first-" + killed + step));
      boolean cut = cutOff(machine, step, killed);

      Optional<Identity> inBetween = machine.found();
      CertificateStatus after = restarted(machine);

      assertThat(after.phase())
          .as("after a cut at step %s: %s", step, after.failure())
          .isEqualTo(Phase.ENROLLED);
      assertThat(machine.found()).isPresent();
      inBetween.ifPresent(pair -> assertThat(machine.certificate()).isEqualTo(pair.certificate()));
      assertThat(machine.server().asked().stream().map(TestEnroller.Asked::key).distinct())
          .as("one key, whatever happened at step %s", step)
          .hasSizeLessThanOrEqualTo(2);
      if (!cut) {
        break; // That was the whole of it.
      }
      cuts++;
    }
    assertThat(cuts).isBetween(15, MOST_STEPS - 1);
  }

  @ParameterizedTest(name = "killed: {0}")
  @ValueSource(booleans = {true, false})
  void aRenewalMayBeCutOffAnywhere(boolean killed) {
    int cuts = 0;
    for (int step = 0; step < MOST_STEPS; step++) {
      Machine machine = new Machine(subfolder("renewal-" + killed + step));
      machine.once();
      Certificate first = machine.certificate();
      machine.clock().advance(Duration.ofDays(61));

      boolean cut = cutOff(machine, step, killed);
      // Throws if there is no pair that belongs together.
      Certificate inBetween = machine.certificate();
      CertificateStatus after = restarted(machine);

      assertThat(after.phase())
          .as("after a cut at step %s: %s", step, after.failure())
          .isEqualTo(Phase.ENROLLED);
      assertThat(machine.certificate()).isNotEqualTo(first);
      if (!inBetween.equals(first)) {
        assertThat(machine.certificate()).isEqualTo(inBetween);
      }
      if (!cut) {
        break; // That was the whole of it.
      }
      cuts++;
    }
    assertThat(cuts).isBetween(12, MOST_STEPS - 1);
  }

  private Path subfolder(String name) {
    try {
      return java.nio.file.Files.createDirectory(folder.resolve(name));
    } catch (IOException e) {
      throw new java.io.UncheckedIOException("cannot make a folder", e);
    }
  }

  /// @return false if the turn had fewer steps
  private static boolean cutOff(Machine machine, int step, boolean killed) {
    FailingDisk disk = new FailingDisk(step, killed);
    Agent agent = machine.on(disk).agent();
    try {
      agent.renew("web");
      agent.close();
    } catch (Killed gone) {
      assertThat(killed).isTrue();
    }
    return disk.failed();
  }

  /// With a disk that works, when the wait is over.
  private static CertificateStatus restarted(Machine machine) {
    machine.on(new Disk());
    machine.clock().advance(Duration.ofHours(12));
    return machine.once();
  }
}
