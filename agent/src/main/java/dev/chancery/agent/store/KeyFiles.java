package dev.chancery.agent.store;

import dev.chancery.pki.MalformedException;
import dev.chancery.pki.Pem;
import dev.chancery.pki.key.KeyPairs;
import dev.chancery.pki.key.KeyType;
import dev.chancery.pki.key.SubjectPublicKeyInfo;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.util.Optional;

/// Keys in files: the waiting one, both halves, in the agent's own folder; the others in versions.
final class KeyFiles implements KeyPlace {
  private final Path file;
  private final FileOperations files;

  KeyFiles(Path folder, FileOperations files) {
    this.file = folder.resolve("waiting-key.pem");
    this.files = files;
  }

  @Override
  public Optional<FreshKey> waiting() throws IOException {
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    String text = Files.readString(file, StandardCharsets.US_ASCII);
    try {
      PrivateKey privateKey = KeyPairs.privateKeyOf(text);
      return Pem.parseAll(text).stream()
          .filter(block -> block.label().equals("PUBLIC KEY"))
          .findFirst()
          .map(block ->
              SubjectPublicKeyInfo.of(
                  org.bouncycastle.asn1.x509.SubjectPublicKeyInfo.getInstance(
                      block.der().toByteArray())))
          .map(publicKey ->
              new FreshKey(new KeyPair(publicKey.toPublicKey(), privateKey), Optional.empty()));
    } catch (MalformedException | IllegalArgumentException e) {
      throw new IOException(file + " is damaged; delete it, and a fresh key will be made", e);
    }
  }

  @Override
  public FreshKey make(KeyType type, long version) throws IOException {
    KeyPair pair = KeyPairs.generate(type);
    String text =
        KeyPairs.toPem(pair.getPrivate())
            + new Pem("PUBLIC KEY", SubjectPublicKeyInfo.of(pair.getPublic()).der()).encode();
    files.replace(file, text.getBytes(StandardCharsets.US_ASCII), Attributes.PRIVATE);
    return new FreshKey(pair, Optional.empty());
  }

  @Override
  public void settle(boolean used) throws IOException {
    files.delete(file);
  }

  @Override
  public Optional<PrivateKey> find(String alias) {
    return Optional.empty();
  }

  @Override
  public void forget(String alias) {
    // No token, hence nothing of that name.
  }
}
