package dev.chancery.authority.ledger;

import dev.chancery.pki.Der;
import java.time.Instant;

/// A private key that several nodes use, sealed, with its certificate.
///
/// @param name what it is for, such as `scep/label`
/// @param sealedKey sealed under `name` by [dev.chancery.authority.credential.SecretBox]
/// @param certificate DER
/// @param usedFrom until then nodes know the key, but do not announce it: every node shall know it
///   before a requester does
public record SharedKey(String name, Der sealedKey, Der certificate, Instant usedFrom) {}
