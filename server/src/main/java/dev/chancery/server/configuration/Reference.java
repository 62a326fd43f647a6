package dev.chancery.server.configuration;

import dev.chancery.server.configuration.Declared.Group;
import dev.chancery.server.configuration.Declared.Listed;
import dev.chancery.server.configuration.Declared.Named;
import dev.chancery.server.configuration.Declared.Setting;
import java.util.List;

/// The table of settings for people: a reference page and a commented file.
final class Reference {
  private static final int WIDTH = 96;

  private Reference() {}

  static String markdown() {
    StringBuilder page =
        new StringBuilder(
            """
            # Configuration

            Chancery reads `chancery.yaml` in its data folder. Every setting has a default; an unknown
            one is an error. `chancery config check` finds all mistakes in a file. Durations are written
            `30s`, `15m`, `12h`, `90d`, `5y`; sizes `64KiB`. SIGHUP reloads the file without dropping
            connections; listeners and issuers change at the next start.

            This page is generated from the table of settings in the code.
            """);
    sections(page, Settings.ALL.members(), "");
    return page.toString();
  }

  private static void sections(StringBuilder page, List<Declared> members, String path) {
    List<Setting<?>> settings =
        members.stream()
            .<Setting<?>>mapMulti((member, out) -> {
              if (member instanceof Setting<?> setting) {
                out.accept(setting);
              }
            })
            .toList();
    if (!settings.isEmpty()) {
      page.append("\n| setting | value | default | meaning |\n|---|---|---|---|\n");
      settings.forEach(setting ->
          page.append("| `")
              .append(setting.key())
              .append("` | ")
              .append(setting.kind().description())
              .append(" | ")
              .append(setting.required() ? "required" : "`" + setting.text() + "`")
              .append(" | ")
              .append(setting.meaning())
              .append(" |\n"));
    }
    for (Declared member : members) {
      String below = path.isEmpty() ? member.key() : path + "." + member.key();
      switch (member) {
        case Setting<?> _ -> {}
        case Group group -> {
          heading(page, below, group.meaning());
          sections(page, group.members(), below);
        }
        case Named named -> {
          heading(page, below + ".NAME", named.meaning());
          if (!named.text().isBlank()) {
            page.append("\nThere by default:\n\n```yaml\n")
                .append(named.text().strip())
                .append("\n```\n");
          }
          sections(page, named.members(), below + ".NAME");
        }
        case Listed listed -> {
          heading(page, below + "[]", listed.meaning());
          sections(page, listed.members(), below + "[]");
        }
      }
    }
  }

  private static void heading(StringBuilder page, String path, String meaning) {
    page.append("\n## `").append(path).append("`\n\n").append(meaning).append('\n');
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
