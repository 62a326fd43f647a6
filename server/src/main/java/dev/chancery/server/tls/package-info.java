/// TLS: its two implementations, the server's own certificate, and what a connection tells of its
/// client.
@NullMarked
package dev.chancery.server.tls;

import org.jspecify.annotations.NullMarked;
