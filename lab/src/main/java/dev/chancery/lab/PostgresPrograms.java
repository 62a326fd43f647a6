package dev.chancery.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// The programs of one version of Debian's PostgreSQL.
///
/// @param folder where they are
public record PostgresPrograms(Path folder) {
  /// As root, PostgreSQL's programs refuse to run; Debian's package makes this user. It is the
  /// superuser of the databases too.
  public static final String USER = "postgres";

  private static final Path VERSIONS = Path.of("/usr/lib/postgresql");

  /// Those of the newest version, if there is any.
  public static Optional<PostgresPrograms> installed() {
    if (!Files.isDirectory(VERSIONS)) {
      return Optional.empty();
    }
    try (Stream<Path> versions = Files.list(VERSIONS)) {
      return versions
          .map(version -> version.resolve("bin"))
          .filter(bin -> Files.isExecutable(bin.resolve("initdb")))
          .max(Comparator.comparing(Path::toString))
          .map(PostgresPrograms::new);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot look for PostgreSQL", e);
    }
  }

  /// Those of the newest version.
  ///
  /// @throws LabException if there is none; says how to get one
  public static PostgresPrograms needed() {
    return installed()
        .orElseThrow(() ->
            new LabException("PostgreSQL is not installed (on Debian: apt install postgresql)"));
  }

  /// Such as `postgres (PostgreSQL) 15.18`.
  public String version() {
    return Programs.must(folder.resolve("postgres").toString(), "--version");
  }

  /// Whether another user than ours has to run them.
  public static boolean needAnotherUser() {
    return System.getProperty("user.name", "").equals("root");
  }

  /// Makes an empty folder that the programs can work in. It is not below the folders of an
  /// experiment, to which another user has no way.
  ///
  /// @param name the beginning of its name
  public static Path freshFolder(String name) {
    try {
      Path folder = Files.createTempDirectory(Path.of("/tmp"), name);
      if (needAnotherUser()) {
        Programs.must("chown", USER, folder.toString());
      }
      return folder;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot make a folder for PostgreSQL", e);
    }
  }

  /// The command line of one of the programs, with the rights that it wants.
  public List<String> command(String program, String... arguments) {
    List<String> line = new ArrayList<>();
    if (needAnotherUser()) {
      line.addAll(List.of("runuser", "-u", USER, "--"));
    }
    line.add(folder.resolve(program).toString());
    line.addAll(Arrays.asList(arguments));
    return line;
  }
}
