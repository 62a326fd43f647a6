/// TLS without certificates (RFC 7030 §3.3.3): TLS-PSK and TLS-SRP, keyed by credentials. The
/// protocol is BouncyCastle's; here is what it may negotiate, where its keys come from, and how
/// Jetty drives it. Nothing of its library is loaded unless the listener is on.
@NullMarked
package dev.chancery.server.tls.certificateless;

import org.jspecify.annotations.NullMarked;
