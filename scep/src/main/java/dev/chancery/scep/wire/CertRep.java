package dev.chancery.scep.wire;

import dev.chancery.pki.Der;
import dev.chancery.pki.MalformedException;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.cms.DigestAlgorithm;
import dev.chancery.pki.cms.Envelope;
import dev.chancery.pki.cms.MessageKey;
import dev.chancery.pki.cms.SignedMessage;
import dev.chancery.pki.cms.SignedMessage.SignedAttribute;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The server's reply (RFC 8894 §3.3.2).
///
/// @param recipientNonce the request's senderNonce
public record CertRep(
    TransactionId transactionId, Nonce senderNonce, Nonce recipientNonce, Result result) {
  private static final int MAX_FAIL_INFO_TEXT = 255;

  /// What became of the request.
  public sealed interface Result {
    /// Granted.
    ///
    /// @param envelope EnvelopedData in DER around a certs-only message
    record Success(Der envelope) implements Result {
      /// The envelope, read.
      ///
      /// @throws MalformedException if it is none
      public Envelope open() {
        return Envelope.parse(envelope.toByteArray());
      }
    }

    /// Somebody has to decide.
    record Pending() implements Result {}

    /// Refused.
    ///
    /// @param text for people; may be empty
    record Failure(FailInfo failInfo, String text) implements Result {}
  }

  /// What a reply without an envelope has as content (SCEP-056).
  public enum EmptyContent {
    /// A content of no bytes, which every client reads.
    EMPTY,
    /// No content at all, as the RFC's words can be taken too.
    ABSENT
  }

  /// The answer to `request`, with a nonce of its own.
  public static CertRep to(MessageHeader request, Result result) {
    return new CertRep(request.transactionId(), Nonce.fresh(), request.senderNonce(), result);
  }

  /// Signs and encodes.
  public byte[] encode(MessageKey signer, DigestAlgorithm digest, EmptyContent emptyContent) {
    List<SignedAttribute> attributes = new ArrayList<>();
    attributes.add(Attributes.printable(Attributes.MESSAGE_TYPE, MessageType.CERT_REP.number()));
    attributes.add(Attributes.printable(Attributes.TRANSACTION_ID, transactionId.value()));
    attributes.add(Attributes.nonce(Attributes.SENDER_NONCE, senderNonce));
    attributes.add(Attributes.nonce(Attributes.RECIPIENT_NONCE, recipientNonce));
    PkiStatus status =
        switch (result) {
          case Result.Success success -> PkiStatus.SUCCESS;
          case Result.Pending pending -> PkiStatus.PENDING;
          case Result.Failure failure -> PkiStatus.FAILURE;
        };
    attributes.add(Attributes.printable(Attributes.PKI_STATUS, status.number()));
    if (result instanceof Result.Failure failure) {
      attributes.add(Attributes.printable(Attributes.FAIL_INFO, failure.failInfo().number()));
      if (!failure.text().isEmpty()) {
        attributes.add(Attributes.utf8(Attributes.FAIL_INFO_TEXT, shortened(failure.text())));
      }
    }
    Optional<Der> content =
        result instanceof Result.Success success
            ? Optional.of(success.envelope())
            : switch (emptyContent) {
              case EMPTY -> Optional.of(Der.of(new byte[0]));
              case ABSENT -> Optional.empty();
            };
    return SignedMessage.sign(signer, digest, content, attributes, List.of());
  }

  private static String shortened(String text) {
    return text.length() <= MAX_FAIL_INFO_TEXT ? text : text.substring(0, MAX_FAIL_INFO_TEXT);
  }

  /// A reply whose signature has been checked, with whoever made it.
  public record Signed(CertRep reply, Certificate signer, DigestAlgorithm digest) {}

  /// Reads a reply and verifies that it is whole. Whether its signer is the right one, and whether
  /// it answers this request, is for the caller.
  ///
  /// @throws MalformedException if it is no CertRep
  /// @throws dev.chancery.pki.cms.SignatureInvalidException if the signature does not verify
  public static Signed parse(byte[] ber) {
    SignedMessage message = SignedMessage.parse(ber);
    Certificate signer = message.verify();
    MessageHeader header = MessageHeader.of(message);
    if (!Attributes.text(message, Attributes.MESSAGE_TYPE)
        .equals(Optional.of(MessageType.CERT_REP.number()))) {
      throw new MalformedException("the reply's messageType is not CertRep");
    }
    Nonce recipientNonce =
        Attributes.nonce(message, Attributes.RECIPIENT_NONCE)
            .orElseThrow(() -> new MalformedException("the reply has no recipientNonce"));
    PkiStatus status =
        Attributes.text(message, Attributes.PKI_STATUS)
            .flatMap(PkiStatus::of)
            .orElseThrow(
                () -> new MalformedException("the reply's pkiStatus is missing or unknown"));
    Result result =
        switch (status) {
          case SUCCESS ->
              new Result.Success(
                  message
                      .content()
                      .orElseThrow(
                          () -> new MalformedException("the reply says success but is empty")));
          case PENDING -> new Result.Pending();
          case FAILURE ->
              new Result.Failure(
                  Attributes.text(message, Attributes.FAIL_INFO)
                      .flatMap(FailInfo::of)
                      .orElseThrow(() ->
                          new MalformedException("the reply's failInfo is missing or unknown")),
                  Attributes.textForPeople(message).orElse(""));
        };
    return new Signed(
        new CertRep(header.transactionId(), header.senderNonce(), recipientNonce, result),
        signer,
        message.digest().orElseThrow(() -> new MalformedException("the digest is not known")));
  }
}
