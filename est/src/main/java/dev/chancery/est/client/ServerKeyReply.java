package dev.chancery.est.client;

import dev.chancery.est.wire.EstBase64;
import dev.chancery.est.wire.MultipartMixed;
import dev.chancery.est.wire.MultipartMixed.Part;
import dev.chancery.pki.MalformedException;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.cms.CertsOnly;
import dev.chancery.pki.cms.KeyDecryption;
import dev.chancery.pki.cms.ServerGeneratedKey;
import dev.chancery.pki.key.KeyPairs;
import dev.chancery.transport.Body;
import dev.chancery.transport.MediaType;
import java.security.PrivateKey;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;

/// What `/serverkeygen` answers with: two parts, in either order (RFC 7030 §4.4.2, EST-163).
/// Parsed, and opened where it is encrypted; who signed it is for the caller to judge.
///
/// @param certificates never empty
record ServerKeyReply(ReceivedKey key, List<Certificate> certificates) {
  /// The key was not protected as it was asked to be.
  static final class UnprotectedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private UnprotectedException() {
      super("the server sent the key in the clear though it was asked to encrypt it");
    }
  }

  private enum Kind {
    CLEAR_KEY,
    ENCRYPTED_KEY,
    CERTIFICATES
  }

  ServerKeyReply {
    certificates = List.copyOf(certificates);
  }

  /// Reads a reply.
  ///
  /// @param signer is asked whether it believes the maker of an encrypted key, with what else the
  ///   message holds, and throws if it does not
  /// @throws UnprotectedException if encryption was asked for and the key came without
  /// @throws MalformedException if it is anything else
  static ServerKeyReply parse(
      Optional<String> contentType,
      Body body,
      ServerKeyOrder.Protection protection,
      BiConsumer<Certificate, List<Certificate>> signer) {
    List<Part> parts = MultipartMixed.parse(boundary(contentType), body).parts();
    if (parts.size() != 2) {
      throw new MalformedException("it has " + parts.size() + " parts instead of two");
    }
    Part first = parts.getFirst();
    Part second = parts.getLast();
    boolean keyFirst = kind(first) != Kind.CERTIFICATES;
    Part keyPart = keyFirst ? first : second;
    Part certificatePart = keyFirst ? second : first;
    if (kind(keyPart) == Kind.CERTIFICATES || kind(certificatePart) != Kind.CERTIFICATES) {
      throw new MalformedException("its parts are not one key and one certificate");
    }
    List<Certificate> certificates = CertsOnly.parse(EstBase64.decode(certificatePart.content()));
    if (certificates.isEmpty()) {
      throw new MalformedException("it holds no certificate");
    }
    byte[] sent = EstBase64.decode(keyPart.content());
    try {
      return new ServerKeyReply(
          new ReceivedKey(
              switch (protection) {
                case ServerKeyOrder.Protection.TlsAlone() -> clear(kind(keyPart), sent);
                case ServerKeyOrder.Protection.Encrypted(KeyDecryption by) ->
                    decrypted(kind(keyPart), sent, by, signer);
              }),
          certificates);
    } finally {
      Arrays.fill(sent, (byte) 0);
    }
  }

  /// The certificate of the key, if it is there.
  Optional<Certificate> certificateOfKey() {
    PrivateKey own = key.toPrivateKey();
    return certificates.stream()
        .filter(one -> KeyPairs.belongTogether(own, one.subjectPublicKeyInfo()))
        .findFirst();
  }

  private static String boundary(Optional<String> contentType) {
    return contentType
        .flatMap(MediaType::parse)
        .filter(type -> type.is("multipart/mixed"))
        .map(type -> type.parameters().get("boundary"))
        .orElseThrow(() ->
            new MalformedException("its Content-Type is not multipart/mixed with a boundary"));
  }

  private static Kind kind(Part part) {
    MediaType type =
        part.header("Content-Type")
            .flatMap(MediaType::parse)
            .orElseThrow(() -> new MalformedException("a part has no Content-Type"));
    return switch (type.type()) {
      case "application/pkcs8" -> Kind.CLEAR_KEY;
      case "application/pkcs7-mime" ->
          "server-generated-key".equalsIgnoreCase(type.parameters().get("smime-type"))
              ? Kind.ENCRYPTED_KEY
              : Kind.CERTIFICATES;
      default -> throw new MalformedException("a part is neither a key nor a certificate");
    };
  }

  private static byte[] clear(Kind kind, byte[] sent) {
    if (kind != Kind.CLEAR_KEY) {
      throw new MalformedException("its key is encrypted, which was not asked for");
    }
    return ServerGeneratedKey.readClear(sent);
  }

  private static byte[] decrypted(
      Kind kind, byte[] sent, KeyDecryption by, BiConsumer<Certificate, List<Certificate>> signer) {
    if (kind != Kind.ENCRYPTED_KEY) {
      throw new UnprotectedException();
    }
    try (ServerGeneratedKey.Opened opened = ServerGeneratedKey.open(sent, by)) {
      signer.accept(opened.signer(), opened.others());
      return opened.pkcs8();
    }
  }
}
