package dev.chancery.pki.cms;

import dev.chancery.pki.Der;
import dev.chancery.pki.MalformedException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/// A symmetric key that two parties share, and what they call it (KEKIdentifier, RFC 5652 §6.2.3).
/// Immutable; `toString` shows the identifier only.
public final class KeyEncryptionKey {
  /// RFC 4108 §2.2.5 sets no limit; nobody needs more.
  static final int MAX_IDENTIFIER_BYTES = 256;

  private final Der identifier;
  private final Der key;
  private final AesStrength strength;

  private KeyEncryptionKey(Der identifier, Der key, AesStrength strength) {
    this.identifier = identifier;
    this.key = key;
    this.strength = strength;
  }

  /// An AES key.
  ///
  /// @param identifier 1 to 256 octets
  /// @param key 16, 24 or 32 bytes
  /// @throws MalformedException if either has another length
  public static KeyEncryptionKey of(Der identifier, byte[] key) {
    if (identifier.length() == 0 || identifier.length() > MAX_IDENTIFIER_BYTES) {
      throw new MalformedException("a key identifier has 1 to " + MAX_IDENTIFIER_BYTES + " octets");
    }
    AesStrength strength =
        AesStrength.ofKeyBytes(key.length)
            .orElseThrow(
                () -> new MalformedException("a key for AES key wrap has 16, 24 or 32 bytes"));
    return new KeyEncryptionKey(identifier, Der.of(key), strength);
  }

  /// The key written as hex digits, white space around them ignored: the form of key files and of
  /// `openssl cms -secretkey`.
  ///
  /// @throws MalformedException if it is none; the message quotes nothing
  public static KeyEncryptionKey parse(Der identifier, String hex) {
    try {
      return of(identifier, HexFormat.of().parseHex(hex.strip()));
    } catch (IllegalArgumentException e) {
      // Without the cause, which quotes a digit of a secret.
      throw new MalformedException("the key is not written as 32, 48 or 64 hex digits");
    }
  }

  /// The octets of an identifier as people write it: text, which stands for its UTF-8 octets, or
  /// `hex:` and hex digits.
  ///
  /// @throws MalformedException if it is empty, too long or no hex
  public static Der identifier(String text) {
    Der identifier;
    try {
      identifier =
          Der.of(
              text.startsWith("hex:")
                  ? HexFormat.of().parseHex(text.substring("hex:".length()))
                  : text.getBytes(StandardCharsets.UTF_8));
    } catch (IllegalArgumentException e) {
      throw new MalformedException("what follows \"hex:\" is not hex digits", e);
    }
    if (identifier.length() == 0 || identifier.length() > MAX_IDENTIFIER_BYTES) {
      throw new MalformedException("a key identifier has 1 to " + MAX_IDENTIFIER_BYTES + " octets");
    }
    return identifier;
  }

  /// The octets by which messages name the key.
  public Der identifier() {
    return identifier;
  }

  AesStrength strength() {
    return strength;
  }

  /// A copy, for the caller to wipe.
  byte[] bytes() {
    return key.toByteArray();
  }

  /// Secrets stay out of logs.
  @Override
  public String toString() {
    return "KeyEncryptionKey[" + HexFormat.of().formatHex(identifier.toByteArray()) + "]";
  }
}
