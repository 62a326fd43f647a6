/// Tests in which programs that others wrote enrol with Chancery, and tests of the house as a
/// whole.
@NullMarked
package dev.chancery.interop;

import org.jspecify.annotations.NullMarked;
