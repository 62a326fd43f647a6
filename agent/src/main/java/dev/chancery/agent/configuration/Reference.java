package dev.chancery.agent.configuration;

import dev.chancery.agent.configuration.Declared.Group;
import dev.chancery.agent.configuration.Declared.Listed;
import dev.chancery.agent.configuration.Declared.Named;
import dev.chancery.agent.configuration.Declared.Setting;
import java.util.List;

/// The table of settings for people.
final class Reference {
  private Reference() {}

  static String markdown() {
    StringBuilder page = new StringBuilder();
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
        case Setting<?> setting -> {}
        case Group group -> {
          heading(page, below, group.meaning());
          sections(page, group.members(), below);
        }
        case Named named -> {
          heading(page, below + ".NAME", named.meaning());
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
    page.append("\n### `").append(path).append("`\n\n").append(meaning).append('\n');
  }
}
