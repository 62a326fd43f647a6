/// The cryptographic providers and the one source of randomness.
@NullMarked
package dev.chancery.pki.crypto;

import org.jspecify.annotations.NullMarked;
