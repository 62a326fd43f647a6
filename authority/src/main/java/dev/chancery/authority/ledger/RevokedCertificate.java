package dev.chancery.authority.ledger;

import dev.chancery.pki.certificate.SerialNumber;
import java.time.Instant;

/// A line of a CRL.
///
/// @param reason a name of RFC 5280 §5.3.1
public record RevokedCertificate(SerialNumber serialNumber, Instant at, String reason) {}
