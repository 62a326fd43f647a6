package dev.chancery.authority;

import dev.chancery.authority.endpoint.Endpoint;

/// A request that may fail before it is an [EnrollmentRequest]: what the audit can say of it then.
///
/// @param operation the protocol's own word for it, such as `simpleenroll`
/// @param address of the peer
/// @param claimed who the peer says it is, unproven: a user name, a subject; empty if it says
///   nothing
public record Attempt(
    Endpoint endpoint, String operation, String requestId, String address, String claimed) {}
