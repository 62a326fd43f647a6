package dev.chancery.pki.cms;

/// A signed message is not signed as it should be: by nobody, by several, by somebody whose
/// certificate is not there, or the signature or a digest is wrong. The message is one plain
/// sentence fragment that may be shown to the peer.
public final class SignatureInvalidException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public SignatureInvalidException(String message) {
    super(message);
  }

  /// The words for the peer.
  public String safeMessage() {
    String message = getMessage();
    return message == null ? "the signature is not valid" : message;
  }
}
