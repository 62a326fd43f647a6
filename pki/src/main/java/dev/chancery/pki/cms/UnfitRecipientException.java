package dev.chancery.pki.cms;

/// Nothing can be encrypted for that recipient as it wants it: its certificate does not allow it,
/// or there is no algorithm that both sides know. The message may be shown to the peer.
public final class UnfitRecipientException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String what;

  UnfitRecipientException(String what) {
    super(what);
    this.what = what;
  }

  /// One plain sentence fragment.
  public String what() {
    return what;
  }
}
