package dev.chancery.transport.coap;

import dev.chancery.transport.Body;
import dev.chancery.transport.Method;
import dev.chancery.transport.Peer;
import dev.chancery.transport.RequestId;
import java.util.OptionalInt;

/// One CoAP request as a responder sees it, put together from its blocks (RFC 7959).
///
/// @param id names it in log and audit
/// @param method GET or POST: routes name no other
/// @param path the Uri-Path segments, each after a `/`; never holds empty segments, or segments
///   with a slash inside, which the listener refuses
/// @param contentFormat of the payload, if the request says
/// @param accept the only format that the client takes, if it says
/// @param payload bounded by the listener's limit
/// @param peer a DTLS connection: its protocol is `DTLSv1.2`
public record CoapRequest(
    RequestId id,
    Method method,
    String path,
    OptionalInt contentFormat,
    OptionalInt accept,
    Body payload,
    Peer.Tls peer) {}
