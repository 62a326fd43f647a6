package dev.chancery.server.scep.intune;

import dev.chancery.server.scep.outbound.FileSecret;
import dev.chancery.server.scep.outbound.OutboundTrust;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;

/// An app registration and where to use it.
///
/// @param tenant directory id or domain
/// @param clientId application id
/// @param loginUrl who gives tokens; another one in national clouds
/// @param graphUrl where services are looked up
/// @param graphScope of the token for looking up
/// @param scope of the token for Intune itself, with two slashes
/// @param provider name and version of the caller, as Intune's reports show it
/// @param timeout for one exchange
/// @param successNotification when Intune hears of a certificate
/// @param revocationInterval how often Intune's revocation requests are fetched; empty for never
public record IntuneSettings(
    String tenant,
    String clientId,
    Proof proof,
    URI loginUrl,
    URI graphUrl,
    String graphScope,
    String scope,
    String provider,
    Duration timeout,
    SuccessNotification successNotification,
    Optional<Duration> revocationInterval,
    OutboundTrust trust) {
  /// When Intune hears of a certificate.
  public enum SuccessNotification {
    /// After the reply, from a queue that survives a crash.
    DURABLE,
    /// Before the reply; a certificate of which it cannot be told is revoked.
    BEFORE_REPLY
  }

  /// How the application proves who it is.
  public sealed interface Proof {
    record Secret(FileSecret secret) implements Proof {}

    /// A key whose certificate is registered with the application.
    record Certificate(OutboundTrust.Identity identity) implements Proof {}
  }
}
