/// Certification requests (PKCS#10, RFC 2986), their attributes, and proof of possession.
@NullMarked
package dev.chancery.pki.request;

import org.jspecify.annotations.NullMarked;
