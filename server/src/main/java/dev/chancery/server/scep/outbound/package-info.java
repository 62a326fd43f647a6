/// HTTPS to parties outside: one exchange with a deadline, a bound on the answer, no redirects, and
/// trust that the configuration names.
@NullMarked
package dev.chancery.server.scep.outbound;

import org.jspecify.annotations.NullMarked;
