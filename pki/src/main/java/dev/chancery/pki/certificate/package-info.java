/// X.509 certificates: reading, building, and validating paths (RFC 5280).
@NullMarked
package dev.chancery.pki.certificate;

import org.jspecify.annotations.NullMarked;
