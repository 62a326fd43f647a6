package dev.chancery.authority;

import dev.chancery.authority.credential.SecretBox;
import dev.chancery.authority.ledger.Ledger;
import dev.chancery.authority.ledger.PendingRecord;
import dev.chancery.pki.crypto.Digests;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/// Keeps, sealed, what a responder needs to ask again for a requester that only asks what became of
/// its request. Asking again is the whole of it: the certificate is made, as always, by
/// [Authority#enroll]. Thread-safe.
public final class Exchanges {
  /// A person decides: who asks more often than every three seconds learns nothing by it.
  private static final int QUESTIONS_PER_MINUTE = 20;

  private final Ledger ledger;
  private final SecretBox box;
  private final Clock clock;
  private final Pace pace;

  public Exchanges(Ledger ledger, SecretBox box, Clock clock) {
    this.pace = new Pace(QUESTIONS_PER_MINUTE, clock);
    this.ledger = ledger;
    this.box = box;
    this.clock = clock;
  }

  /// The dialogue that a message belongs to.
  ///
  /// @param parts what names the dialogue within the protocol, such as endpoint and transaction ID
  /// @param message as received
  /// @param request what [#pendingRequest] shall give back; may hold a secret
  public Exchange open(
      Iterable<String> parts, byte[] message, Supplier<byte[]> request, Map<String, String> facts) {
    String name = name(parts);
    return new Exchange(
        name,
        HexFormat.of().formatHex(Digests.sha256(message)),
        () -> box.seal(name, request.get()),
        facts);
  }

  /// True if the very message of `exchange` has led to a certificate. [Authority#enroll] refuses
  /// it; whoever would ask others about it first asks here.
  public boolean isReplay(Exchange exchange) {
    return ledger.answerTo(exchange.answerDigest(), clock.instant()).isPresent();
  }

  /// What was asked in the newest dialogue of that name which waits for a decision, has one, or can
  /// still be collected. The caller wipes it.
  public Optional<byte[]> pendingRequest(Iterable<String> parts) {
    String name = name(parts);
    return ledger
        .pendingInExchange(name)
        .filter(this::isOpen)
        .flatMap(PendingRecord::exchange)
        .map(kept -> box.open(name, kept.sealedRequest()));
  }

  /// Counts a question of the requester itself about the dialogue of that name.
  ///
  /// @return true if there have been so many within a minute that this one need not be answered
  ///   anew
  public boolean isAskedTooOften(Iterable<String> parts) {
    return pace.isExceededBy(name(parts));
  }

  /// True if the newest dialogue of that name waits for a decision, or for the requester to come
  /// back after one in its favour.
  public boolean waits(Iterable<String> parts) {
    return ledger
        .pendingInExchange(name(parts))
        .filter(record ->
            record.state() instanceof PendingRecord.State.Waiting
                || record.state() instanceof PendingRecord.State.Approved)
        .isPresent();
  }

  private boolean isOpen(PendingRecord record) {
    return switch (record.state()) {
      case PendingRecord.State.Waiting waiting -> true;
      case PendingRecord.State.Approved approved -> true;
      case PendingRecord.State.Denied denied -> true;
      case PendingRecord.State.Done done ->
          ledger.answerTo(record.digest(), clock.instant()).isPresent();
    };
  }

  private static String name(Iterable<String> parts) {
    // No part holds a line feed: labels and transaction IDs have smaller alphabets.
    byte[] text = String.join("\n", parts).getBytes(StandardCharsets.UTF_8);
    return HexFormat.of().formatHex(Digests.sha256(text));
  }
}
