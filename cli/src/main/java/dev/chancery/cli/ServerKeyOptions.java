package dev.chancery.cli;

import dev.chancery.est.client.ServerKeyOrder.Protection;
import dev.chancery.pki.MalformedException;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.cms.KeyDecryption;
import dev.chancery.pki.cms.KeyEncryptionKey;
import dev.chancery.pki.key.KeyPairs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Option;

/// Options for a key that the server makes.
final class ServerKeyOptions {
  @Option(
      names = "--server-key",
      description =
          "Lets the server make the key (its type is --key-type where the server agrees).")
  private boolean serverKey;

  @Option(
      names = "--decrypt-key",
      paramLabel = "FILE",
      description =
          "With --server-key: demands that the key be encrypted by the AES key in this file (hex).")
  private Optional<Path> key = Optional.empty();

  @Option(
      names = "--decrypt-key-id",
      paramLabel = "ID",
      description = "What the server calls that AES key: text, or hex: and hex digits.")
  private Optional<String> keyId = Optional.empty();

  @Option(
      names = "--decrypt-certificate",
      paramLabel = "FILE",
      description =
          "With --server-key: demands that the key be encrypted for this certificate (PEM), which the"
              + " server has issued for the same names.")
  private Optional<Path> certificate = Optional.empty();

  @Option(
      names = "--decrypt-certificate-key",
      paramLabel = "FILE",
      description = "The private key of that certificate (PKCS#8 in PEM).")
  private Optional<Path> certificateKey = Optional.empty();

  boolean wanted() {
    return serverKey;
  }

  /// Refuses combinations that mean nothing.
  void check() {
    boolean any =
        key.isPresent()
            || keyId.isPresent()
            || certificate.isPresent()
            || certificateKey.isPresent();
    if (any && !serverKey) {
      throw FailedException.usage("the options --decrypt-… belong to --server-key", "add it");
    }
    if (key.isPresent() != keyId.isPresent()) {
      throw FailedException.usage("--decrypt-key and --decrypt-key-id go together", "give both");
    }
    if (certificate.isPresent() != certificateKey.isPresent()) {
      throw FailedException.usage(
          "--decrypt-certificate and --decrypt-certificate-key go together", "give both");
    }
    if (key.isPresent() && certificate.isPresent()) {
      throw FailedException.usage(
          "a key is encrypted in one way", "leave out --decrypt-key or --decrypt-certificate");
    }
  }

  /// How the key shall travel; reads the files.
  Protection protection() {
    if (key.isPresent()) {
      return new Protection.Encrypted(new KeyDecryption.BySharedKey(sharedKey()));
    }
    if (certificate.isPresent()) {
      return new Protection.Encrypted(byCertificate());
    }
    return new Protection.TlsAlone();
  }

  private KeyEncryptionKey sharedKey() {
    try {
      return KeyEncryptionKey.parse(
          KeyEncryptionKey.identifier(keyId.orElseThrow()), read(key.orElseThrow()));
    } catch (MalformedException e) {
      throw new FailedException(
          "cannot use the key in " + key.orElseThrow() + ": " + e.safeMessage(),
          "the file holds 32, 48 or 64 hex digits",
          e);
    }
  }

  private KeyDecryption byCertificate() {
    try {
      PrivateKey own = KeyPairs.privateKeyOf(read(certificateKey.orElseThrow()));
      List<Certificate> certificates = Certificate.parsePem(read(certificate.orElseThrow()));
      if (certificates.isEmpty()
          || !KeyPairs.belongTogether(own, certificates.getFirst().subjectPublicKeyInfo())) {
        throw new FailedException(
            certificateKey.orElseThrow()
                + " is not the key of the certificate in "
                + certificate.orElseThrow(),
            "");
      }
      KeyDecryption.ByCertificate by =
          new KeyDecryption.ByCertificate(own, certificates.getFirst());
      if (certificates.getFirst().subjectKeyIdentifier().isEmpty()) {
        throw new FailedException(
            "the certificate in " + certificate.orElseThrow() + " has no subject key identifier",
            "a request names it by that");
      }
      return by;
    } catch (MalformedException e) {
      throw new FailedException(
          "cannot use the certificate to decrypt with: " + e.safeMessage(), "", e);
    }
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new FailedException("cannot read " + file, "is it there, and may you read it?", e);
    }
  }
}
