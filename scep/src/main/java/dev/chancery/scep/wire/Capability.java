package dev.chancery.scep.wire;

import java.util.Arrays;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/// The keywords of GetCACaps (RFC 8894 §3.5.2), in the order in which they are sent.
public enum Capability {
  AES("AES"),
  DES3("DES3"),
  GET_NEXT_CA_CERT("GetNextCACert"),
  POST_PKI_OPERATION("POSTPKIOperation"),
  RENEWAL("Renewal"),
  SHA_1("SHA-1"),
  SHA_256("SHA-256"),
  SHA_512("SHA-512"),
  SCEP_STANDARD("SCEPStandard");

  private final String keyword;

  Capability(String keyword) {
    this.keyword = keyword;
  }

  public String keyword() {
    return keyword;
  }

  /// The text: one keyword per line, ended by a line feed alone, since some old clients keep a
  /// carriage return in the keyword (SCEP-020).
  ///
  /// @param more further lines
  public static String encode(Set<Capability> capabilities, Collection<String> more) {
    StringBuilder text = new StringBuilder();
    for (Capability capability : values()) {
      if (capabilities.contains(capability)) {
        text.append(capability.keyword).append('\n');
      }
    }
    more.forEach(line -> text.append(line).append('\n'));
    return text.toString();
  }

  /// Those in a text, whatever its line ends and letter case; others are passed over (SCEP-025).
  public static Set<Capability> parse(String text) {
    List<String> lines = text.lines().map(String::strip).toList();
    EnumSet<Capability> found = EnumSet.noneOf(Capability.class);
    Arrays.stream(values())
        .filter(capability -> lines.stream().anyMatch(capability.keyword::equalsIgnoreCase))
        .forEach(found::add);
    return found;
  }
}
