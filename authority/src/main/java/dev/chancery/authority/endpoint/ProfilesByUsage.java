package dev.chancery.authority.endpoint;

import dev.chancery.pki.certificate.KeyUsageBit;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/// Profiles that are chosen by what a request wants to do with its key, as Microsoft's NDES does it
/// with its three templates (SCEP-198). A use without profile gets nothing.
///
/// @param signature for digitalSignature and nonRepudiation alone
/// @param encryption for keyEncipherment, dataEncipherment and keyAgreement alone
/// @param generalPurpose for both, and for a request that says nothing of it
public record ProfilesByUsage(
    Optional<String> signature, Optional<String> encryption, Optional<String> generalPurpose) {
  private static final Set<KeyUsageBit> SIGNATURE =
      EnumSet.of(KeyUsageBit.DIGITAL_SIGNATURE, KeyUsageBit.NON_REPUDIATION);
  private static final Set<KeyUsageBit> ENCRYPTION =
      EnumSet.of(
          KeyUsageBit.KEY_ENCIPHERMENT, KeyUsageBit.DATA_ENCIPHERMENT, KeyUsageBit.KEY_AGREEMENT);

  /// Those that there are.
  public List<String> all() {
    return Stream.of(signature, encryption, generalPurpose).flatMap(Optional::stream).toList();
  }

  /// The profile for these uses; empty if there is none, or if they are others.
  ///
  /// @param asked as the request has them; empty if it has none
  public Optional<String> of(Set<KeyUsageBit> asked) {
    Set<KeyUsageBit> others = EnumSet.allOf(KeyUsageBit.class);
    others.retainAll(asked);
    boolean signs = others.removeAll(SIGNATURE);
    boolean encrypts = others.removeAll(ENCRYPTION);
    if (!others.isEmpty()) {
      return Optional.empty();
    }
    return signs == encrypts ? generalPurpose : signs ? signature : encryption;
  }
}
