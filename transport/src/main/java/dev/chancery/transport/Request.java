package dev.chancery.transport;

/// One request as a responder sees it.
///
/// @param id names it in log, audit and reply
/// @param path percent-decoded once, starting with `/`; never contains `.`, `..` or empty segments,
///   which the listener refuses
/// @param query as sent, without `?`; empty if there was none
/// @param body bounded by the listener's limit
public record Request(
    RequestId id,
    Method method,
    String path,
    String query,
    Headers headers,
    Body body,
    Peer peer) {}
