package dev.chancery.server.configuration;

import dev.chancery.scep.responder.ScepEndpoint.Option;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/// What clients of one make need. docs/scep.md has the same as a table; no preset changes the
/// algorithms.
enum ScepPreset {
  GENERIC,
  APPLE,
  WINDOWS,
  CISCO_IOS,
  JUNIPER,
  STRONGSWAN,
  SSCEP;

  /// What the settings at `preset` do.
  Set<Option> options() {
    EnumSet<Option> options = EnumSet.of(Option.RENEWAL_BY_PKCS_REQ, Option.ROOT_IN_BUNDLE);
    switch (this) {
      // Its VPN clients look for the issuer in the reply.
      case CISCO_IOS -> options.add(Option.CA_IN_REPLY);
      // Takes a bundle apart into RA and CA and stops at a third.
      case JUNIPER -> options.remove(Option.ROOT_IN_BUNDLE);
      case GENERIC, APPLE, WINDOWS, STRONGSWAN, SSCEP -> {
        // Nothing else.
      }
    }
    return options;
  }

  List<String> extraCapabilities() {
    // Before 5.9.11 strongSwan reads each keyword as its neighbour in a table without this one.
    return this == STRONGSWAN ? List.of("SHA-384") : List.of();
  }
}
