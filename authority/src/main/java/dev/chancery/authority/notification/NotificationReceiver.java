package dev.chancery.authority.notification;

import dev.chancery.pki.Der;
import dev.chancery.pki.certificate.Certificate;
import java.util.Optional;

/// Takes notifications: the port to the party outside. Blocks within deadlines of its own, never
/// throws for anything that the other side can cause, and is thread-safe. The same notification may
/// come more than once.
public interface NotificationReceiver {
  /// Delivers one.
  ///
  /// @param request PKCS#10 in DER, as the requester sent it
  /// @param certificate the one that was issued, if one was
  Receipt tell(Notification notification, Der request, Optional<Certificate> certificate);

  /// Whether a certificate is delivered only after it was told here; one of which it cannot be told
  /// is revoked.
  default boolean isToldFirst() {
    return false;
  }

  /// What became of the delivery.
  sealed interface Receipt {
    /// It was taken.
    ///
    /// @param reference under which the other side can find it
    record Taken(String reference) implements Receipt {}

    /// It could not be delivered now.
    ///
    /// @param code stable, such as `http-503`
    record NotNow(String code, String problem) implements Receipt {}

    /// The other side will never take it.
    record Never(String code, String problem) implements Receipt {}
  }
}
