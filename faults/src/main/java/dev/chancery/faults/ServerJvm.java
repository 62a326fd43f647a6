package dev.chancery.faults;

import dev.chancery.cli.Main;
import dev.chancery.faults.harmed.HarmedServer;
import dev.chancery.lab.Programs;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// How servers are started: this program's own class path, with the options of the `chancery`
/// script, but compiled less, since few live for long.
///
/// @param archive classes as the JVM wants them in memory, which makes a start much cheaper
/// @param main the class that is the `chancery` command
record ServerJvm(Path java, String classPath, Optional<Path> archive, String main) {
  /// Finds everything out, and makes the archive, which takes some seconds.
  static ServerJvm here(Path work) {
    Path java = Path.of(System.getProperty("java.home"), "bin", "java");
    List<String> entries =
        Stream.of(System.getProperty("java.class.path", "").split(File.pathSeparator, -1))
            .filter(entry -> !entry.endsWith(foreign()))
            .toList();
    // Of a class path the archive is good for a beginning, in which there are no folders.
    String jars =
        String.join(
            File.pathSeparator,
            entries.stream().filter(entry -> entry.endsWith(".jar") && !isOurs(entry)).toList());
    String rest =
        String.join(
            File.pathSeparator,
            entries.stream()
                .filter(entry -> !entry.endsWith("test-classes"))
                .filter(entry -> !entry.endsWith(".jar") || isOurs(entry))
                .toList());
    return new ServerJvm(
        java,
        jars + File.pathSeparator + rest,
        archive(java, jars, work),
        HarmedServer.class.getName());
  }

  /// How the servers of a distribution are started, such as one of another version.
  ///
  /// @param libraries its jars
  static ServerJvm of(Path libraries) throws IOException {
    try (Stream<Path> jars = Files.list(libraries)) {
      return new ServerJvm(
          Path.of(System.getProperty("java.home"), "bin", "java"),
          jars.map(Path::toString)
              .filter(jar -> jar.endsWith(".jar") && !jar.endsWith(foreign()))
              .sorted()
              .collect(Collectors.joining(File.pathSeparator)),
          Optional.empty(),
          Main.class.getName());
    }
  }

  /// Of the native cryptography there is a jar for each architecture, with libraries of the same
  /// name; the first on the class path would win.
  private static String foreign() {
    return System.getProperty("os.arch", "").equals("aarch64")
        ? "-linux-x86_64.jar"
        : "-linux-aarch_64.jar";
  }

  private static boolean isOurs(String entry) {
    return Path.of(entry).getFileName().toString().startsWith("chancery-faults");
  }

  private static Optional<Path> archive(Path java, String jars, Path work) {
    Path archive = work.resolve("classes.jsa");
    archive.toFile().deleteOnExit();
    List<String> command = new ArrayList<>(List.of(java.toString()));
    command.addAll(options());
    command.addAll(
        List.of(
            "-XX:ArchiveClassesAtExit=" + archive,
            "-cp",
            jars,
            "dev.chancery.cli.Main",
            "warm-up"));
    var _ = Programs.run(command);
    return Files.exists(archive) ? Optional.of(archive) : Optional.empty();
  }

  private static List<String> options() {
    return List.of(
        "--enable-native-access=ALL-UNNAMED",
        "--sun-misc-unsafe-memory-access=allow",
        "-XX:+UseSerialGC",
        "-XX:TieredStopAtLevel=1",
        "-XX:MaxDirectMemorySize=64m",
        "-Xmx256m",
        "-Xss512k",
        "-Xshare:auto",
        "-Xlog:disable",
        "-Xlog:all=error:stderr",
        "-Xlog:cds*=off:stderr",
        "-Xlog:aot*=off:stderr");
  }

  /// The command that serves from `data`.
  List<String> serve(Path data) {
    return command(data, "serve", "--data", data.toString(), "--output", "json");
  }

  /// The command that does what an operator asks for, and ends.
  List<String> operate(Path data, String... arguments) {
    return new ServerJvm(java, classPath, archive, Main.class.getName()).command(data, arguments);
  }

  private List<String> command(Path data, String... arguments) {
    List<String> command = new ArrayList<>(List.of(java.toString()));
    command.addAll(options());
    archive.ifPresent(file -> command.add("-XX:SharedArchiveFile=" + file));
    command.add("-Djava.io.tmpdir=" + temporary(data));
    command.addAll(List.of("-cp", classPath, main));
    command.addAll(List.of(arguments));
    return command;
  }

  /// Beside the data, so that what a killed server leaves behind can be seen.
  static Path temporary(Path data) {
    try {
      return Files.createDirectories(data.resolveSibling(data.getFileName() + "-tmp"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// How many files killed servers have left in the folder for temporary ones.
  static long litter(Path data) {
    try (Stream<Path> files = Files.list(temporary(data))) {
      return files.count();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
