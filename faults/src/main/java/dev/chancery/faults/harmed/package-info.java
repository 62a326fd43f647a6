/// The server that can be harmed from inside. It is started as a program of its own.
@NullMarked
package dev.chancery.faults.harmed;

import org.jspecify.annotations.NullMarked;
