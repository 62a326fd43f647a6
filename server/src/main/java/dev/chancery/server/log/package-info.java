/// The log's form and level.
@NullMarked
package dev.chancery.server.log;

import org.jspecify.annotations.NullMarked;
