package dev.chancery.server.configuration;

import dev.chancery.configuration.Declared;
import dev.chancery.configuration.Declared.Group;
import dev.chancery.configuration.Declared.Listed;
import dev.chancery.configuration.Declared.Named;
import dev.chancery.configuration.Declared.Setting;
import dev.chancery.configuration.Problem;
import dev.chancery.configuration.Written;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Fills the defaults into a written configuration, in the order of the table, and finds what the
/// table does not know.
final class Completion {
  private final List<Problem> problems;

  Completion(List<Problem> problems) {
    this.problems = problems;
  }

  /// What `written` says under `path`, complete.
  Written.Mapping complete(List<Declared> members, Written written, String path) {
    Map<String, Written> given = entriesOf(written, path);
    reportUnknown(members, given, path);
    Map<String, Written> complete = new LinkedHashMap<>();
    for (Declared member : members) {
      Written value = given.getOrDefault(member.key(), new Written.Nothing(0));
      String below = path.isEmpty() ? member.key() : path + "." + member.key();
      switch (member) {
        case Setting<?> setting -> {
          if (!(value instanceof Written.Nothing)) {
            complete.put(setting.key(), value);
          } else if (setting.required()) {
            problems.add(
                Problem.at(
                    below, written.line(), "this is missing", "for example " + setting.text()));
          } else {
            complete.put(setting.key(), Written.constant(setting.text()));
          }
        }
        case Group group -> complete.put(group.key(), complete(group.members(), value, below));
        case Named named -> complete.put(named.key(), named(named, value, below));
        case Listed listed -> complete.put(listed.key(), listed(listed, value, below));
      }
    }
    return new Written.Mapping(complete, written.line());
  }

  private Written.Mapping named(Named named, Written value, String path) {
    Map<String, Written> entries = new LinkedHashMap<>();
    if (named.kept() || value instanceof Written.Nothing) {
      entries.putAll(entriesOf(Written.constant(named.text()), path));
    }
    entriesOf(value, path).forEach((name, entry) -> entries.merge(name, entry, this::overlay));
    entries.replaceAll((name, entry) -> complete(named.members(), entry, path + "." + name));
    return new Written.Mapping(entries, value.line());
  }

  private Written.Listing listed(Listed listed, Written value, String path) {
    Written items = value instanceof Written.Nothing ? Written.constant(listed.text()) : value;
    if (!(items instanceof Written.Listing listing)) {
      problems.add(
          Problem.at(path, value.line(), "this must be a list", "start each item with \"- \""));
      return new Written.Listing(List.of(), value.line());
    }
    List<Written> complete = new ArrayList<>();
    for (Written item : listing.items()) {
      complete.add(complete(listed.members(), item, path + "[" + complete.size() + "]"));
    }
    return new Written.Listing(complete, listing.line());
  }

  /// What the file says of a built-in entry, on top of that entry.
  private Written overlay(Written builtIn, Written written) {
    if (builtIn instanceof Written.Mapping below && written instanceof Written.Mapping above) {
      Map<String, Written> both = new LinkedHashMap<>(below.entries());
      both.putAll(above.entries());
      return new Written.Mapping(both, above.line());
    }
    return written instanceof Written.Nothing ? builtIn : written;
  }

  private Map<String, Written> entriesOf(Written value, String path) {
    return switch (value) {
      case Written.Mapping mapping -> mapping.entries();
      case Written.Nothing _ -> Map.of();
      case Written.Scalar _, Written.Listing _ -> {
        problems.add(
            Problem.at(path, value.line(), "this must hold settings, each as \"key: value\"", ""));
        yield Map.of();
      }
    };
  }

  private void reportUnknown(List<Declared> members, Map<String, Written> given, String path) {
    List<String> known = members.stream().map(Declared::key).toList();
    given.forEach((key, value) -> {
      if (!known.contains(key)) {
        problems.add(
            Problem.unknown(path.isEmpty() ? key : path + "." + key, value.line(), key, known));
      }
    });
  }
}
