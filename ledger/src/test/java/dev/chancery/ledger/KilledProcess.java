package dev.chancery.ledger;

import dev.chancery.authority.ledger.CertificateRecord;
import dev.chancery.authority.ledger.CommitResult;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/// Enrolls without end into the ledger named by its argument and prints the serial number of each
/// certificate whose commit has returned, until somebody kills it.
final class KilledProcess {
  private static final int ENROLLERS = 32;

  private KilledProcess() {}

  public static void main(String[] arguments) throws Exception {
    SqliteLedger ledger = SqliteLedger.open(Path.of(arguments[0]));
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.US_ASCII);
    for (int i = 0; i < ENROLLERS; i++) {
      String enroller = arguments[1] + "-" + i;
      Thread.ofVirtual().start(() -> enroll(ledger, enroller, out));
    }
    Thread.currentThread().join();
  }

  private static void enroll(SqliteLedger ledger, String enroller, PrintStream out) {
    for (int i = 0; ; i++) {
      String name = enroller + "-" + i;
      CertificateRecord certificate = Samples.deviceCertificate(name);
      ledger.commit(Samples.adding(Samples.credential(name, 1)));
      CommitResult result = ledger.commit(Samples.enrollment(name, "digest-" + name, certificate));
      if (result instanceof CommitResult.Committed) {
        out.print(Samples.serial(certificate) + " " + name + "\n");
        out.flush();
      }
    }
  }
}
