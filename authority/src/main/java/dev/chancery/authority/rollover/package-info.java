/// The generations of an issuer: CA key pairs, each in its life from prepared to retired, and how
/// one follows another.
@NullMarked
package dev.chancery.authority.rollover;

import org.jspecify.annotations.NullMarked;
