package dev.chancery.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/// What the command line says about itself and about wrong usage.
final class UsageTest {
  @TempDir Path folder = Path.of("");

  @Test
  void anUnknownOptionIsWrongUsage() {
    var run = CommandLineRun.of("cert", "list", "--sbject", "x");

    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.out()).isEmpty();
    assertThat(run.err())
        .startsWith("chancery: error: unknown option")
        .contains("chancery: hint: chancery cert list --help");
  }

  @Test
  void aMissingCommandIsWrongUsageAndNamesTheCommandsThereAre() {
    var run = CommandLineRun.of("credential");

    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err()).contains("create").contains("revoke");
  }

  @Test
  void aSecretOnTheCommandLineIsNoOption() {
    var run =
        CommandLineRun.of("enroll", "est", "https://localhost", "--credential", "x", "--secret=y");

    assertThat(run.exitCode()).isEqualTo(2);
  }

  @Test
  void aWrongLengthOfTimeIsWrongUsage() {
    var run =
        CommandLineRun.of("credential", "create", "--subject", "CN=x", "--expires", "tomorrow");

    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err()).contains("\"tomorrow\" is no length of time").contains("24h");
  }

  @Test
  void helpAndVersionGoToStdout() {
    var help = CommandLineRun.of("enroll", "est", "--help");
    var version = CommandLineRun.of("--version");

    assertThat(help.exitCode()).isZero();
    assertThat(help.out()).contains("Examples:").contains("--data");
    assertThat(version.exitCode()).isZero();
    assertThat(version.out()).startsWith("chancery ");
  }

  @Test
  void noServerIsAnErrorThatSaysHowToStartOne() {
    var run = CommandLineRun.of("ca", "show", "--data", folder.toString());

    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err()).contains("no server answers").contains("chancery serve");
  }

  @Test
  void optionsOfTheRootWorkBeforeAndBehindTheCommand() {
    var before = CommandLineRun.of("--data", folder.toString(), "ca", "show");
    var behind = CommandLineRun.of("ca", "show", "--data", folder.toString());

    assertThat(before).isEqualTo(behind);
  }

  /// Run with `-Dchancery.write-docs=true` to write the page anew.
  @Test
  void theReferencePageIsWhatTheCommandsSay() throws IOException {
    Path page = Path.of("..", "docs", "cli.md");
    PrintWriter nowhere = new PrintWriter(new StringWriter());
    CommandLine commands = Main.commandLine(new Terminal(nowhere, nowhere, false));
    String expected = CommandReference.markdown(commands);

    if (Boolean.getBoolean("chancery.write-docs")) {
      Files.writeString(page, expected);
    }
    assertThat(page).hasContent(expected);
  }

  @Test
  void everyCommandThatDoesSomethingHasAnExample() {
    PrintWriter nowhere = new PrintWriter(new StringWriter());

    checkExamples(Main.commandLine(new Terminal(nowhere, nowhere, false)));
  }

  private static void checkExamples(CommandLine command) {
    var spec = command.getCommandSpec();
    if (spec.subcommands().isEmpty() && !spec.usageMessage().hidden()) {
      assertThat(String.join("\n", spec.usageMessage().footer()))
          .as(spec.qualifiedName())
          .contains("  " + spec.qualifiedName());
    }
    spec.subcommands().values().forEach(UsageTest::checkExamples);
  }
}
