package dev.chancery.authority.notification;

import dev.chancery.pki.Der;
import java.time.Instant;

/// What became of a request, for the party outside that allowed it. It is stored in the transaction
/// of the outcome itself, so it survives whatever happens before it is delivered.
///
/// @param id random; unique
/// @param endpoint where the request arrived; says who is to be told
/// @param transactionId the protocol's name of the request
/// @param sealedRequest PKCS#10 in DER, sealed for `id`, since it may hold a secret
/// @param attempts how often it could not be delivered
/// @param dueAt when it is tried next
/// @param problem why it could not be delivered the last time; empty at first
public record Notification(
    String id,
    String endpoint,
    String transactionId,
    Der sealedRequest,
    News news,
    Instant createdAt,
    int attempts,
    Instant dueAt,
    String problem) {
  /// What became of the request.
  public sealed interface News {
    /// A certificate, under its issuer's name and its hex serial number.
    record Issued(String issuer, String serial) implements News {}

    /// A refusal of ours, after the other party had allowed it.
    ///
    /// @param code a [dev.chancery.authority.Refusal.Code#id()]
    record Refused(String code, String reason) implements News {}
  }

  /// A notification of which the news are not known yet.
  public record Owed(String id, String transactionId, Der sealedRequest) {
    /// The notification, due at once.
    public Notification with(String endpoint, News news, Instant now) {
      return new Notification(id, endpoint, transactionId, sealedRequest, news, now, 0, now, "");
    }
  }
}
