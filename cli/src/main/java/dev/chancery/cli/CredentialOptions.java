package dev.chancery.cli;

import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Option;

/// The credential with which a device enrolls.
final class CredentialOptions {
  @Option(names = "--credential", paramLabel = "ID", description = "The credential's id.")
  private Optional<String> id = Optional.empty();

  @Option(
      names = "--secret-file",
      paramLabel = "FILE",
      description = "A file whose first line is the credential's secret.")
  private Optional<Path> secretFile = Optional.empty();

  /// What the device knows.
  record Known(String id, String secret) {}

  boolean given() {
    return id.isPresent();
  }

  /// The credential with its secret, for which somebody may have to be asked; empty if none is
  /// named.
  Optional<Known> read() {
    return id.map(named -> new Known(named, Secret.read(secretFile, named)));
  }
}
