package dev.chancery.server.scep.webhook;

import dev.chancery.server.scep.outbound.FileSecret;
import dev.chancery.server.scep.outbound.OutboundTrust;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;

/// How a webhook is asked.
///
/// @param url where decisions are asked for: https, or http on the loopback interface
/// @param notifyUrl where outcomes are told, if anywhere
/// @param secret shared with it, for the signature of messages
/// @param timeout for one exchange
public record WebhookSettings(
    URI url,
    Optional<URI> notifyUrl,
    FileSecret secret,
    Duration timeout,
    int maxAnswerBytes,
    OutboundTrust trust) {}
