package dev.chancery.agent.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipalLookupService;
import java.nio.file.attribute.UserPrincipalNotFoundException;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The machine's own files. Needs POSIX permissions. Thread-safe.
public final class Disk implements FileOperations {
  private static final Set<PosixFilePermission> OWNER_ONLY =
      EnumSet.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE);

  @Override
  public void createFolder(Path folder, String mode) throws IOException {
    if (!Files.isDirectory(folder)) {
      Files.createDirectories(folder, PosixFilePermissions.asFileAttribute(permissions(mode)));
      // The process's umask has had its say; ours is the last word.
      Files.setPosixFilePermissions(folder, permissions(mode));
    }
  }

  @Override
  public void write(Path file, byte[] content, Attributes attributes) throws IOException {
    try (FileChannel channel =
        FileChannel.open(
            file,
            Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
            PosixFilePermissions.asFileAttribute(OWNER_ONLY))) {
      ByteBuffer buffer = ByteBuffer.wrap(content);
      while (buffer.hasRemaining()) {
        channel.write(buffer);
      }
      own(file, attributes);
      channel.force(true);
    }
  }

  /// The mode when the group is right, the owner last: then the file is another's.
  private static void own(Path file, Attributes attributes) throws IOException {
    PosixFileAttributeView view =
        Files.getFileAttributeView(file, PosixFileAttributeView.class, LinkOption.NOFOLLOW_LINKS);
    UserPrincipalLookupService names = file.getFileSystem().getUserPrincipalLookupService();
    if (!attributes.group().isEmpty()) {
      String group = attributes.group();
      view.setGroup(found("group", group, () -> names.lookupPrincipalByGroupName(group)));
    }
    view.setPermissions(permissions(attributes.mode()));
    if (!attributes.owner().isEmpty()) {
      String owner = attributes.owner();
      view.setOwner(found("user", owner, () -> names.lookupPrincipalByName(owner)));
    }
  }

  /// Asks the operating system for a name.
  @FunctionalInterface
  private interface Lookup<T> {
    T find() throws IOException;
  }

  private static <T> T found(String what, String name, Lookup<T> lookup) throws IOException {
    try {
      return lookup.find();
    } catch (UserPrincipalNotFoundException e) {
      throw new IOException("there is no " + what + " \"" + name + "\" here", e);
    }
  }

  private static Set<PosixFilePermission> permissions(String mode) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < mode.length(); i++) {
      int digit = mode.charAt(i) - '0';
      text.append((digit & 4) != 0 ? 'r' : '-')
          .append((digit & 2) != 0 ? 'w' : '-')
          .append((digit & 1) != 0 ? 'x' : '-');
    }
    return PosixFilePermissions.fromString(text.toString());
  }

  @Override
  public void rename(Path from, Path to) throws IOException {
    Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  @Override
  public void link(Path link, Path target) throws IOException {
    Files.createSymbolicLink(link, target);
  }

  @Override
  public void delete(Path path) throws IOException {
    if (!Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
      Files.deleteIfExists(path);
      return;
    }
    Files.walkFileTree(
        path,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.delete(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path folder, @Nullable IOException failed)
              throws IOException {
            if (failed != null) {
              throw failed;
            }
            Files.delete(folder);
            return FileVisitResult.CONTINUE;
          }
        });
  }

  @Override
  public void sync(Path folder) throws IOException {
    try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }
}
