package dev.chancery.bench;

import dev.chancery.lab.Folders;
import dev.chancery.ledger.SqliteLedger;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;

/// The data folder of a server whose ledger has been filled to some size.
///
/// @param data the folder
/// @param filling how it was filled, now or earlier
record GrowthBed(Path data, LedgerLoader.Filling filling) {
  static final int OPEN_CREDENTIALS = 50_000;

  /// Says that filling came to its end; what it says in it is how it went.
  private static final String FILLED = "filled.properties";

  /// What measuring adds may not change the size by more.
  private static final double LARGEST = 1.1;

  /// The ledger with `size` certificates in `folder`: the one that is there, or else a new one.
  static GrowthBed at(Settings settings, Progress progress, Path folder, int size) {
    Path data = folder.resolve("ledger-" + size);
    Path filled = data.resolve(FILLED);
    if (Files.exists(filled)) {
      long count = count(data);
      if (count >= size && count <= LARGEST * size) {
        progress.say("using the ledger in " + data + ", which has " + count + " certificates");
        return new GrowthBed(data, read(filled));
      }
    }
    if (Files.exists(data)) {
      Folders.delete(data);
    }
    progress.begin("first start");
    Chancery.start(settings.script(), data, Growth.SCENARIOS).close();
    LedgerLoader loader = new LedgerLoader(data, progress);
    loader.credentials(OPEN_CREDENTIALS);
    LedgerLoader.Filling filling = loader.certificates(size);
    write(filled, filling);
    return new GrowthBed(data, filling);
  }

  private static long count(Path data) {
    try (SqliteLedger ledger = SqliteLedger.open(data.resolve("ledger.db"))) {
      return ledger.certificateCount();
    }
  }

  private static LedgerLoader.Filling read(Path file) {
    Properties properties = new Properties();
    try (InputStream in = Files.newInputStream(file)) {
      properties.load(in);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + file, e);
    }
    return new LedgerLoader.Filling(
        Long.parseLong(properties.getProperty("certificates")),
        Double.parseDouble(properties.getProperty("seconds")),
        Double.parseDouble(properties.getProperty("index-seconds")));
  }

  private static void write(Path file, LedgerLoader.Filling filling) {
    Properties properties = new Properties();
    properties.setProperty("certificates", Long.toString(filling.loaded()));
    properties.setProperty("seconds", Double.toString(filling.seconds()));
    properties.setProperty("index-seconds", Double.toString(filling.indexSeconds()));
    try (OutputStream out = Files.newOutputStream(file)) {
      properties.store(out, "This ledger is filled");
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + file, e);
    }
  }
}
