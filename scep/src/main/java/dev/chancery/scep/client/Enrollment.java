package dev.chancery.scep.client;

import dev.chancery.pki.certificate.Certificate;
import dev.chancery.scep.wire.TransactionId;
import java.util.List;

/// What became of a request.
public sealed interface Enrollment {
  /// The certificate is there.
  ///
  /// @param certificate for the key that was asked for
  /// @param others that came with it
  record Issued(Certificate certificate, List<Certificate> others) implements Enrollment {
    public Issued {
      others = List.copyOf(others);
    }
  }

  /// Somebody has to decide: ask with this transaction ID and the same key.
  record Pending(TransactionId transactionId) implements Enrollment {}
}
