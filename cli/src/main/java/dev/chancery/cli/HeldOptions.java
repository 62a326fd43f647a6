package dev.chancery.cli;

import java.nio.file.Path;
import picocli.CommandLine.Option;

/// Where a device holds its key and certificates, and what becomes of the key.
final class HeldOptions {
  @Option(
      names = "--out",
      paramLabel = "DIR",
      defaultValue = ".",
      description = "Where key.pem, cert.pem and ca.pem are (default: the current folder).")
  private Path out = Path.of(".");

  @Option(names = "--keep-key", description = "With --renew: keeps the key (default: a fresh one).")
  private boolean keepKey;

  Path folder() {
    return out;
  }

  DeviceFiles files() {
    return DeviceFiles.in(out);
  }

  boolean keepsKey() {
    return keepKey;
  }

  /// Fails unless there is what `--renew` renews; without it, unless there is nothing to overwrite.
  static void check(DeviceFiles files, boolean renew) {
    if (renew && !files.hasCertificate()) {
      throw new FailedException(
          "there is no certificate to renew in " + files.certificate(),
          "get one first: leave out --renew, and give --credential");
    }
    if (!renew && files.hasCertificate()) {
      throw new FailedException(
          "there is a certificate already in " + files.certificate(),
          "renew it with --renew, or choose another --out");
    }
  }
}
