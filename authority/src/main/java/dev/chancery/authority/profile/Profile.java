package dev.chancery.authority.profile;

import dev.chancery.authority.endpoint.NameSpace;
import dev.chancery.pki.certificate.KeyUsageBit;
import dev.chancery.pki.key.KeyType;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/// A kind of certificate, checked and ready for use.
///
/// @param keyTypes which keys it takes, in order of preference
/// @param names how the certificate's names come from the entitled ones
/// @param extendedKeyUsage dotted OIDs
/// @param validity from now on; cut at the issuer's own end
/// @param backdate how long before now validity starts, for clients whose clocks are slow
/// @param renewalWindow how long before expiry a renewal may come; empty for any time
/// @param keyReuse whether a key may be certified again
/// @param certificatesPerIdentity how many certificates there may be for the same names at a time,
///   renewed ones not counted; empty for any number
/// @param reissue what becomes of certificates that nobody has collected when the same names are
///   enrolled anew
/// @param nameChange to which names ChangeSubjectName (RFC 6402 §2.8) may lead; nothing inside
///   forbids it
/// @param copiedExtensions OIDs of extensions that are copied from the request
/// @param approval who decides
/// @param rules how strict each rule is; holds all of [Rule]
public record Profile(
    String name,
    List<KeyType> keyTypes,
    NameTemplate names,
    List<KeyUsageBit> keyUsage,
    List<String> extendedKeyUsage,
    Duration validity,
    Duration backdate,
    Optional<Duration> renewalWindow,
    KeyReuse keyReuse,
    OptionalInt certificatesPerIdentity,
    Reissue reissue,
    NameSpace nameChange,
    Set<String> copiedExtensions,
    Approval approval,
    Map<Rule, RuleMode> rules) {
  public Profile {
    keyTypes = List.copyOf(keyTypes);
    keyUsage = List.copyOf(keyUsage);
    extendedKeyUsage = List.copyOf(extendedKeyUsage);
    copiedExtensions = Set.copyOf(copiedExtensions);
    rules = Map.copyOf(rules);
    if (!rules.keySet().containsAll(List.of(Rule.values()))) {
      throw new IllegalArgumentException("a profile sets the mode of every rule");
    }
  }

  public enum KeyReuse {
    /// For the same names: a renewal may keep its key.
    ALLOWED,
    /// A key that has been certified before is refused.
    FORBIDDEN,
    /// For any names. Whoever has the key is whichever of them it wants to be.
    SHARED
  }

  /// What becomes of earlier certificates for the same names when a requester enrols anew.
  public enum Reissue {
    /// Nothing.
    KEEP,
    /// Those that nobody is known to have are revoked as superseded.
    REVOKE_UNCOLLECTED
  }

  /// Who decides about a request that policy allows.
  public sealed interface Approval {
    record Automatic() implements Approval {}

    /// An operator; until then the requester is told to come back after `retryAfter`.
    record Manual(Duration retryAfter) implements Approval {}
  }

  public RuleMode mode(Rule rule) {
    return rules.getOrDefault(rule, RuleMode.ENFORCE);
  }
}
