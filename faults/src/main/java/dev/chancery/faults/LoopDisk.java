package dev.chancery.faults;

import dev.chancery.lab.Folders;
import dev.chancery.lab.LabException;
import dev.chancery.lab.Programs;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;

/// A disk of its own: an ext4 file system in a file, mounted. It can really be full, really fail,
/// really hang, and really lose power: then what was not yet synced is gone. Needs root.
final class LoopDisk implements AutoCloseable {
  private static final String SIZE = "64M";
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final Path image;
  private final Path folder;
  private boolean mounted;
  private boolean frozen;

  private LoopDisk(Path image, Path folder) {
    this.image = image;
    this.folder = folder;
  }

  /// Whether this machine lets us have such disks; empty if it does, else what stands in the way.
  static String missing(Path work) {
    Path trial = work.resolve("trial");
    try {
      Files.createDirectories(trial);
      try (LoopDisk disk = make(trial)) {
        return Files.isWritable(disk.errorSwitch()) ? "" : "ext4 has no trigger_fs_error";
      }
    } catch (LabException e) {
      return String.valueOf(e.getMessage());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      Folders.delete(trial);
    }
  }

  /// Makes a disk in `work` and mounts it at `work/disk`.
  static LoopDisk make(Path work) {
    LoopDisk disk = new LoopDisk(work.resolve("disk.img"), work.resolve("disk"));
    Programs.must("truncate", "-s", SIZE, disk.image.toString());
    Programs.must("mkfs.ext4", "-q", "-F", "-m", "0", "-J", "size=4", disk.image.toString());
    try {
      Files.createDirectories(disk.folder);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    disk.mount();
    return disk;
  }

  Path folder() {
    return folder;
  }

  /// The kernel shall not write of itself what nobody has asked it to sync: hence the long commit
  /// interval. An error makes the file system read-only, as Debian's installer sets it up.
  private void mount() {
    Programs.must(
        "mount", "-o", "loop,errors=remount-ro,commit=300", image.toString(), folder.toString());
    mounted = true;
  }

  private String device() {
    return Path.of(Programs.run("findmnt", "-n", "-o", "SOURCE", folder.toString()).output())
        .getFileName()
        .toString();
  }

  private Path errorSwitch() {
    return Path.of("/sys/fs/ext4", device(), "trigger_fs_error");
  }

  /// Fills the disk but for `left` bytes.
  void fill(long left) {
    Path filler = filler();
    long room = Math.max(0, folder.toFile().getUsableSpace() - 256 * 1024);
    Programs.must("fallocate", "-l", Long.toString(room), filler.toString());
    byte[] block = new byte[4096];
    Path rest = folder.resolve("rest");
    try (OutputStream out = Files.newOutputStream(rest)) {
      while (folder.toFile().getUsableSpace() > left) {
        out.write(block);
        out.flush();
      }
    } catch (IOException full) {
      // As wanted.
      return;
    }
  }

  /// Makes room again.
  void empty() {
    try {
      Files.deleteIfExists(filler());
      Files.deleteIfExists(folder.resolve("rest"));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot make room on " + folder, e);
    }
  }

  private Path filler() {
    return folder.resolve("filler");
  }

  /// From now on the file system is read-only, also for files that are open: what ext4 does when
  /// the disk below it fails. Only [#repair] helps.
  void fail() {
    try {
      Files.writeString(errorSwitch(), "1");
    } catch (IOException e) {
      throw new UncheckedIOException("cannot make the disk fail", e);
    }
  }

  /// What an operator does: unmounts, checks, mounts. Nobody may have a file open there.
  void repair() {
    unmount();
    Programs.Ended checked = Programs.run("e2fsck", "-y", "-f", image.toString());
    if (checked.status() > 1) {
      throw new LabException("e2fsck gives the disk up: " + checked.output());
    }
    mount();
  }

  /// Whoever writes, waits.
  void hang() {
    frozen = true;
    Programs.must("fsfreeze", "-f", folder.toString());
  }

  void goOn() {
    Programs.must("fsfreeze", "-u", folder.toString());
    frozen = false;
  }

  /// Lets whoever still waits for the disk go on, so that it can be killed.
  void release() {
    if (frozen) {
      var _ = Programs.run("fsfreeze", "-u", folder.toString());
      frozen = false;
    }
  }

  /// Copies what is on the disk at this moment, without what the kernel has not written there yet.
  /// The processes that write must be stopped.
  void photograph() {
    Path inflight = Path.of("/sys/block", device(), "inflight");
    long end = System.nanoTime() + PATIENCE.toNanos();
    try {
      while (!Files.readString(inflight).strip().matches("0\\s+0")) {
        if (System.nanoTime() > end) {
          throw new LabException("the disk does not come to rest");
        }
        Thread.onSpinWait();
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot see what the disk does", e);
    }
    Programs.must("cp", "--sparse=always", image.toString(), photographFile().toString());
  }

  private Path photographFile() {
    return image.resolveSibling("photograph.img");
  }

  /// The power comes back: the disk is as it was when it was photographed. Nobody may have a file
  /// open there.
  void loseWhatWasNotSynced() {
    unmount();
    try {
      Files.move(photographFile(), image, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot go back to the photograph", e);
    }
    mount();
  }

  private void unmount() {
    long end = System.nanoTime() + PATIENCE.toNanos();
    Programs.Ended ended = Programs.run("umount", folder.toString());
    // The kernel may still be at tidying up after a process that was killed.
    while (ended.status() != 0 && System.nanoTime() < end) {
      ended = Programs.run("umount", folder.toString());
    }
    if (ended.status() != 0) {
      throw new LabException("cannot unmount: " + ended.output());
    }
    mounted = false;
  }

  @Override
  public void close() {
    if (mounted) {
      var _ = Programs.run("umount", "-l", folder.toString());
      mounted = false;
    }
  }
}
