package dev.chancery.scep.wire;

import dev.chancery.pki.MalformedException;
import dev.chancery.pki.cms.SignedMessage;

/// What of a request must be readable before it can be answered at all (SCEP-009). Nothing in it is
/// believed yet.
public record MessageHeader(TransactionId transactionId, Nonce senderNonce) {
  /// Reads it from the signed attributes.
  ///
  /// @throws MalformedException if either is missing or not what it must be
  public static MessageHeader of(SignedMessage message) {
    return new MessageHeader(
        Attributes.text(message, Attributes.TRANSACTION_ID)
            .map(TransactionId::new)
            .orElseThrow(() -> new MalformedException("the message has no transactionID")),
        Attributes.nonce(message, Attributes.SENDER_NONCE)
            .orElseThrow(() -> new MalformedException("the message has no senderNonce")));
  }
}
