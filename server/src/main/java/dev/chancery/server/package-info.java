/// The server: listeners, TLS, routing, configuration, metrics and scheduled work around the one
/// path.
@NullMarked
package dev.chancery.server;

import org.jspecify.annotations.NullMarked;
