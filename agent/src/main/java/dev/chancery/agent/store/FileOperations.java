package dev.chancery.agent.store;

import java.io.IOException;
import java.nio.file.Path;

/// Everything by which the agent changes a disk. A port, so that each single step can be made to
/// fail.
public interface FileOperations {
  /// Makes a folder with its parents; one that is there stays as it is.
  ///
  /// @param mode three octal digits, for the folders that are made
  void createFolder(Path folder, String mode) throws IOException;

  /// Makes a new file; its content is on disk when this returns. Nobody but the agent can read it
  /// before it is whole.
  ///
  /// @throws java.nio.file.FileAlreadyExistsException if there is one already
  void write(Path file, byte[] content, Attributes attributes) throws IOException;

  /// Gives `from` the name `to`, atomically, in place of what has it.
  void rename(Path from, Path to) throws IOException;

  /// Makes a symbolic link.
  ///
  /// @param target as it shall stand in the link
  void link(Path link, Path target) throws IOException;

  /// Deletes a file, a link, or a folder with all that is in it; nothing there is fine.
  void delete(Path path) throws IOException;

  /// Sees to it that what has been made, renamed or deleted in `folder` survives a power cut.
  void sync(Path folder) throws IOException;

  /// Replaces `file` by `content`: afterwards, whatever happens, either the old or the new is
  /// there.
  default void replace(Path file, byte[] content, Attributes attributes) throws IOException {
    Path temporary = file.resolveSibling("." + file.getFileName() + ".new");
    delete(temporary);
    write(temporary, content, attributes);
    rename(temporary, file);
    Path folder = file.toAbsolutePath().getParent();
    if (folder != null) {
      sync(folder);
    }
  }
}
