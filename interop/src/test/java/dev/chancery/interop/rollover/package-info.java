/// From one generation of a CA's keys to the next, as devices, servers and other programs see it.
@NullMarked
package dev.chancery.interop.rollover;

import org.jspecify.annotations.NullMarked;
