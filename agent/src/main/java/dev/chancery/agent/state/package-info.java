/// What the agent remembers of each certificate, and where.
@NullMarked
package dev.chancery.agent.state;

import org.jspecify.annotations.NullMarked;
