package dev.chancery.server;

import dev.chancery.authority.Authority;
import dev.chancery.authority.PendingRequests;
import dev.chancery.authority.Rehearsal;
import dev.chancery.authority.RevocationLists;
import dev.chancery.authority.Revocations;
import dev.chancery.authority.credential.Credentials;
import dev.chancery.authority.issuance.Issuers;
import dev.chancery.authority.ledger.Ledger;
import dev.chancery.authority.rollover.AutomaticRollover;
import dev.chancery.authority.rollover.Rollover;
import dev.chancery.pki.certificate.Certificate;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/// What a running server is made of, wired once at start: the parts that administration works with.
///
/// @param rolledOver to be called after a step of a rollover, so that this server follows at once
/// @param linting by the configuration of the last reload
/// @param endpoints names of the configured endpoints (`est`, `est/factory`), as of the last reload
public record Services(
    Ledger ledger,
    Authority authority,
    Issuers issuers,
    Credentials credentials,
    PendingRequests pendingRequests,
    Revocations revocations,
    RevocationLists revocationLists,
    Rollover rollover,
    AutomaticRollover automaticRollover,
    Runnable rolledOver,
    Supplier<List<String>> endpoints,
    Linting linting,
    Clock clock) {
  /// Tells what would become of a request.
  @FunctionalInterface
  public interface Linting {
    /// Looks at a request without making it.
    ///
    /// @param endpoint one of [#endpoints]
    /// @param file a PKCS#10 request, PEM or DER, or a SCEP message
    /// @param credential id of the one that it would come with
    /// @param signer the certificate that it would be authenticated with
    /// @param address where it would come from
    Rehearsal lint(
        String endpoint,
        byte[] file,
        Optional<String> credential,
        Optional<Certificate> signer,
        String address);
  }
}
