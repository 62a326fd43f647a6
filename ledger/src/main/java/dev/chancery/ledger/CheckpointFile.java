package dev.chancery.ledger;

import dev.chancery.authority.audit.Checkpoint;
import dev.chancery.pki.Der;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;

/// A copy of the checkpoints outside the database, `audit-checkpoints.log`, mode 0600, only ever
/// appended to; operators copy it to other machines. A line is `sequence hash millis signature`,
/// the signature in Base64; before it stands the name of the node, if it has one. Not thread-safe.
public final class CheckpointFile {
  /// Ends a line that is not whole: with it, it is no checkpoint, however much of it there is.
  private static final String CUT_OFF = " (cut off)\n";

  private static final Pattern HASH = Pattern.compile("[0-9a-f]{64}");

  /// As `database.node` may be.
  private static final Pattern NODE = Pattern.compile("[a-z0-9][a-z0-9._-]{0,62}");

  private final Path path;

  public CheckpointFile(Path path) {
    this.path = path.toAbsolutePath();
  }

  /// Appends a line and returns when it is on disk.
  ///
  /// @throws UncheckedIOException if it cannot be written
  public void append(Checkpoint checkpoint) {
    try {
      boolean fresh = !Files.exists(path);
      if (fresh) {
        create();
      }
      try (FileChannel channel =
          FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
        long end = channel.size();
        // After a crash in the middle of a line, or on a disk that was full there, the next one
        // starts on its own, and nobody takes what was cut off for a forged signature.
        String separator = end == 0 || endsWithNewline(channel, end) ? "" : CUT_OFF;
        ByteBuffer line =
            ByteBuffer.wrap((separator + line(checkpoint)).getBytes(StandardCharsets.US_ASCII));
        for (long at = end; line.hasRemaining(); ) {
          at += channel.write(line, at);
        }
        channel.force(true);
      }
      if (fresh) {
        syncFolder();
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot append to " + path, e);
    }
  }

  /// The checkpoints in the file, in order; none if there is no file. Lines that are not whole, as
  /// a crash leaves them, are passed over: one without a line feed is not.
  ///
  /// @throws UncheckedIOException if it cannot be read
  public List<Checkpoint> read() {
    try {
      List<Checkpoint> checkpoints = new ArrayList<>();
      if (Files.exists(path)) {
        String text = Files.readString(path, StandardCharsets.ISO_8859_1);
        text.substring(0, text.lastIndexOf('\n') + 1)
            .lines()
            .forEach(line -> parse(line).ifPresent(checkpoints::add));
      }
      return checkpoints;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + path, e);
    }
  }

  /// The line of a checkpoint, without its line feed.
  public static String lineOf(Checkpoint checkpoint) {
    return line(checkpoint).strip();
  }

  private static String line(Checkpoint checkpoint) {
    return (checkpoint.node().isEmpty() ? "" : checkpoint.node() + " ")
        + checkpoint.sequence()
        + " "
        + checkpoint.hash()
        + " "
        + checkpoint.at().toEpochMilli()
        + " "
        + Base64.getEncoder().encodeToString(checkpoint.signature().toByteArray())
        + "\n";
  }

  private static Optional<Checkpoint> parse(String line) {
    String[] parts = line.split(" ", -1);
    return switch (parts.length) {
      case 4 -> parse("", parts);
      case 5 -> parse(parts[0], Arrays.copyOfRange(parts, 1, 5));
      default -> Optional.empty();
    };
  }

  private static Optional<Checkpoint> parse(String node, String[] parts) {
    try {
      return Optional.of(
          new Checkpoint(
              node,
              Long.parseLong(parts[0]),
              parts[1],
              Instant.ofEpochMilli(Long.parseLong(parts[2])),
              Der.of(Base64.getDecoder().decode(parts[3]))));
    } catch (IllegalArgumentException notWhole) {
      return Optional.empty();
    }
  }

  /// The checkpoint that a line from elsewhere ends with: a line of this file, whatever a syslog
  /// server has written before it. Empty if it ends with something else.
  public static Optional<Checkpoint> endOf(String line) {
    String[] words = line.strip().split("\\s+", -1);
    int from = words.length - 4;
    if (from < 0 || !HASH.matcher(words[from + 1]).matches()) {
      return Optional.empty();
    }
    // A name looks like nothing that stands before a message in syslog: a hyphen, `chancery[7]:`.
    String node = from > 0 && NODE.matcher(words[from - 1]).matches() ? words[from - 1] : "";
    return parse(node, Arrays.copyOfRange(words, from, words.length));
  }

  private static boolean endsWithNewline(FileChannel channel, long end) throws IOException {
    ByteBuffer last = ByteBuffer.allocate(1);
    return channel.read(last, end - 1) == 1 && last.get(0) == '\n';
  }

  private void create() throws IOException {
    if (isPosix()) {
      Files.createFile(
          path, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    } else {
      Files.createFile(path);
    }
  }

  private void syncFolder() throws IOException {
    if (isPosix()) {
      Path folder = Objects.requireNonNull(path.getParent(), "a file has a folder");
      try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
        channel.force(true);
      }
    }
  }

  private boolean isPosix() {
    return path.getFileSystem().supportedFileAttributeViews().contains("posix");
  }
}
