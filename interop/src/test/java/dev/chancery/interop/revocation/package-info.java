/// Revocation lists, as those see them who look certificates up.
@NullMarked
package dev.chancery.interop.revocation;

import org.jspecify.annotations.NullMarked;
