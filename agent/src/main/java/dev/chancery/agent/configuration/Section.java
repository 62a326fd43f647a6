package dev.chancery.agent.configuration;

import dev.chancery.configuration.Declared;
import dev.chancery.configuration.Declared.Group;
import dev.chancery.configuration.Declared.Listed;
import dev.chancery.configuration.Declared.Named;
import dev.chancery.configuration.Declared.Setting;
import dev.chancery.configuration.Problem;
import dev.chancery.configuration.Written;
import dev.chancery.pki.MalformedException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// Reads the values of one group. What is wrong becomes a problem, and the default (or example)
/// stands in for it, so that one pass finds everything.
final class Section {
  /// Parsed once: a file may have many thousand certificates with the same defaults.
  private static final Map<Setting<?>, Object> DEFAULTS = new ConcurrentHashMap<>();

  private final Map<String, Written> entries;
  private final int line;
  private final String path;
  private final List<Problem> problems;

  /// Reports what `members` do not know and what they need.
  Section(List<Declared> members, Written written, String path, List<Problem> problems) {
    this.line = written.line();
    this.path = path;
    this.problems = problems;
    this.entries = entriesOf(written);
    reportUnknown(members.stream().map(Declared::key).toList());
    for (Declared member : members) {
      if (member instanceof Setting<?> setting && setting.required() && !isGiven(setting)) {
        problems.add(
            Problem.at(
                path(setting.key()), line, "this is missing", "for example " + setting.text()));
      }
    }
  }

  private Map<String, Written> entriesOf(Written written) {
    return switch (written) {
      case Written.Mapping mapping -> mapping.entries();
      case Written.Nothing nothing -> Map.of();
      case Written.Scalar scalar -> notSettings(scalar);
      case Written.Listing listing -> notSettings(listing);
    };
  }

  private Map<String, Written> notSettings(Written written) {
    problems.add(
        Problem.at(path, written.line(), "this must hold settings, each as \"key: value\"", ""));
    return Map.of();
  }

  /// True if the file says something about it.
  boolean isGiven(Declared member) {
    Written written = entries.get(member.key());
    return written != null && !(written instanceof Written.Nothing);
  }

  <T> T get(Setting<T> setting) {
    Written written = entries.get(setting.key());
    if (written != null && !(written instanceof Written.Nothing)) {
      try {
        return setting.kind().read(written);
      } catch (MalformedException e) {
        problems.add(Problem.at(path(setting.key()), written.line(), e.safeMessage(), ""));
      }
    }
    return byDefault(setting);
  }

  @SuppressWarnings("unchecked") // each value was read by its own setting's kind
  private static <T> T byDefault(Setting<T> setting) {
    return (T)
        DEFAULTS.computeIfAbsent(setting, one -> one.kind().read(Written.constant(one.text())));
  }

  Section group(Group group) {
    return below(group.members(), entries.get(group.key()), path(group.key()));
  }

  /// The entries by name, in the order of the file.
  Map<String, Section> entries(Named named) {
    Map<String, Section> sections = new LinkedHashMap<>();
    Written written = entries.get(named.key());
    if (written instanceof Written.Mapping mapping) {
      mapping
          .entries()
          .forEach((name, entry) ->
              sections.put(name, below(named.members(), entry, path(named.key()) + "." + name)));
    } else if (written != null && !(written instanceof Written.Nothing)) {
      problems.add(
          Problem.at(
              path(named.key()), written.line(), "this must hold entries, each under a name", ""));
    }
    return sections;
  }

  List<Section> items(Listed listed) {
    List<Section> sections = new ArrayList<>();
    Written written = entries.get(listed.key());
    if (written instanceof Written.Listing listing) {
      for (Written item : listing.items()) {
        String place = path(listed.key()) + "[" + sections.size() + "]";
        sections.add(below(listed.members(), item, place));
      }
    } else if (written != null && !(written instanceof Written.Nothing)) {
      problems.add(
          Problem.at(
              path(listed.key()),
              written.line(),
              "this must be a list",
              "start each item with \"- \""));
    }
    return sections;
  }

  private Section below(List<Declared> members, @Nullable Written written, String place) {
    return new Section(
        members, written == null ? new Written.Nothing(line) : written, place, problems);
  }

  /// Reports something that is wrong with the value of `member`.
  void report(Declared member, String what, String hint) {
    Written written = entries.get(member.key());
    problems.add(
        Problem.at(path(member.key()), written == null ? line : written.line(), what, hint));
  }

  /// Reports something that is wrong with the group as a whole.
  void report(String what, String hint) {
    problems.add(Problem.at(path, line, what, hint));
  }

  private String path(String key) {
    return path.isEmpty() ? key : path + "." + key;
  }

  private void reportUnknown(List<String> known) {
    entries.forEach((key, value) -> {
      if (!known.contains(key)) {
        problems.add(Problem.unknown(path(key), value.line(), key, known));
      }
    });
  }
}
