/// Endpoints: a protocol at a path, bound to an issuer, a profile and ways to authenticate.
@NullMarked
package dev.chancery.authority.endpoint;

import org.jspecify.annotations.NullMarked;
