/// SCEP between Chancery and programs that others wrote, and against requests that nobody should
/// send.
@NullMarked
package dev.chancery.interop.scep;

import org.jspecify.annotations.NullMarked;
