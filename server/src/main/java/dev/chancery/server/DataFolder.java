package dev.chancery.server;

import dev.chancery.authority.credential.SecretBox;
import dev.chancery.authority.files.DurableFile;
import dev.chancery.authority.files.DurableFile.Access;
import dev.chancery.pki.MalformedException;
import dev.chancery.pki.Pem;
import dev.chancery.pki.crypto.Digests;
import dev.chancery.pki.crypto.Randomness;
import dev.chancery.pki.crypto.SignatureAlgorithm;
import dev.chancery.pki.key.KeyPairs;
import dev.chancery.pki.key.KeyType;
import dev.chancery.pki.key.SubjectPublicKeyInfo;
import dev.chancery.server.configuration.Configuration;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.util.Arrays;
import java.util.HexFormat;

/// Everything that the server keeps, in one folder that belongs to one server at a time.
///
///     chancery.yaml   settings            secrets.key   seals credentials' secrets
///     issuers/        CA keys             audit.key     signs checkpoints of the audit
///     tls/            the server's key    ledger.db     the ledger
///     admin.sock      for the operator    lock          held while a server runs
final class DataFolder implements AutoCloseable {
  private final Path folder;
  private final FileChannel lock;
  private final boolean fresh;

  private DataFolder(Path folder, FileChannel lock, boolean fresh) {
    this.folder = folder;
    this.lock = lock;
    this.fresh = fresh;
  }

  /// Takes possession of `folder`, making it and its `chancery.yaml` if they are not there.
  ///
  /// @throws StartException if another server has it, or it cannot be written
  static DataFolder open(Path folder) {
    try {
      DurableFile.privateFolder(folder);
      FileChannel lock = lock(folder);
      Path yaml = folder.resolve("chancery.yaml");
      if (!Files.exists(yaml)) {
        DurableFile.write(yaml, Configuration.defaultFile(), Access.PUBLIC);
      }
      return new DataFolder(folder, lock, !Files.exists(folder.resolve(Ledgers.FILE)));
    } catch (IOException | UncheckedIOException e) {
      throw new StartException(
          "cannot work in the data folder " + folder + ": " + e.getMessage(),
          "check that it may be written by this user and that the disk is not full",
          e);
    }
  }

  private static FileChannel lock(Path folder) throws IOException {
    FileChannel channel =
        FileChannel.open(
            folder.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    try {
      if (channel.tryLock() != null) {
        return channel;
      }
    } catch (OverlappingFileLockException heldByThisProcess) {
      // Answered below.
    }
    channel.close();
    throw new StartException(
        "another server works in " + folder,
        "stop it first, or give this one a data folder of its own",
        null);
  }

  Path configuration() {
    return folder.resolve("chancery.yaml");
  }

  Path issuers() {
    return folder.resolve("issuers");
  }

  Path scep() {
    return folder.resolve("scep");
  }

  Path tls() {
    return folder.resolve("tls");
  }

  /// The folder itself.
  Path folder() {
    return folder;
  }

  Path secretsKey() {
    return folder.resolve("secrets.key");
  }

  Path auditKeyFile() {
    return folder.resolve("audit.key");
  }

  Path adminSocket() {
    return folder.resolve("admin.sock");
  }

  Path checkpoints() {
    return folder.resolve("audit-checkpoints.log");
  }

  /// The box for credentials' secrets. Its key is made on the first start only: with another key
  /// every credential would be lost.
  ///
  /// @throws StartException if the key is damaged, or gone while the ledger is there
  SecretBox secretBox() {
    Path file = secretsKey();
    try {
      if (!Files.exists(file)) {
        if (!fresh) {
          throw new StartException(
              "secrets.key is missing from " + folder + ", and the ledger was sealed with it",
              "put it back from a backup",
              null);
        }
        DurableFile.write(file, Randomness.bytes(SecretBox.KEY_BYTES), Access.PRIVATE);
      }
      byte[] key = Files.readAllBytes(file);
      if (key.length != SecretBox.KEY_BYTES) {
        throw new StartException(
            "secrets.key in " + folder + " is damaged: it must have 32 bytes",
            "put it back from a backup",
            null);
      }
      SecretBox box = new SecretBox(key);
      Arrays.fill(key, (byte) 0);
      return box;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + file, e);
    }
  }

  /// Signs checkpoints of the audit with `audit.key`; whoever checks them needs `audit.pub.pem`.
  ///
  /// @throws StartException if the key is damaged
  AuditKey auditKey() {
    Path file = auditKeyFile();
    try {
      if (!Files.exists(file)) {
        KeyPair pair = KeyPairs.generate(KeyType.P_256);
        // The public half first: the private one says that both are there.
        DurableFile.write(
            folder.resolve("audit.pub.pem"),
            new Pem("PUBLIC KEY", SubjectPublicKeyInfo.of(pair.getPublic()).der()).encode(),
            Access.PUBLIC);
        DurableFile.write(file, KeyPairs.toPem(pair.getPrivate()), Access.PRIVATE);
      }
      return new AuditKey(
          KeyPairs.privateKeyOf(Files.readString(file)),
          HexFormat.of()
              .formatHex(Digests.sha256(Files.readAllBytes(folder.resolve("audit.pub.pem")))));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + file, e);
    } catch (MalformedException e) {
      throw new StartException(
          "audit.key in " + folder + " is damaged: " + e.safeMessage(),
          "put it back from a backup",
          e);
    }
  }

  /// The key for checkpoints.
  static final class AuditKey {
    private final PrivateKey key;
    private final String fingerprint;

    private AuditKey(PrivateKey key, String fingerprint) {
      this.key = key;
      this.fingerprint = fingerprint;
    }

    /// Hex SHA-256 of the file with the public key.
    String fingerprint() {
      return fingerprint;
    }

    byte[] sign(byte[] message) {
      return SignatureAlgorithm.of(KeyType.P_256).sign(key, message);
    }
  }

  @Override
  public void close() {
    try {
      lock.close();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot release " + folder, e);
    }
  }
}
