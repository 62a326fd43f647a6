/// `agent.yaml`: the table of settings, from which reading, checking and the reference are made,
/// and the configuration as checked. Start at
/// [dev.chancery.agent.configuration.AgentConfiguration].
@NullMarked
package dev.chancery.agent.configuration;

import org.jspecify.annotations.NullMarked;
