/// Keys, names, certificates and messages as values that cannot be wrong: outside bytes are parsed
/// here, once, with limits. No I/O, no policy.
@NullMarked
package dev.chancery.pki;

import org.jspecify.annotations.NullMarked;
