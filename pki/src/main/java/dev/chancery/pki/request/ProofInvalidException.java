package dev.chancery.pki.request;

/// The signature that shall prove possession of the private key does not verify.
public final class ProofInvalidException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public ProofInvalidException() {
    super("the signature of the certification request does not verify with the key inside it");
  }
}
