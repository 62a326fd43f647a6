package dev.chancery.server.metrics;

import dev.chancery.authority.ledger.Collected;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What became of the request that the current thread works on, filled in on the way and read at
/// the end, for its log line and its metrics. Belongs to one thread.
public final class RequestNote {
  /// The note of the request under way.
  public static final ScopedValue<RequestNote> CURRENT = ScopedValue.newInstance();

  private @Nullable String outcome;
  private String code = "";
  private @Nullable String client;
  private final List<Collected> delivered = new ArrayList<>();

  void enrolled(String what, String why) {
    outcome = what;
    code = why;
  }

  void delivers(Collected certificate) {
    delivered.add(certificate);
  }

  /// The certificates that somebody has when the reply has been written: the one in the reply, and
  /// the one that authenticated the request.
  public List<Collected> delivered() {
    return List.copyOf(delivered);
  }

  /// Notes the address of the client, which may be behind a proxy.
  public void client(String address) {
    client = address;
  }

  /// The client's address, once it is known.
  public Optional<String> client() {
    return Optional.ofNullable(client);
  }

  /// `issued`, `redelivered`, `pending`, `refused`; null if the request was no enrollment.
  public @Nullable String outcome() {
    return outcome;
  }

  /// The refusal's code; empty if it was not refused.
  public String code() {
    return code;
  }
}
