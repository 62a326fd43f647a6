package dev.chancery.server.configuration;

import dev.chancery.pki.Der;
import dev.chancery.pki.MalformedException;
import dev.chancery.pki.cms.KeyEncryptionKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.util.EnumSet;
import java.util.Set;

/// A file with a key that a device and this server share: 32, 48 or 64 hex digits.
final class SharedKeyFile {
  private static final int MAX_BYTES = 1024;

  private static final Set<PosixFilePermission> OWNERS =
      EnumSet.of(
          PosixFilePermission.OWNER_READ,
          PosixFilePermission.OWNER_WRITE,
          PosixFilePermission.OWNER_EXECUTE);

  private SharedKeyFile() {}

  /// The key in `file`.
  ///
  /// @throws MalformedException if others than the owner may touch the file, or it holds no key
  static KeyEncryptionKey read(Path file, Der identifier) throws IOException {
    PosixFileAttributeView view = Files.getFileAttributeView(file, PosixFileAttributeView.class);
    if (view != null && !OWNERS.containsAll(view.readAttributes().permissions())) {
      throw new MalformedException("others than its owner may read or change it");
    }
    if (Files.size(file) > MAX_BYTES) {
      throw new MalformedException("it is longer than " + MAX_BYTES + " bytes");
    }
    return KeyEncryptionKey.parse(identifier, Files.readString(file));
  }
}
