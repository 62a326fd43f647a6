package dev.chancery.authority.policy;

import dev.chancery.authority.profile.Rule;
import dev.chancery.authority.profile.RuleMode;

/// A deviation from a rule that does not enforce: it goes into the audit, and into the log if the
/// rule warns.
public record Finding(Rule rule, RuleMode mode, String what) {}
