/// Measures a running Chancery from outside: what an enrollment costs the server in CPU, memory and
/// time, beside what the same connections cost nginx and what the bare signatures cost. Start at
/// [Bench]; the method is told in `docs/performance.md`.
@NullMarked
package dev.chancery.bench;

import org.jspecify.annotations.NullMarked;
