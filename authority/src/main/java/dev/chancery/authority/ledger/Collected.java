package dev.chancery.authority.ledger;

/// A certificate of which is known that somebody has it: its reply was written to the end, or its
/// holder has used it here.
///
/// @param serial hex
public record Collected(String issuer, String serial) {}
