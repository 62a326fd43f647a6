package dev.chancery.scep.responder;

import dev.chancery.pki.Der;
import dev.chancery.pki.MalformedException;
import dev.chancery.pki.cms.DigestAlgorithm;
import dev.chancery.pki.cms.MessageKey;
import dev.chancery.pki.cms.SignedMessage;
import dev.chancery.scep.wire.MessageHeader;
import dev.chancery.scep.wire.PkiRequest;
import dev.chancery.transport.Request;
import java.util.List;
import java.util.Optional;

/// One message with what belongs to it.
///
/// @param known empty if [PkiRequest] does not know it; that is refused when its turn comes
record Dialogue(
    Request request,
    Target target,
    Der octets,
    SignedMessage signed,
    MessageHeader header,
    Optional<PkiRequest> known) {
  ScepEndpoint endpoint() {
    return target.endpoint();
  }

  /// What names the transaction: its endpoint and its ID (SCEP-076).
  List<String> name() {
    return List.of("scep", endpoint().endpoint().name(), header.transactionId().value());
  }

  /// The digest to reply with: the request's, since old clients know no other (SCEP-131), unless
  /// the policy forbids it (SCEP-123).
  DigestAlgorithm digest() {
    return signed.digest().filter(endpoint().algorithms()::allows).orElse(DigestAlgorithm.SHA_256);
  }

  /// The dialogue that begins with a message.
  static Dialogue of(
      Request request, Target target, byte[] octets, SignedMessage signed, MessageHeader header) {
    return new Dialogue(request, target, Der.of(octets), signed, header, known(signed, header));
  }

  /// The message, if it is one of those that clients send.
  private static Optional<PkiRequest> known(SignedMessage signed, MessageHeader header) {
    try {
      return Optional.of(PkiRequest.of(signed, header));
    } catch (MalformedException answeredLater) {
      return Optional.empty();
    }
  }

  /// The key with which the reply is signed: the one that the client knows, for which it sealed its
  /// message, or else the one that is shown (SCEP-153); where there are two, the other half of
  /// that.
  MessageKey signingKey() {
    RegistrationKeys keys = target.keys();
    return keys.signing(
        known
            .flatMap(message -> keys.keys().stream().filter(message.envelope()::isFor).findFirst())
            .orElseGet(keys::current));
  }

  /// Who the message says it is from, unproven.
  String claimed() {
    String signer =
        signed.certificates().stream()
            .findFirst()
            .map(certificate -> certificate.subject().toString())
            .orElse("");
    String text = "transaction " + header.transactionId() + ", signer " + signer;
    String clean = text.replaceAll("\\p{Cntrl}", " ");
    return clean.length() > 400 ? clean.substring(0, 400) : clean;
  }
}
