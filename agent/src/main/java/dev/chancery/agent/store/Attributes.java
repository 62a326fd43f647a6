package dev.chancery.agent.store;

/// To whom a file belongs and what they may do with it.
///
/// @param owner a user's name; empty for the agent's own
/// @param group a group's name; empty for the agent's own
/// @param mode three octal digits
public record Attributes(String owner, String group, String mode) {
  /// The agent's own, and nobody else's: mode 600.
  public static final Attributes PRIVATE = new Attributes("", "", "600");

  /// The agent's own, for all to read: mode 644.
  public static final Attributes PUBLIC = new Attributes("", "", "644");
}
