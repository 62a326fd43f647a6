package dev.chancery.est.client;

import dev.chancery.pki.MalformedException;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.name.GeneralName;
import java.util.Locale;

/// Decides whether a certificate speaks for a server: by name (RFC 6125 §6.4) or, if an explicit
/// anchor vouches for it, because it is a registration authority's (RFC 7030 §3.6).
final class ServerIdentity {
  /// id-kp-serverAuth (RFC 5280 §4.2.1.12).
  static final String SERVER_AUTH = "1.3.6.1.5.5.7.3.1";

  /// id-kp-cmcRA (RFC 6402 §2.10).
  static final String CMC_RA = "1.3.6.1.5.5.7.3.28";

  private ServerIdentity() {}

  /// True if the certificate is for `host`.
  static boolean speaksFor(String host, Certificate certificate) {
    return certificate.names().alternatives().stream().anyMatch(name -> covers(name, host));
  }

  /// True if the certificate may stand for any EST server of the anchor that vouches for it. Means
  /// nothing under implicit anchors.
  static boolean isRegistrationAuthority(Certificate certificate) {
    return certificate.extendedKeyUsage().contains(CMC_RA);
  }

  /// Subject alternative names only; a common name is no host name (EST-264).
  private static boolean covers(GeneralName name, String host) {
    return switch (name) {
      case GeneralName.DnsName dns -> covers(dns.host(), host.toLowerCase(Locale.ROOT));
      case GeneralName.IpAddress ip -> ip.equals(addressOrNull(host));
      case GeneralName.EmailAddress email -> false;
      case GeneralName.Uri uri -> false;
      case GeneralName.DirectoryName directory -> false;
      case GeneralName.RegisteredId id -> false;
      case GeneralName.OtherName other -> false;
    };
  }

  /// A wildcard stands for exactly one label, the left-most.
  private static boolean covers(String pattern, String host) {
    if (!pattern.startsWith("*.")) {
      return pattern.equals(host);
    }
    int dot = host.indexOf('.');
    boolean atLeastTwoLabelsFollow = pattern.indexOf('.', 2) > 0;
    return dot > 0
        && atLeastTwoLabelsFollow
        && addressOrNull(host) == null
        && host.substring(dot).equals(pattern.substring(1));
  }

  private static GeneralName.@org.jspecify.annotations.Nullable IpAddress addressOrNull(
      String host) {
    try {
      return new GeneralName.IpAddress(host);
    } catch (MalformedException aName) {
      return null;
    }
  }
}
