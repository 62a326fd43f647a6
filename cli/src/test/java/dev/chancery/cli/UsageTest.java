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
import picocli.CommandLine.Command;

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
  void noCommandAtAllAndAnUnknownOneAreWrongUsageThatNamesTheCommandsThereAre() {
    var none = CommandLineRun.of();
    var unknown = CommandLineRun.of("serv");

    assertThat(none.exitCode()).isEqualTo(2);
    assertThat(none.err()).contains("serve, ca, credential").doesNotContain("warm-up");
    assertThat(unknown.exitCode()).isEqualTo(2);
    assertThat(unknown.err()).contains("serv");
  }

  @Test
  void aCommandIsFoundByTheNameThatItHas() {
    assertThat(RootCommand.ALL)
        .allSatisfy(command -> {
          assertThat(command.type().getAnnotation(Command.class).name()).isEqualTo(command.name());
          assertThat(RootCommand.neededFor(command.name(), "--help")).containsExactly(command);
        });
    assertThat(RootCommand.neededFor("--data", "x", "serve")).isEqualTo(RootCommand.ALL);
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
    CommandLine commands = Main.commandLine(new Terminal(nowhere, nowhere, false), RootCommand.ALL);
    String expected = CommandReference.markdown(commands);

    if (Boolean.getBoolean("chancery.write-docs")) {
      Files.writeString(page, expected);
    }
    assertThat(page).hasContent(expected);
  }

  @Test
  void everyCommandThatDoesSomethingHasAnExample() {
    PrintWriter nowhere = new PrintWriter(new StringWriter());

    checkExamples(Main.commandLine(new Terminal(nowhere, nowhere, false), RootCommand.ALL));
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
