package dev.chancery.cli;

import java.io.Console;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/// Gets a credential's secret from where other users of the machine cannot see it.
final class Secret {
  private static final String VARIABLE = "CHANCERY_SECRET";

  private Secret() {}

  /// The first line of `file` if one is given, else the environment's, else what somebody types.
  ///
  /// @throws FailedException if there is none
  static String read(Optional<Path> file, String id) {
    if (file.isPresent()) {
      return firstLine(file.get());
    }
    String secret = System.getenv(VARIABLE);
    if (secret != null && !secret.isEmpty()) {
      return secret;
    }
    return Optional.ofNullable(System.console())
        .filter(Console::isTerminal)
        .map(console -> console.readPassword("secret of %s: ", id))
        .filter(typed -> typed.length > 0)
        .map(String::new)
        .orElseThrow(() ->
            FailedException.usage(
                "the secret of the credential \"" + id + "\" is missing",
                "give --secret-file FILE, or set " + VARIABLE));
  }

  /// The first line of `file`.
  static String firstLine(Path file) {
    try {
      return Files.readString(file).lines().findFirst().orElse("").strip();
    } catch (IOException e) {
      throw new FailedException(
          "cannot read the secret from " + file, "is it there, and may you read it?", e);
    }
  }
}
