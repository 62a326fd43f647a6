package dev.chancery.authority;

import dev.chancery.pki.Der;
import java.util.Map;
import java.util.function.Supplier;

/// The dialogue that a request belongs to, in protocols where a requester asks later what became of
/// it and where a message that was overheard could be sent again (SCEP, CMP). Made by
/// [Exchanges#open].
///
/// @param name names the dialogue; unique over all endpoints
/// @param messageSha256 hex SHA-256 of the message. Once it has led to a certificate, the very same
///   bytes never lead to anything again.
/// @param sealedRequest seals what the responder needs to ask again when the requester only asks
///   about it; kept while the request is pending, so it is sealed only then
/// @param facts for the audit, such as the algorithms of the message
public record Exchange(
    String name, String messageSha256, Supplier<Der> sealedRequest, Map<String, String> facts) {
  public Exchange {
    facts = Map.copyOf(facts);
  }

  /// The refusal of bytes that have led to a certificate before.
  public static RefusedException replayed() {
    return new RefusedException(
        Refusal.Code.MESSAGE_REPLAYED,
        "this very message has been answered with a certificate",
        "make a new message, with a nonce of its own");
  }

  /// The name under which the ledger remembers the message.
  String answerDigest() {
    return "message:" + messageSha256;
  }
}
