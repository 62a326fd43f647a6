package dev.chancery.cli;

import dev.chancery.authority.files.DurableFile;
import dev.chancery.authority.files.DurableFile.Access;
import dev.chancery.pki.MalformedException;
import dev.chancery.pki.Pem;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.certificate.CertificateChain;
import dev.chancery.pki.crypto.SignatureAlgorithm;
import dev.chancery.pki.key.KeyPairs;
import dev.chancery.pki.key.KeyType;
import dev.chancery.pki.key.SubjectPublicKeyInfo;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.util.List;
import java.util.Optional;

/// A device's key, certificate and trust anchors on disk. Keys are written before anything is asked
/// of the server, so that no certificate is ever issued for a key that is lost. Every file has mode
/// 0600 and is replaced whole.
///
/// A renewal with a fresh key changes two files, which cannot happen at once. So both are written
/// beside the old ones first (`.next`), the certificate last, and then renamed. Whoever finds a
/// `.next` certificate finishes that: see [#recover].
///
/// @param key PKCS#8, with the public key behind it
/// @param certificate the leaf, then what is between it and the anchor
/// @param anchors what the server is checked against
record DeviceFiles(Path key, Path certificate, Path anchors) {
  /// The files of one folder.
  static DeviceFiles in(Path folder) {
    return new DeviceFiles(
        folder.resolve("key.pem"), folder.resolve("cert.pem"), folder.resolve("ca.pem"));
  }

  /// Makes the folders that are missing, for the owner alone.
  void prepare() {
    for (Path file : List.of(key, certificate, anchors)) {
      Path folder = file.toAbsolutePath().getParent();
      if (folder != null) {
        DurableFile.privateFolder(folder);
      }
    }
  }

  /// Finishes a renewal that was cut off between its two renames.
  void recover() {
    if (!Files.exists(next(certificate))) {
      return;
    }
    SubjectPublicKeyInfo certified = leafOf(next(certificate)).subjectPublicKeyInfo();
    if (Files.exists(next(key)) && publicKeyOf(readKey(next(key))).equals(certified)) {
      rename(next(key), key);
    }
    if (publicKeyOf(readKey(key)).equals(certified)) {
      rename(next(certificate), certificate);
    }
  }

  boolean hasKey() {
    return Files.exists(key);
  }

  boolean hasCertificate() {
    return Files.exists(certificate);
  }

  Certificate leaf() {
    return leafOf(certificate);
  }

  /// The leaf and what leads from it towards the anchor.
  CertificateChain chain() {
    List<Certificate> all = readCertificates(certificate);
    return new CertificateChain(all.getFirst(), all.subList(1, all.size()));
  }

  KeyPair keyPair() {
    return readKey(key);
  }

  /// The anchors, if they have been stored.
  Optional<List<Certificate>> storedAnchors() {
    return Files.exists(anchors) ? Optional.of(readCertificates(anchors)) : Optional.empty();
  }

  void storeAnchors(List<Certificate> certificates) {
    StringBuilder pem = new StringBuilder();
    certificates.forEach(one -> pem.append(one.toPem()));
    DurableFile.write(anchors, pem.toString(), Access.PRIVATE);
  }

  /// What kind of key [#keyForEnrollment] will find there, if any.
  Optional<KeyType> typeOfKeyForEnrollment() {
    return typeOf(key);
  }

  /// What kind of key [#keyForRenewal] will find there, if any.
  Optional<KeyType> typeOfKeyForRenewal() {
    return typeOf(next(key));
  }

  private static Optional<KeyType> typeOf(Path file) {
    return Files.exists(file) ? publicKeyOf(readKey(file)).type() : Optional.empty();
  }

  /// The key for the first certificate: the one that is there already, perhaps from a try that got
  /// no answer, or a fresh one.
  KeyPair keyForEnrollment(KeyType type) {
    return existingOrFresh(key, type);
  }

  /// The key for the next certificate: that of a renewal which got no answer, or a fresh one.
  KeyPair keyForRenewal(KeyType type) {
    return existingOrFresh(next(key), type);
  }

  private static KeyPair existingOrFresh(Path file, KeyType type) {
    if (Files.exists(file)) {
      KeyPair existing = readKey(file);
      if (!publicKeyOf(existing).type().equals(Optional.of(type))) {
        throw new FailedException(
            "the key in " + file + " is not of type " + type.id(),
            "it is from an earlier try; remove it, or leave out --key-type");
      }
      return existing;
    }
    KeyPair fresh = KeyPairs.generate(type);
    DurableFile.write(
        file,
        keyText(fresh.getPrivate(), SubjectPublicKeyInfo.of(fresh.getPublic())),
        Access.PRIVATE);
    return fresh;
  }

