package dev.chancery.bench;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/// What a new CRL costs a server after one more certificate was revoked.
///
/// @param entries on the list
/// @param bytes of the list
/// @param seconds from the command to its answer
/// @param cpuSeconds of the server meanwhile
/// @param peakMegabytes the most RSS that the server ever had, until after the list
/// @param fetchMillis to fetch the list once
public record RevocationLoad(
    long entries,
    long bytes,
    double seconds,
    double cpuSeconds,
    double peakMegabytes,
    double fetchMillis) {
  /// Revokes the certificate with the serial number `serial` and has a CRL made.
  ///
  /// @param revoked how many are revoked without it
  static RevocationLoad measure(Chancery server, String serial, long revoked) {
    server.command("cert", "revoke", serial);
    Usage before = Usage.of(server.processes());
    long begun = System.nanoTime();
    server.command("ca", "crl", "--issuer", "issuing");
    double seconds = (System.nanoTime() - begun) / 1e9;
    Usage after = Usage.of(server.processes());
    begun = System.nanoTime();
    long bytes = fetch(server.port(Protocol.SCEP));
    double fetchMillis = (System.nanoTime() - begun) / 1e6;
    return new RevocationLoad(
        revoked + 1,
        bytes,
        seconds,
        (after.cpuMillis() - before.cpuMillis()) / 1e3,
        peakMegabytes(server.processes().getFirst()),
        fetchMillis);
  }

  private static long fetch(int clearPort) {
    try (InputStream in =
        URI.create("http://127.0.0.1:" + clearPort + "/crl/issuing.crl").toURL().openStream()) {
      return in.readAllBytes().length;
    } catch (IOException e) {
      throw new UncheckedIOException("the CRL cannot be fetched", e);
    }
  }

  private static double peakMegabytes(long process) {
    try (Stream<String> lines = Files.lines(Path.of("/proc/" + process + "/status"))) {
      return lines
              .filter(line -> line.startsWith("VmHWM:"))
              .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
              .findFirst()
              .orElse(0)
          / 1024.0;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read the memory of " + process, e);
    }
  }
}
