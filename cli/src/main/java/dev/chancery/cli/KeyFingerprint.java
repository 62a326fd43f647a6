package dev.chancery.cli;

import dev.chancery.pki.MalformedException;
import dev.chancery.pki.Pem;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.key.SubjectPublicKeyInfo;
import dev.chancery.pki.request.CertificationRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/// The hex SHA-256 of a subject public key info, from what an operator has at hand.
final class KeyFingerprint {
  private KeyFingerprint() {}

  /// Takes the hash itself (colons allowed), or a PEM file with a public key, a request or a
  /// certificate.
  ///
  /// @throws FailedException if it is none of them
  static String of(String text) {
    String hex = text.replace(":", "").toLowerCase(Locale.ROOT);
    if (hex.matches("[0-9a-f]{64}")) {
      return hex;
    }
    try {
      Pem block =
          Pem.parseAll(Files.readString(Path.of(text))).stream()
              .findFirst()
              .orElseThrow(() -> new MalformedException("it holds no PEM block"));
      byte[] der = block.der().toByteArray();
      return switch (block.label()) {
        case "PUBLIC KEY" ->
            SubjectPublicKeyInfo.of(
                    org.bouncycastle.asn1.x509.SubjectPublicKeyInfo.getInstance(der))
                .sha256Hex();
        case "CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST" ->
            CertificationRequest.parse(der).template().subjectPublicKey().sha256Hex();
        case "CERTIFICATE" -> Certificate.parse(der).subjectPublicKeyInfo().sha256Hex();
        default -> throw new MalformedException("it holds a " + block.label());
      };
    } catch (IOException e) {
      throw new FailedException(
          "\"" + text + "\" is neither a SHA-256 in hex nor a readable file",
          "give 64 hex digits, or a PEM file with a public key, a request or a certificate",
          e);
    } catch (MalformedException | IllegalArgumentException e) {
      throw new FailedException(
          "cannot read a key from " + text + ": " + e.getMessage(),
          "give a PEM file with a public key, a request or a certificate",
          e);
    }
  }
}
