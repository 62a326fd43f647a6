package dev.chancery.server.configuration;

import dev.chancery.configuration.Declared.Group;
import dev.chancery.configuration.Declared.Listed;
import dev.chancery.configuration.Declared.Named;
import dev.chancery.configuration.Declared.Setting;
import dev.chancery.configuration.Problem;
import dev.chancery.configuration.Written;
import dev.chancery.pki.MalformedException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/// Reads the values of one complete group. A value that is not what it must be becomes a problem,
/// and the default (or example) stands in for it, so that one pass finds everything that is wrong.
final class Section {
  private final Written.Mapping mapping;
  private final String path;
  private final List<Problem> problems;

  Section(Written.Mapping mapping, String path, List<Problem> problems) {
    this.mapping = mapping;
    this.path = path;
    this.problems = problems;
  }

  <T> T get(Setting<T> setting) {
    Written written = mapping.entries().get(setting.key());
    if (written != null) {
      try {
        return setting.kind().read(written);
      } catch (MalformedException e) {
        problems.add(Problem.at(path(setting.key()), written.line(), e.safeMessage(), ""));
      }
    }
    return setting.kind().read(Written.constant(setting.text()));
  }

  Section group(Group group) {
    return section(mapping.entries().get(group.key()), path(group.key()));
  }

  /// The entries by name.
  Map<String, Section> entries(Named named) {
    Map<String, Section> sections = new LinkedHashMap<>();
    if (mapping.entries().get(named.key()) instanceof Written.Mapping entries) {
      entries
          .entries()
          .forEach(
              (name, entry) -> sections.put(name, section(entry, path(named.key()) + "." + name)));
    }
    return sections;
  }

  List<Section> items(Listed listed) {
    if (mapping.entries().get(listed.key()) instanceof Written.Listing items) {
      return IntStream.range(0, items.items().size())
          .mapToObj(
              index -> section(items.items().get(index), path(listed.key()) + "[" + index + "]"))
          .toList();
    }
    return List.of();
  }

  /// Reports something that is wrong with the value of `setting`.
  void report(Setting<?> setting, String what, String hint) {
    Written written = mapping.entries().get(setting.key());
    int line = written == null || written.line() == 0 ? mapping.line() : written.line();
    problems.add(Problem.at(path(setting.key()), line, what, hint));
  }

  /// Reports something that is wrong with the group as a whole.
  void report(String what, String hint) {
    problems.add(Problem.at(path, mapping.line(), what, hint));
  }

  private Section section(@org.jspecify.annotations.Nullable Written written, String below) {
    return new Section(
        written instanceof Written.Mapping inner ? inner : new Written.Mapping(Map.of(), 0),
        below,
        problems);
  }

  private String path(String key) {
    return path.isEmpty() ? key : path + "." + key;
  }
}
