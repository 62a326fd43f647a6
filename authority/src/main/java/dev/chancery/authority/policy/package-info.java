/// May they? Turns a request and its entitlement into a grant, or refuses.
@NullMarked
package dev.chancery.authority.policy;

import org.jspecify.annotations.NullMarked;
