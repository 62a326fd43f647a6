package dev.chancery.est.responder;

import dev.chancery.authority.KeyDelivery;
import dev.chancery.authority.Refusal;
import dev.chancery.authority.RefusedException;
import dev.chancery.pki.Der;
import dev.chancery.pki.MalformedException;
import dev.chancery.pki.cms.KeyEncipherment;
import dev.chancery.pki.cms.KeyEncryptionKey;
import dev.chancery.pki.cms.SmimeCapabilities;
import dev.chancery.pki.cms.UnfitRecipientException;
import dev.chancery.pki.request.CertificationRequest;
import dev.chancery.pki.request.RequestAttribute;
import java.util.List;
import java.util.Optional;

/// Reads how a request wants its key delivered: encrypted, which takes exactly one key identifier
/// and SMIMECapabilities (RFC 7030 §4.4.1, EST-166), or in the clear, where the endpoint allows
/// that.
final class KeyDeliveryWish {
  private KeyDeliveryWish() {}

  /// What is wanted.
  ///
  /// @throws RefusedException if the endpoint demands encryption and none is wanted, the shared key
  ///   is unknown, or no algorithm fits it
  /// @throws MalformedException if it is said in halves or twice
  static KeyDelivery of(CertificationRequest request, ServerKeyOffer.Offered offered) {
    Optional<Der> shared =
        first(request, RequestAttribute.DecryptKeyIdentifier.class)
            .map(RequestAttribute.DecryptKeyIdentifier::octets);
    Optional<Der> asymmetric =
        first(request, RequestAttribute.AsymmetricDecryptKeyIdentifier.class)
            .map(RequestAttribute.AsymmetricDecryptKeyIdentifier::octets);
    Optional<SmimeCapabilities> capabilities =
        first(request, RequestAttribute.Capabilities.class)
            .map(RequestAttribute.Capabilities::list);
    if (shared.isEmpty() && asymmetric.isEmpty() && capabilities.isEmpty()) {
      return inTheClear(offered);
    }
    if (shared.isPresent() == asymmetric.isPresent()) {
      throw new MalformedException(
          shared.isPresent()
              ? "the request has both DecryptKeyIdentifier and AsymmetricDecryptKeyIdentifier"
              // Perhaps the identifier was forgotten: a key in the clear is not what it wants.
              : "the request has SMIMECapabilities, and no key identifier to go with them");
    }
    if (capabilities.isEmpty()) {
      throw new MalformedException(
          "the request has a decryption key identifier, and no SMIMECapabilities to go with it");
    }
    return shared
        .<KeyDelivery>map(identifier -> byShared(identifier, capabilities.get(), offered))
        .orElseGet(
            () -> new KeyDelivery.ToCertificate(asymmetric.orElseThrow(), capabilities.get()));
  }

  private static KeyDelivery inTheClear(ServerKeyOffer.Offered offered) {
    return switch (offered.encryption()) {
      case OPTIONAL -> new KeyDelivery.Clear();
      case REQUIRED ->
          throw new RefusedException(
              Refusal.Code.KEY_ENCRYPTION_MISSING,
              "keys leave this endpoint encrypted only, and the request does not say for whom",
              "add DecryptKeyIdentifier or AsymmetricDecryptKeyIdentifier, and SMIMECapabilities (RFC"
                  + " 7030 §4.4.1)");
    };
  }

  private static KeyDelivery byShared(
      Der identifier, SmimeCapabilities capabilities, ServerKeyOffer.Offered offered) {
    KeyEncryptionKey key =
        offered.sharedKeys().stream()
            .filter(one -> one.identifier().equals(identifier))
            .findFirst()
            .orElseThrow(() ->
                new RefusedException(
                    Refusal.Code.KEY_ENCRYPTION_IMPOSSIBLE,
                    "the DecryptKeyIdentifier names no key that this endpoint knows",
                    "ask the operator to add it to server-keys.symmetric-keys of this endpoint"));
    try {
      return new KeyDelivery.BySharedKey(KeyEncipherment.withKey(key, capabilities));
    } catch (UnfitRecipientException e) {
      throw new RefusedException(
          new Refusal(
              Refusal.Code.KEY_ENCRYPTION_IMPOSSIBLE,
              e.what(),
              "list the algorithms that fit the key; it is never sent in the clear instead"),
          e);
    }
  }

  private static <A extends RequestAttribute> Optional<A> first(
      CertificationRequest request, Class<A> kind) {
    List<RequestAttribute> attributes = request.attributes();
    return attributes.stream().filter(kind::isInstance).map(kind::cast).findFirst();
  }
}
