package dev.chancery.authority;

import dev.chancery.authority.policy.Finding;
import dev.chancery.authority.profile.Profile;
import dev.chancery.pki.name.SubjectNames;
import java.time.Instant;
import java.util.List;

/// What would become of a request now. Nothing was issued, used up or written for it (SCEP-213).
public sealed interface Rehearsal {
  /// It would be issued, at once or when an operator has approved it.
  ///
  /// @param copiedExtensions OIDs of extensions that would be copied from the request
  /// @param findings what deviates from rules that do not enforce
  record Granted(
      String issuer,
      Profile profile,
      SubjectNames names,
      String keyType,
      Instant notBefore,
      Instant notAfter,
      List<String> copiedExtensions,
      List<Finding> findings)
      implements Rehearsal {
    public Granted {
      copiedExtensions = List.copyOf(copiedExtensions);
      findings = List.copyOf(findings);
    }
  }

  /// The rule that is in the way.
  record Refused(Refusal refusal) implements Rehearsal {}
}
