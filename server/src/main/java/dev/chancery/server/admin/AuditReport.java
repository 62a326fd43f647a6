package dev.chancery.server.admin;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.chancery.authority.audit.Checkpoint;
import dev.chancery.authority.ledger.Ledger;
import dev.chancery.ledger.AuditVerification;
import dev.chancery.ledger.AuditVerification.Result;
import dev.chancery.ledger.CheckpointFile;
import dev.chancery.pki.MalformedException;
import dev.chancery.pki.Pem;
import dev.chancery.pki.crypto.SignatureAlgorithm;
import dev.chancery.pki.key.SubjectPublicKeyInfo;
import dev.chancery.server.Ledgers;
import dev.chancery.server.configuration.Configuration;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Optional;

/// What the verification of a data folder's audit has found: `intact`, and then `entries`,
/// `checkpoints` and `anchors`, or else `sequence` and `gap`, the first place where it was changed
/// and how.
public final class AuditReport {
  private static final String PUBLIC_KEY = "audit.pub.pem";
  private static final String CHECKPOINTS = "audit-checkpoints.log";

  private AuditReport() {}

  /// Verifies the audit of a folder where no server runs, wherever its ledger is.
  ///
  /// @throws IllegalStateException if there is none, or its key is damaged
  /// @throws dev.chancery.configuration.ConfigurationException if `chancery.yaml` is not sound
  /// @throws dev.chancery.authority.ledger.LedgerUnavailableException if the ledger cannot be
  ///   opened
  public static ObjectNode ofFolder(Path dataFolder, Clock clock, Progress progress) {
    return ofFolder(dataFolder, List.of(), clock, progress);
  }

  /// The same with checkpoints that were kept elsewhere.
  ///
  /// @param anchors see [AuditVerification]
  public static ObjectNode ofFolder(
      Path dataFolder, List<Checkpoint> anchors, Clock clock, Progress progress) {
    Configuration.Database database = databaseOf(dataFolder);
    if (database instanceof Configuration.Database.Sqlite
        && !Files.exists(dataFolder.resolve(Ledgers.FILE))) {
      throw new IllegalStateException("there is no ledger in " + dataFolder);
    }
    try (Ledger ledger = Ledgers.open(database, dataFolder, clock.instant())) {
      return of(ledger, dataFolder, anchors, progress);
    }
  }

  /// A folder without settings, such as a copy of the ledger and the audit's key, is one of SQLite.
  private static Configuration.Database databaseOf(Path dataFolder) {
    Path file = dataFolder.resolve("chancery.yaml");
    return Files.exists(file)
        ? Configuration.load(file).database()
        : new Configuration.Database.Sqlite(Optional.empty());
  }

  /// Verifies the audit in `ledger` with the key and the copies of the checkpoints in `dataFolder`.
  public static ObjectNode of(Ledger ledger, Path dataFolder, Progress progress) {
    return of(ledger, dataFolder, List.of(), progress);
  }

  /// The same with checkpoints that were kept elsewhere.
  ///
  /// @param anchors see [AuditVerification]
  public static ObjectNode of(
      Ledger ledger, Path dataFolder, List<Checkpoint> anchors, Progress progress) {
    SubjectPublicKeyInfo key = publicKey(dataFolder.resolve(PUBLIC_KEY));
    Result result =
        new AuditVerification(
                ledger,
                key,
                SignatureAlgorithm.of(key.type().orElseThrow()),
                new CheckpointFile(dataFolder.resolve(CHECKPOINTS)).read(),
                anchors)
            .run(progress::at);
    return switch (result) {
      case Result.Intact intact ->
          Json.object()
              .put("intact", true)
              .put("entries", intact.entries())
              .put("checkpoints", intact.checkpoints())
              .put("anchors", anchors.size())
              .put(
                  "signedUpTo",
                  intact.lastCheckpoint().map(checkpoint -> checkpoint.sequence()).orElse(0L));
      case Result.Broken(long sequence, String what) ->
          Json.object().put("intact", false).put("sequence", sequence).put("gap", what);
    };
  }

  private static SubjectPublicKeyInfo publicKey(Path file) {
    try {
      return Pem.parseAll(Files.readString(file)).stream()
          .filter(block -> block.label().equals("PUBLIC KEY"))
          .findFirst()
          .map(block ->
              SubjectPublicKeyInfo.of(
                  org.bouncycastle.asn1.x509.SubjectPublicKeyInfo.getInstance(
                      block.der().toByteArray())))
          .orElseThrow(() -> new IllegalStateException("there is no public key in " + file));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read the audit's key " + file, e);
    } catch (MalformedException | IllegalArgumentException e) {
      throw new IllegalStateException("the audit's key " + file + " is damaged", e);
    }
  }
}
