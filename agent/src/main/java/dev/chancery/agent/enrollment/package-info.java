/// The port to a protocol's client: who is asked for certificates. One implementation per protocol.
@NullMarked
package dev.chancery.agent.enrollment;

import org.jspecify.annotations.NullMarked;
