package dev.chancery.configuration;

import java.util.List;

/// One row of the table of settings: what may stand in the file, and from which its default, its
/// reference and its checks are made.
public sealed interface Declared {
  String key();

  /// Sentences for the reference and the commented file.
  String meaning();

  /// One value.
  ///
  /// @param text the default in YAML; for a required setting an example
  record Setting<T>(String key, Kind<T> kind, String text, boolean required, String meaning)
      implements Declared {}

  /// Settings under one heading.
  record Group(String key, String meaning, List<Declared> members) implements Declared {
    public Group {
      members = List.copyOf(members);
    }
  }

  /// Any number of groups, each under a name that the operator chooses.
  ///
  /// @param text the entries, in YAML, that are there by default
  /// @param kept whether those stay when the file has others
  record Named(String key, String meaning, List<Declared> members, String text, boolean kept)
      implements Declared {
    public Named {
      members = List.copyOf(members);
    }

    /// None are there by default.
    public Named(String key, String meaning, List<Declared> members) {
      this(key, meaning, members, "", false);
    }
  }

  /// Any number of groups, in order.
  ///
  /// @param text the items, in YAML, that are there by default
  record Listed(String key, String meaning, List<Declared> members, String text)
      implements Declared {
    public Listed {
      members = List.copyOf(members);
    }

    /// None are there by default.
    public Listed(String key, String meaning, List<Declared> members) {
      this(key, meaning, members, "[]");
    }
  }

  static <T> Setting<T> setting(String key, Kind<T> kind, String text, String meaning) {
    return new Setting<>(key, kind, text, false, meaning);
  }

  static <T> Setting<T> required(String key, Kind<T> kind, String example, String meaning) {
    return new Setting<>(key, kind, example, true, meaning);
  }

  static Group group(String key, String meaning, Declared... members) {
    return new Group(key, meaning, List.of(members));
  }
}
