package dev.chancery.configuration;

import dev.chancery.configuration.Declared.Group;
import dev.chancery.configuration.Declared.Listed;
import dev.chancery.configuration.Declared.Named;
import dev.chancery.configuration.Declared.Setting;
import java.util.List;

/// Settings for people: a Markdown table for each group, under a heading with its path.
public final class ReferenceTables {
  private final StringBuilder page = new StringBuilder();
  private final String mark;

  private ReferenceTables(String mark) {
    this.mark = mark;
  }

  /// The tables of `members` and all that is below them.
  ///
  /// @param mark of the headings, such as `##`
  public static String markdown(List<Declared> members, String mark) {
    ReferenceTables tables = new ReferenceTables(mark);
    tables.append(members, "");
    return tables.page.toString();
  }

  private void append(List<Declared> members, String path) {
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
        case Setting<?> setting -> {}
        case Group group -> {
          heading(below, group.meaning());
          append(group.members(), below);
        }
        case Named named -> {
          heading(below + ".NAME", named.meaning());
          if (!named.text().isBlank()) {
            page.append("\nThere by default:\n\n```yaml\n")
                .append(named.text().strip())
                .append("\n```\n");
          }
          append(named.members(), below + ".NAME");
        }
        case Listed listed -> {
          heading(below + "[]", listed.meaning());
          append(listed.members(), below + "[]");
        }
      }
    }
  }

  private void heading(String path, String meaning) {
    page.append('\n')
        .append(mark)
        .append(" `")
        .append(path)
        .append("`\n\n")
        .append(meaning)
        .append('\n');
  }
}
