package dev.chancery.server.scep.outbound;

import dev.chancery.pki.MalformedException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/// A secret that the configuration names the file of.
public final class FileSecret {
  private final String text;

  private FileSecret(String text) {
    this.text = text;
  }

  /// Reads the one line of `file`.
  ///
  /// @param least how many characters it has at least
  /// @throws MalformedException if it is shorter, or more than one line
  public static FileSecret read(Path file, int least) throws IOException {
    String text = Files.readString(file).strip();
    if (text.length() < least || text.chars().anyMatch(Character::isISOControl)) {
      throw new MalformedException(
          "it does not hold one line of at least " + least + " characters");
    }
    return new FileSecret(text);
  }

  public String text() {
    return text;
  }

  byte[] bytes() {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /// Equal secrets are equal, so that a reload can tell what has changed.
  @Override
  public boolean equals(Object other) {
    return other instanceof FileSecret secret
        && java.security.MessageDigest.isEqual(bytes(), secret.bytes());
  }

  @Override
  public int hashCode() {
    return FileSecret.class.hashCode();
  }

  /// Secrets stay out of logs.
  @Override
  public String toString() {
    return "FileSecret";
  }
}
