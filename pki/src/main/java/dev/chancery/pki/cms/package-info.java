/// Cryptographic Message Syntax as far as enrollment needs it (RFC 5652).
@NullMarked
package dev.chancery.pki.cms;

import org.jspecify.annotations.NullMarked;
