package dev.chancery.scep.wire;

import dev.chancery.pki.Der;
import dev.chancery.pki.MalformedException;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.cms.ContentCipher;
import dev.chancery.pki.cms.DigestAlgorithm;
import dev.chancery.pki.cms.Envelope;
import dev.chancery.pki.cms.MessageKey;
import dev.chancery.pki.cms.Recipient;
import dev.chancery.pki.cms.SignedMessage;
import dev.chancery.pki.cms.SignedMessage.SignedAttribute;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// A client's pkiMessage, read but neither verified nor opened (RFC 8894 §3.3).
///
/// @param type never [MessageType#CERT_REP]
/// @param signed the whole, with the signer's certificate
public record PkiRequest(
    MessageHeader header, MessageType type, SignedMessage signed, Envelope envelope) {
  /// Reads the rest of a message whose header is known.
  ///
  /// @throws MalformedException if its type is none of those that a client sends, or if it holds no
  ///   envelope; an open PKCS#10 is no envelope (SCEP-145)
  public static PkiRequest of(SignedMessage message, MessageHeader header) {
    MessageType type =
        Attributes.text(message, Attributes.MESSAGE_TYPE)
            .flatMap(MessageType::of)
            .filter(known -> known != MessageType.CERT_REP)
            .orElseThrow(
                () -> new MalformedException("the messageType is missing or not supported"));
    if (!message.contentType().equals(SignedMessage.DATA)) {
      throw new MalformedException("the message's content is not of type data");
    }
    Der content =
        message.content().orElseThrow(() -> new MalformedException("the message has no content"));
    return new PkiRequest(header, type, message, Envelope.parse(content.toByteArray()));
  }

  /// When the message says that it was signed; unverified like all of it. Empty if it does not say.
  ///
  /// @throws MalformedException if it says it in a form that is no time
  public Optional<Instant> signingTime() {
    return Attributes.signingTime(signed);
  }

  /// Makes a message.
  ///
  /// @param content what type demands: a PKCS#10 request, an issuer and subject, or an issuer and
  ///   serial number, in DER
  /// @param recipient the RA's or CA's certificate with an RSA key
  /// @param chain what is sent beside the signer's certificate
  /// @param signingTime when it is signed
  public static byte[] encode(
      MessageType type,
      MessageHeader header,
      byte[] content,
      Certificate recipient,
      ContentCipher cipher,
      MessageKey signer,
      DigestAlgorithm digest,
      List<Certificate> chain,
      Instant signingTime) {
    return encode(
        type.number(),
        header,
        content,
        List.of(recipient),
        cipher,
        signer,
        digest,
        chain,
        List.of(Attributes.signingTime(signingTime)));
  }

  /// The same without the time: nothing of it has to be sent (SCEP-078).
  public static byte[] encode(
      MessageType type,
      MessageHeader header,
      byte[] content,
      Certificate recipient,
      ContentCipher cipher,
      MessageKey signer,
      DigestAlgorithm digest,
      List<Certificate> chain) {
    return encode(
        type.number(), header, content, List.of(recipient), cipher, signer, digest, chain);
  }

  /// For messages that no well-behaved client sends.
  static byte[] encode(
      String type,
      MessageHeader header,
      byte[] content,
      List<Certificate> recipients,
      ContentCipher cipher,
      MessageKey signer,
      DigestAlgorithm digest,
      List<Certificate> chain) {
    return encode(type, header, content, recipients, cipher, signer, digest, chain, List.of());
  }

  private static byte[] encode(
      String type,
      MessageHeader header,
      byte[] content,
      List<Certificate> recipients,
      ContentCipher cipher,
      MessageKey signer,
      DigestAlgorithm digest,
      List<Certificate> chain,
      List<SignedAttribute> further) {
    List<SignedAttribute> attributes =
        new ArrayList<>(
            List.of(
                Attributes.printable(Attributes.MESSAGE_TYPE, type),
                Attributes.printable(Attributes.TRANSACTION_ID, header.transactionId().value()),
                Attributes.nonce(Attributes.SENDER_NONCE, header.senderNonce())));
    attributes.addAll(further);
    byte[] envelope =
        Envelope.seal(
            content,
            cipher,
            recipients.stream().<Recipient>map(Recipient.KeyTransport::new).toList());
    return SignedMessage.sign(signer, digest, Optional.of(Der.of(envelope)), attributes, chain);
  }
}
