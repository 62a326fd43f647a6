/// Programs that are run around a change of files.
@NullMarked
package dev.chancery.agent.hook;

import org.jspecify.annotations.NullMarked;
