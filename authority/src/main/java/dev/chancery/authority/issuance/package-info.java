/// The issuers and their keys. The only package that touches a CA's private key.
@NullMarked
package dev.chancery.authority.issuance;

import org.jspecify.annotations.NullMarked;
