package dev.chancery.server.configuration;

import dev.chancery.configuration.Declared;
import dev.chancery.configuration.Declared.Group;
import dev.chancery.configuration.Declared.Listed;
import dev.chancery.configuration.Declared.Named;
import dev.chancery.configuration.Declared.Setting;
import dev.chancery.configuration.ReferenceTables;

/// The table of settings for people: a reference page and a commented file.
final class Reference {
  private static final int WIDTH = 96;

  private Reference() {}

  static String markdown() {
    return """
    # Configuration

    Chancery reads `chancery.yaml` in its data folder. Every setting has a default; an unknown
    one is an error. `chancery config check` finds all mistakes in a file. Durations are written
    `30s`, `15m`, `12h`, `90d`, `5y`; sizes `64KiB`. SIGHUP reloads the file without dropping
    connections; listeners and issuers change at the next start.

    This page is generated from the table of settings in the code.
    """
        + ReferenceTables.markdown(Settings.ALL.members(), "##");
  }

  static String commentedFile() {
    StringBuilder file =
        new StringBuilder(
            """
            # The configuration of Chancery. Everything has a default: what is commented out stands at it.
            # `chancery config check` finds mistakes; SIGHUP reloads.
            """);
    for (Declared member : Settings.ALL.members()) {
      file.append('\n');
      lines(file, member, 0, false);
    }
    return file.toString();
  }

  /// Headings that are always there stand open, with their settings in comments; named and listed
  /// ones are comments as a whole, as an example.
  private static void lines(StringBuilder file, Declared member, int indent, boolean example) {
    comment(file, member.meaning(), indent);
    String mark = " ".repeat(indent) + (example ? "#" : "");
    switch (member) {
      case Setting<?> setting ->
          file.append(" ".repeat(indent))
              .append('#')
              .append(setting.key())
              .append(": ")
              .append(setting.text())
              .append('\n');
      case Group group -> {
        file.append(mark).append(group.key()).append(":\n");
        group.members().forEach(below -> lines(file, below, indent + 2, example));
      }
      case Named named -> {
        file.append(mark).append(named.key()).append(":\n");
        file.append(" ".repeat(indent + 2)).append('#').append(exampleName(named)).append(":\n");
        named.members().forEach(below -> lines(file, below, indent + 4, true));
      }
      case Listed listed -> {
        file.append(mark).append(listed.key()).append(":\n");
        file.append(" ".repeat(indent + 2)).append("#-\n");
        listed.members().forEach(below -> lines(file, below, indent + 4, true));
      }
    }
  }

  private static String exampleName(Named named) {
    return named.text().substring(0, named.text().indexOf(':'));
  }

  private static void comment(StringBuilder file, String meaning, int indent) {
    String mark = " ".repeat(indent) + "# ";
    StringBuilder line = new StringBuilder(mark);
    for (String word : meaning.split(" ", -1)) {
      if (line.length() + word.length() > WIDTH && line.length() > mark.length()) {
        file.append(line.toString().stripTrailing()).append('\n');
        line = new StringBuilder(mark);
      }
      line.append(word).append(' ');
    }
    file.append(line.toString().stripTrailing()).append('\n');
  }
}