  /// Stores a certificate for the key that is there.
  void store(CertificateChain chain) {
    DurableFile.write(certificate, pemOf(chain), Access.PRIVATE);
  }

  /// Stores a certificate together with the key made by [#keyForRenewal].
  void storeWithNextKey(CertificateChain chain) {
    DurableFile.write(next(certificate), pemOf(chain), Access.PRIVATE);
    recover();
  }

  /// Stores a certificate together with its key, which the server has made. Both appear or neither.
  void storeWithServerKey(CertificateChain chain, PrivateKey serverKey) {
    DurableFile.write(
        next(key), keyText(serverKey, chain.leaf().subjectPublicKeyInfo()), Access.PRIVATE);
    DurableFile.write(next(certificate), pemOf(chain), Access.PRIVATE);
    recover();
  }

  private static String keyText(PrivateKey privateKey, SubjectPublicKeyInfo publicKey) {
    return KeyPairs.toPem(privateKey) + new Pem("PUBLIC KEY", publicKey.der()).encode();
  }

  /// Root certificates stay out: whoever gets the chain must have them from elsewhere.
  private static String pemOf(CertificateChain chain) {
    return new CertificateChain(
            chain.leaf(), chain.authorities().stream().filter(one -> !one.isSelfIssued()).toList())
        .toPem();
  }

  private static Path next(Path file) {
    return file.resolveSibling(file.getFileName() + ".next");
  }

  private static void rename(Path from, Path to) {
    try {
      Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot rename " + from + " to " + to, e);
    }
  }

  private static Certificate leafOf(Path file) {
    return readCertificates(file).getFirst();
  }

  /// The certificates in a PEM file, at least one.
  static List<Certificate> readCertificates(Path file) {
    List<Certificate> certificates;
    try {
      certificates = Certificate.parsePem(read(file));
    } catch (MalformedException e) {
      throw new FailedException(
          "cannot read the certificate in " + file + ": " + e.safeMessage(), "", e);
    }
    if (certificates.isEmpty()) {
      throw new FailedException("there is no certificate in " + file, "");
    }
    return certificates;
  }

  /// Reads a key pair: the private key, and the public one from the block behind it or from the
  /// private key itself where that tells.
  static KeyPair readKey(Path file) {
    String text = read(file);
    try {
      PrivateKey privateKey = KeyPairs.privateKeyOf(text);
      SubjectPublicKeyInfo publicKey =
          Pem.parseAll(text).stream()
              .filter(block -> block.label().equals("PUBLIC KEY"))
              .findFirst()
              .map(block ->
                  SubjectPublicKeyInfo.of(
                      org.bouncycastle.asn1.x509.SubjectPublicKeyInfo.getInstance(
                          block.der().toByteArray())))
              .orElseGet(() -> PublicHalf.of(privateKey));
      KeyPair pair = new KeyPair(publicKey.toPublicKey(), privateKey);
      checkBelong(pair, publicKey, file);
      return pair;
    } catch (MalformedException | IllegalArgumentException e) {
      throw new FailedException(
          "cannot read the key in " + file + ": " + e.getMessage(),
          "it must be PKCS#8 in PEM: openssl pkcs8 -topk8 -nodes -in OLD -out NEW",
          e);
    }
  }

  private static void checkBelong(KeyPair pair, SubjectPublicKeyInfo publicKey, Path file) {
    // An RSA key tells its other half. It is not made to sign, since it may be for encryption only
    // (EST-083).
    boolean belong =
        publicKey.isRsa()
            ? PublicHalf.of(pair.getPrivate()).equals(publicKey)
            : agree(pair, publicKey);
    if (!belong) {
      throw new FailedException("the two halves of the key in " + file + " do not match", "");
    }
  }

  private static boolean agree(KeyPair pair, SubjectPublicKeyInfo publicKey) {
    byte[] probe = "chancery".getBytes(StandardCharsets.US_ASCII);
    SignatureAlgorithm algorithm = SignatureAlgorithm.of(publicKey.type().orElse(KeyType.P_256));
    return algorithm.verifies(publicKey, probe, algorithm.sign(pair.getPrivate(), probe));
  }

  private static SubjectPublicKeyInfo publicKeyOf(KeyPair pair) {
    return SubjectPublicKeyInfo.of(pair.getPublic());
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new FailedException("cannot read " + file, "is it there, and may you read it?", e);
    }
  }
}
