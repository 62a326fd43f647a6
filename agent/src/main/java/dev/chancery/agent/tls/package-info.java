/// Keys, certificates and trust for Java programs, kept fresh while they run. Start at
/// [dev.chancery.agent.tls.EnrolledContext].
@NullMarked
package dev.chancery.agent.tls;

import org.jspecify.annotations.NullMarked;
