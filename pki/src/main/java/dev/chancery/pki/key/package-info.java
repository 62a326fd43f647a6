/// Public and private keys, and what makes a key too weak to certify.
@NullMarked
package dev.chancery.pki.key;

import org.jspecify.annotations.NullMarked;
