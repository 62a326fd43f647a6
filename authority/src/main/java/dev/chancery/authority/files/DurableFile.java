package dev.chancery.authority.files;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.Set;

/// Writes files so that after a crash either the old or the new content is there, whole.
public final class DurableFile {
  /// Who may read the file.
  public enum Access {
    /// The owner alone, mode 0600: anything with a key or a secret in it.
    PRIVATE("rw-------"),
    /// Everybody, mode 0644.
    PUBLIC("rw-r--r--");

    private final String permissions;

    Access(String permissions) {
      this.permissions = permissions;
    }
  }

  private DurableFile() {}

  /// Replaces `file` by `content` (UTF-8).
  ///
  /// @throws UncheckedIOException if it cannot be written; the old content is untouched then
  public static void write(Path file, String content, Access access) {
    write(file, content.getBytes(StandardCharsets.UTF_8), access);
  }

  /// Replaces `file` by `content`. The mode is set before the first byte is written.
  ///
  /// @throws UncheckedIOException if it cannot be written; the old content is untouched then
  public static void write(Path file, byte[] content, Access access) {
    Path folder = file.toAbsolutePath().getParent();
    if (folder == null) {
      throw new IllegalArgumentException("a file has a folder");
    }
    try {
      Path temporary = create(folder, file);
      try {
        try (FileChannel channel = FileChannel.open(temporary, StandardOpenOption.WRITE)) {
          ByteBuffer buffer = ByteBuffer.wrap(content);
          while (buffer.hasRemaining()) {
            channel.write(buffer);
          }
          channel.force(true);
        }
        if (isPosix(folder)) {
          Files.setPosixFilePermissions(
              temporary, PosixFilePermissions.fromString(access.permissions));
        }
        Files.move(
            temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      } finally {
        Files.deleteIfExists(temporary);
      }
      syncFolder(folder);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + file, e);
    }
  }

  /// Makes a folder, with its parents, that only the owner may enter (mode 0700). An existing one
  /// is left as it is.
  public static void privateFolder(Path folder) {
    try {
      if (Files.isDirectory(folder)) {
        return;
      }
      Files.createDirectories(folder);
      if (isPosix(folder)) {
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot make the folder " + folder, e);
    }
  }

  /// Gives a folder, whose content is on disk, its final name beside it.
  ///
  /// @throws UncheckedIOException if that does not work, or there is something of that name
  public static void rename(Path folder, Path name) {
    try {
      syncFolder(folder);
      Files.move(folder, name);
      Path parent = name.toAbsolutePath().getParent();
      if (parent != null) {
        syncFolder(parent);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot rename " + folder + " to " + name, e);
    }
  }

  private static Path create(Path folder, Path file) throws IOException {
    Set<PosixFilePermission> owner =
        EnumSet.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE);
    String prefix = "." + file.getFileName() + ".";
    return isPosix(folder)
        ? Files.createTempFile(folder, prefix, ".new", PosixFilePermissions.asFileAttribute(owner))
        : Files.createTempFile(folder, prefix, ".new");
  }

  private static void syncFolder(Path folder) throws IOException {
    if (isPosix(folder)) {
      try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
        channel.force(true);
      }
    }
  }

  private static boolean isPosix(Path path) {
    return path.getFileSystem().supportedFileAttributeViews().contains("posix");
  }
}
