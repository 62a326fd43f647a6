package dev.chancery.server.scep;

import dev.chancery.authority.endpoint.Endpoint;
import dev.chancery.authority.files.DurableFile;
import dev.chancery.authority.files.DurableFile.Access;
import dev.chancery.authority.rollover.Generation;
import dev.chancery.pki.MalformedException;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.cms.MessageKey;
import dev.chancery.pki.crypto.SignatureAlgorithm;
import dev.chancery.pki.key.KeyPairs;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The keys of a registration authority in the data folder of the one server: `NAME.key` and
/// `NAME.pem`, and those before in `NAME.previous.key` and `NAME.previous.pem`. For generations of
/// the issuer after the first, NAME ends with a dot and the number.
public final class FolderKeys implements KeyHome {
  private static final Logger LOG = LoggerFactory.getLogger(FolderKeys.class);

  private final Path folder;
  private final Endpoint endpoint;
  private final String file;
  private Optional<List<MessageKey>> known = Optional.empty();

  /// Keys in `folder`, named for the endpoint's label and the number of the issuer's generation.
  public FolderKeys(Path folder, Endpoint endpoint, int generation, Kind kind) {
    this.folder = folder;
    this.endpoint = endpoint;
    // No label holds a dot.
    String name = endpoint.label().isEmpty() ? "default" : "label-" + endpoint.label();
    this.file = Generation.id(name, generation) + (kind == Kind.SIGNING ? ".signature" : "");
  }

  @Override
  public List<MessageKey> keys() {
    if (known.isEmpty()) {
      List<MessageKey> keys = new ArrayList<>();
      load(file)
          .ifPresent(current -> {
            keys.add(current);
            load(file + ".previous").ifPresent(keys::add);
          });
      known = Optional.of(List.copyOf(keys));
    }
    return known.get();
  }

  /// Nobody else works here.
  @Override
  public boolean mayRenew() {
    return true;
  }

  @Override
  public void keep(Certificate certificate, PrivateKey key) {
    List<MessageKey> before = keys();
    DurableFile.privateFolder(folder);
    try {
      if (!before.isEmpty()) {
        copy(".key", Access.PRIVATE);
        copy(".pem", Access.PUBLIC);
      }
    } catch (IOException e) {
      throw new IllegalStateException(
          "the retiring key of " + endpoint.name() + " is unreadable", e);
    }
    // The key first: a crash between the two leaves a pair that does not match, which load() finds.
    DurableFile.write(folder.resolve(file + ".key"), KeyPairs.toPem(key), Access.PRIVATE);
    DurableFile.write(folder.resolve(file + ".pem"), certificate.toPem(), Access.PUBLIC);
    MessageKey current = new MessageKey(certificate, key);
    known = Optional.of(before.isEmpty() ? List.of(current) : List.of(current, before.getFirst()));
  }

  private void copy(String suffix, Access access) throws IOException {
    DurableFile.write(
        folder.resolve(file + ".previous" + suffix),
        Files.readString(folder.resolve(file + suffix)),
        access);
  }

  private Optional<MessageKey> load(String name) {
    Path keyFile = folder.resolve(name + ".key");
    Path certificateFile = folder.resolve(name + ".pem");
    if (!Files.exists(keyFile) || !Files.exists(certificateFile)) {
      return Optional.empty();
    }
    try {
      PrivateKey key = KeyPairs.privateKeyOf(Files.readString(keyFile));
      List<Certificate> certificates = Certificate.parsePem(Files.readString(certificateFile));
      if (certificates.size() == 1 && belongTogether(key, certificates.getFirst())) {
        return Optional.of(new MessageKey(certificates.getFirst(), key));
      }
      LOG.atWarn()
          .addKeyValue("file", keyFile)
          .log("key and certificate do not belong together; they are not used");
    } catch (IOException | MalformedException e) {
      LOG.atWarn().addKeyValue("file", keyFile).setCause(e).log("a key is unreadable");
    }
    return Optional.empty();
  }

  private static boolean belongTogether(PrivateKey key, Certificate certificate) {
    byte[] probe = "scep".getBytes(StandardCharsets.UTF_8);
    return key.getAlgorithm().equals("RSA")
        && certificate.subjectPublicKeyInfo().isRsa()
        && SignatureAlgorithm.RSA_WITH_SHA256.verifies(
            certificate.subjectPublicKeyInfo(),
            probe,
            SignatureAlgorithm.RSA_WITH_SHA256.sign(key, probe));
  }
}
