@NullMarked
package dev.chancery.scep.wire;

import org.jspecify.annotations.NullMarked;
