/// The certificate by which the server vouches for keys that it makes for others.
@NullMarked
package dev.chancery.server.keys;

import org.jspecify.annotations.NullMarked;
