package dev.chancery.authority.rollover;

import java.time.Duration;

/// How the generations of an issuer follow each other.
///
/// @param automatic whether the next one is prepared, announced and activated without an operator
/// @param announce how long it is announced before it signs
/// @param overlap how long messages that were sealed for registration authorities of the one before
///   still open, once another signs
public record RolloverSettings(boolean automatic, Duration announce, Duration overlap) {}
