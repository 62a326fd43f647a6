/// Tests of `agent.yaml`.
@NullMarked
package dev.chancery.agent.configuration;

import org.jspecify.annotations.NullMarked;
