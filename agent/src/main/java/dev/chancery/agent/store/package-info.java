/// Key and certificate on disk, so that whoever looks finds a pair that belongs together.
@NullMarked
package dev.chancery.agent.store;

import org.jspecify.annotations.NullMarked;
