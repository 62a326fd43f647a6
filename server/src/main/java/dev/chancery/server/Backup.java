package dev.chancery.server;

import dev.chancery.authority.files.DurableFile;
import dev.chancery.authority.files.DurableFile.Access;
import dev.chancery.ledger.SqliteBackup;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Copies a data folder while a server works in it. The copy is a data folder again: to restore it
/// is to start a server in it.
public final class Backup {
  private static final Logger LOG = LoggerFactory.getLogger(Backup.class);
  private static final String PARTIAL = ".partial";

  /// First, and before the ledger: what it vouches for must be in the ledger that is copied after
  /// it.
  private static final String CHECKPOINTS = "audit-checkpoints.log";

  private static final List<String> FILES = List.of("chancery.yaml", "audit.pub.pem");
  private static final List<String> KEYS = List.of("secrets.key", "audit.key");
  private static final List<String> FOLDERS = List.of("issuers", "tls", "scep");

  private final Path data;
  private final Path target;
  private final boolean withKeys;
  private final SqliteBackup.Progress progress;
  private final List<String> copied = new ArrayList<>();

  private Backup(Path data, Path target, boolean withKeys, SqliteBackup.Progress progress) {
    this.data = data;
    this.target = target;
    this.withKeys = withKeys;
    this.progress = progress;
  }

  /// Copies `data` into `target`, a folder that is made and must not exist. Until all is copied and
  /// checked it has another name, so that nobody takes half a copy for a whole one.
  ///
  /// @param withKeys whether private keys are copied too; without them the copy holds nothing
  ///   secret, and cannot issue
  /// @return what was copied, relative to the folder; the ledger is among it if it is in SQLite
  /// @throws IllegalStateException if there is nothing to copy, or something in its way
  public static List<String> run(
      Path data, Path target, boolean withKeys, SqliteBackup.Progress progress) {
    if (!Files.isDirectory(data)) {
      throw new IllegalStateException("there is no data folder " + data);
    }
    if (Files.exists(target)) {
      throw new IllegalStateException(target + " exists already");
    }
    Path partial = target.resolveSibling(target.getFileName() + PARTIAL);
    if (Files.exists(partial)) {
      throw new IllegalStateException(
          partial
              + " is left of a backup that was interrupted, or another one is at work: remove it");
    }
    boolean whole = false;
    try {
      List<String> copied = new Backup(data, partial, withKeys, progress).copy();
      DurableFile.rename(partial, target);
      whole = true;
      return copied;
    } catch (IOException e) {
      throw new UncheckedIOException("the backup could not be written: " + e.getMessage(), e);
    } finally {
      if (!whole && Files.exists(partial)) {
        remove(partial);
      }
    }
  }

  /// What cannot be removed stays: the reason why there is no backup is what has to be told.
  private static void remove(Path partial) {
    try (Stream<Path> files = Files.walk(partial)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      LOG.atWarn()
          .setCause(e)
          .addKeyValue("folder", partial)
          .log("half a backup could not be removed");
    }
  }

  private List<String> copy() throws IOException {
    DurableFile.privateFolder(target);
    copy(CHECKPOINTS, Access.PRIVATE);
    for (String name : FILES) {
      copy(name, Access.PUBLIC);
    }
    if (withKeys) {
      for (String name : KEYS) {
        copy(name, Access.PRIVATE);
      }
    }
    for (String name : FOLDERS) {
      copyFolder(name);
    }
    if (Files.exists(data.resolve(Ledgers.FILE))) {
      SqliteBackup.run(data.resolve(Ledgers.FILE), target.resolve(Ledgers.FILE), progress);
      copied.add(Ledgers.FILE);
    }
    return copied;
  }

  private void copyFolder(String name) throws IOException {
    Path folder = data.resolve(name);
    if (!Files.isDirectory(folder)) {
      return;
    }
    DurableFile.privateFolder(target.resolve(name));
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
        String path = name + "/" + file.getFileName();
        if (path.endsWith(".pem")) {
          copy(path, Access.PUBLIC);
        } else if (withKeys) {
          copy(path, Access.PRIVATE);
        }
      }
    }
  }

  private void copy(String path, Access access) throws IOException {
    Path from = data.resolve(path);
    if (Files.exists(from)) {
      DurableFile.write(target.resolve(path), Files.readAllBytes(from), access);
      copied.add(path);
    }
  }
}
