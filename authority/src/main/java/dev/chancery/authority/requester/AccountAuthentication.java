package dev.chancery.authority.requester;

import dev.chancery.authority.Refusal;
import dev.chancery.authority.RefusedException;
import java.nio.charset.StandardCharsets;

/// Checks the name and password of an [Account], with the limit on wrong secrets that holds for
/// credentials too. Thread-safe.
public final class AccountAuthentication {
  private final FailureLimit failures;

  public AccountAuthentication(FailureLimit failures) {
    this.failures = failures;
  }

  /// Verifies that somebody at `address` knows the account.
  ///
  /// @param password wiped by the caller
  /// @throws RefusedException if not
  public void authenticate(Account account, String user, byte[] password, String address) {
    failures.refuseIfExceeded(address);
    if (!account.is(user.getBytes(StandardCharsets.UTF_8), password)) {
      failures.count(address);
      throw new RefusedException(
          Refusal.Code.CREDENTIAL_UNKNOWN,
          "the account's name or password is wrong",
          "compare them with hand-out.user and hand-out.password-file");
    }
  }
}
