package dev.chancery.authority.ledger;

/// What a stored certificate says about its own issuance.
///
/// @param position its place among the certificates, in the order of storing
/// @param serial hex
/// @param auditSequence the audit entry of the transaction that stored it
public record Issuance(long position, String issuer, String serial, long auditSequence) {}
