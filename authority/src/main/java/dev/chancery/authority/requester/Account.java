package dev.chancery.authority.requester;

import dev.chancery.pki.Der;
import dev.chancery.pki.crypto.Digests;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;

/// A name and password from the configuration, of a program that asks for something on behalf of
/// others, such as a device manager. It gets no certificate by it.
///
/// @param passwordSha256 so that the password does not lie around
public record Account(String user, Der passwordSha256) {
  /// Takes the password's UTF-8 octets.
  public static Account of(String user, String password) {
    return new Account(user, Der.of(Digests.sha256(password.getBytes(StandardCharsets.UTF_8))));
  }

  boolean is(byte[] presentedUser, byte[] presentedPassword) {
    // Both, always: the time tells nobody which was wrong.
    boolean sameUser =
        MessageDigest.isEqual(
            Digests.sha256(user.getBytes(StandardCharsets.UTF_8)), Digests.sha256(presentedUser));
    boolean samePassword =
        MessageDigest.isEqual(passwordSha256.toByteArray(), Digests.sha256(presentedPassword));
    return sameUser && samePassword;
  }

  /// Secrets stay out of logs, their hashes too.
  @Override
  public String toString() {
    return "Account[" + user + "]";
  }
}
