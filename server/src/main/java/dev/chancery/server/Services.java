package dev.chancery.server;

import dev.chancery.authority.Authority;
import dev.chancery.authority.PendingRequests;
import dev.chancery.authority.RevocationLists;
import dev.chancery.authority.Revocations;
import dev.chancery.authority.credential.Credentials;
import dev.chancery.authority.issuance.Issuers;
import dev.chancery.authority.ledger.Ledger;
import dev.chancery.authority.rollover.AutomaticRollover;
import dev.chancery.authority.rollover.Rollover;
import java.time.Clock;
import java.util.List;
import java.util.function.Supplier;

/// What a running server is made of, wired once at start: the parts that administration works with.
///
/// @param rolledOver to be called after a step of a rollover, so that this server follows at once
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
    Clock clock) {}
