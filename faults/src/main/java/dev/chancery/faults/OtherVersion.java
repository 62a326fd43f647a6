package dev.chancery.faults;

import dev.chancery.lab.Folders;
import dev.chancery.lab.LabException;
import dev.chancery.lab.Programs;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Another version of Chancery, built from its own sources in this repository's history. Built once
/// for each commit, below `faults/target/versions`.
///
/// @param title the commit, for people
/// @param jvm starts its servers
record OtherVersion(String title, ServerJvm jvm) {
  private static final String VERSIONS = "faults/target/versions";
  private static final int SHORT_HASH = 12;

  /// Builds it if that has not been done.
  ///
  /// @param out is told what takes so long
  static OtherVersion of(Path root, String ref, PrintStream out) {
    String commit = git(root, "rev-parse", "--verify", "--quiet", ref + "^{commit}");
    String hash = commit.substring(0, SHORT_HASH);
    Path libraries = root.resolve(VERSIONS).resolve(hash);
    try {
      if (!Files.exists(libraries)) {
        out.println("faults: building " + ref + " (" + hash + "), about a minute…");
        Path sources = Folders.temporary("faults-version");
        try {
          build(root, commit, sources, libraries);
        } finally {
          Folders.delete(sources);
        }
      }
      String what = git(root, "log", "-1", "--format=%cs %s", commit);
      return new OtherVersion(hash + ", " + what, ServerJvm.of(libraries));
    } catch (IOException e) {
      throw new UncheckedIOException("the other version cannot be built", e);
    }
  }

  private static String git(Path root, String... arguments) {
    List<String> command = new ArrayList<>(List.of("git", "-C", root.toString()));
    command.addAll(List.of(arguments));
    return Programs.must(command);
  }

  private static void build(Path root, String commit, Path folder, Path libraries)
      throws IOException {
    Path archive = folder.resolve("sources.tar");
    git(root, "archive", "--format=tar", "-o", archive.toString(), commit);
    Programs.must("tar", "-xf", archive.toString(), "-C", folder.toString());
    Path log = root.resolve("faults/target/version-build.log");
    ProcessBuilder builder =
        new ProcessBuilder(
                "mvn",
                "-B",
                "-ntp",
                "-q",
                "-DskipTests",
                "-Dspotless.check.skip",
                "-pl",
                "cli",
                "-am",
                "package")
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile());
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    try {
      Process process = builder.start();
      process.getOutputStream().close();
      if (process.waitFor() != 0) {
        throw new LabException("the build of the other version failed: see " + log);
      }
    } catch (InterruptedException e) {
      throw LabException.interrupted(e);
    }
    Programs.must("mkdir", "-p", root.resolve(VERSIONS).toString());
    // Whole or not at all: whoever interrupts a build shall not find half of it built.
    Path half = libraries.resolveSibling(libraries.getFileName() + ".half");
    Folders.delete(half);
    Programs.must("cp", "-r", folder.resolve("cli/target/dist/lib").toString(), half.toString());
    Files.move(half, libraries);
  }
}
