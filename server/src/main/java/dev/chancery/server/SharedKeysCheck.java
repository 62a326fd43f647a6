package dev.chancery.server;

import dev.chancery.authority.credential.SecretBox;
import dev.chancery.authority.issuance.IssuerSettings;
import dev.chancery.authority.ledger.Ledger;
import dev.chancery.pki.Der;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

/// Holds all nodes of a ledger to the same keys: one that made its own would issue under another
/// CA, and could not read what the others have sealed.
final class SharedKeysCheck {
  private static final String SECRETS = "secrets-key";
  private static final String AUDIT = "audit-key";
  private static final String ISSUER = "issuer:";
  private static final byte[] PROBE = "chancery".getBytes(StandardCharsets.UTF_8);

  private final Ledger ledger;

  SharedKeysCheck(Ledger ledger) {
    this.ledger = ledger;
  }

  /// Before keys that are missing are made: if other nodes have some, these are missing here.
  ///
  /// @throws StartException if so
  void beforeKeysAreMade(DataFolder data, List<IssuerSettings> issuers) {
    require(SECRETS, data.secretsKey());
    require(AUDIT, data.auditKeyFile());
    issuers.forEach(
        issuer -> require(ISSUER + issuer.name(), data.issuers().resolve(issuer.name() + ".pem")));
  }

  private void require(String fact, Path file) {
    if (!Files.exists(file) && ledger.fact(fact).isPresent()) {
      throw new StartException(
          "the ledger was begun with keys that are not in this data folder: "
              + file.getFileName()
              + " is not here",
          "copy secrets.key, audit.key, audit.pub.pem and issuers/ from another node or a backup",
          null);
    }
  }

  /// When the keys are there: they must be those of the others.
  ///
  /// @param auditKey hex SHA-256 of the public key
  /// @throws StartException if they are not
  void whenKeysAreThere(SecretBox secrets, String auditKey, List<IssuerSettings> issuers) {
    // Sealed, and not a digest: what stands in the database tells nothing about the key.
    String sealed = ledger.fact(SECRETS, HexFormat.of().formatHex(seal(secrets)));
    if (!opens(secrets, sealed)) {
      throw otherKey("secrets.key");
    }
    if (!ledger.fact(AUDIT, auditKey).equals(auditKey)) {
      throw otherKey("audit.key");
    }
    issuers.forEach(issuer -> {
      String _ = ledger.fact(ISSUER + issuer.name(), "made");
    });
  }

  private static byte[] seal(SecretBox secrets) {
    return secrets.seal(SECRETS, PROBE).toByteArray();
  }

  private static boolean opens(SecretBox secrets, String sealed) {
    try {
      return Arrays.equals(secrets.open(SECRETS, Der.of(HexFormat.of().parseHex(sealed))), PROBE);
    } catch (IllegalStateException otherKey) {
      return false;
    }
  }

  private static StartException otherKey(String file) {
    return new StartException(
        file + " is not the key with which this ledger was begun",
        "put back the one that belongs to the ledger, from a backup or from another node",
        null);
  }
}
