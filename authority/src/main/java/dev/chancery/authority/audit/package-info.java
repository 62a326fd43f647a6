/// The audit as a hash chain with signed checkpoints.
@NullMarked
package dev.chancery.authority.audit;

import org.jspecify.annotations.NullMarked;
