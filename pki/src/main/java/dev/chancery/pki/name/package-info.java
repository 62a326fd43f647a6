/// Names of end entities: distinguished names and subject alternative names (RFC 5280 §4.1.2.4,
/// §4.2.1.6).
@NullMarked
package dev.chancery.pki.name;

import org.jspecify.annotations.NullMarked;
