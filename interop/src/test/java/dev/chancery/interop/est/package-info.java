/// EST as clients of every kind meet it.
@NullMarked
package dev.chancery.interop.est;

import org.jspecify.annotations.NullMarked;
