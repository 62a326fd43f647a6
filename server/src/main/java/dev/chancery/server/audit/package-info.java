/// Where the audit's checkpoints go beyond the reach of whoever has this machine.
@NullMarked
package dev.chancery.server.audit;

import org.jspecify.annotations.NullMarked;
