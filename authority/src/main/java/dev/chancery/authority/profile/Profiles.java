package dev.chancery.authority.profile;

import dev.chancery.authority.Refusal;
import dev.chancery.authority.RefusedException;
import java.util.Map;

/// The configured profiles by name. Immutable; a reload makes another one.
public record Profiles(Map<String, Profile> byName) {
  public Profiles {
    byName = Map.copyOf(byName);
  }

  /// The profile called `name`.
  ///
  /// @throws RefusedException if a reload has taken it away while credentials or certificates still
  ///   name it
  public Profile get(String name) {
    Profile profile = byName.get(name);
    if (profile == null) {
      throw new RefusedException(
          Refusal.Code.NOT_FOUND,
          "the profile \"" + name + "\" is not configured",
          "ask the operator to add it to profiles in chancery.yaml");
    }
    return profile;
  }
}
