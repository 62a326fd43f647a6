/// Tests of the agent with a CA in memory, a clock that is set, and disks that fail on command.
@NullMarked
package dev.chancery.agent;

import org.jspecify.annotations.NullMarked;
