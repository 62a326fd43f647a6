package dev.chancery.scep.client;

import dev.chancery.pki.name.SubjectNames;
import dev.chancery.scep.wire.Capability;
import java.util.Set;
import java.util.stream.Collectors;

/// Something to know about an exchange that goes on all the same.
public sealed interface ScepWarning {
  /// The server announced these before, and does so no more. Capabilities are not authenticated, so
  /// somebody on the way may have taken them out (RFC 8894 §7.5, SCEP-026). What is sent does not
  /// become weaker.
  record CapabilitiesLost(Set<Capability> capabilities) implements ScepWarning {
    public CapabilitiesLost {
      capabilities = Set.copyOf(capabilities);
    }

    @Override
    public String text() {
      return capabilities.stream()
              .map(Capability::keyword)
              .sorted()
              .collect(Collectors.joining(", ", "the server announces ", ""))
          + " no more: was it changed, or does somebody on the way change its answers?";
    }
  }

  /// The certificate says something else than the request (SCEP-121).
  record NamesChanged(SubjectNames asked, SubjectNames granted) implements ScepWarning {
    @Override
    public String text() {
      return "the certificate is for " + granted + ", and the request was for " + asked;
    }
  }

  /// One line in plain English.
  String text();
}
