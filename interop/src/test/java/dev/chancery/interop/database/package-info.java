/// Many nodes on one PostgreSQL, and what an operator does with it: Debian's own, run as a cluster
/// of the test's.
@NullMarked
package dev.chancery.interop.database;

import org.jspecify.annotations.NullMarked;
