package dev.chancery.authority.endpoint;

import dev.chancery.pki.certificate.TrustAnchors;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// A protocol at a path, bound to issuer, profile and ways to authenticate. What is peculiar to one
/// protocol's wire stays with that protocol.
///
/// @param protocol `est`, `scep`, …
/// @param label the name within the protocol; empty for the default endpoint
/// @param issuer the name of the issuer that signs
/// @param profile the name of the profile for requesters whose entitlement names none
/// @param deviceAnchors foreign (manufacturers') anchors whose certificates may enrol initially, in
///   order
/// @param registrationAuthorities which holders of a cmcRA certificate of ours may ask for others
/// @param expiredGrace how long after its expiry a certificate may still renew itself; zero for not
///   at all
/// @param behind the CA of the server that signs instead of the issuer, where certificates of that
///   CA may renew themselves
/// @param profilesByUsage if there are any, one of them takes the profile's place, chosen by the
///   key usage that a first request asks for
public record Endpoint(
    String protocol,
    String label,
    String issuer,
    String profile,
    Authentication authentication,
    List<DeviceAnchors> deviceAnchors,
    List<RegistrationAuthorityScope> registrationAuthorities,
    Duration expiredGrace,
    Optional<ForeignIssuer> behind,
    Optional<ProfilesByUsage> profilesByUsage) {
  public Endpoint {
    deviceAnchors = List.copyOf(deviceAnchors);
    registrationAuthorities = List.copyOf(registrationAuthorities);
  }

  /// An endpoint with one profile.
  public Endpoint(
      String protocol,
      String label,
      String issuer,
      String profile,
      Authentication authentication,
      List<DeviceAnchors> deviceAnchors,
      List<RegistrationAuthorityScope> registrationAuthorities,
      Duration expiredGrace,
      Optional<ForeignIssuer> behind) {
    this(
        protocol,
        label,
        issuer,
        profile,
        authentication,
        deviceAnchors,
        registrationAuthorities,
        expiredGrace,
        behind,
        Optional.empty());
  }

  /// An endpoint with one profile whose issuer is ours.
  public Endpoint(
      String protocol,
      String label,
      String issuer,
      String profile,
      Authentication authentication,
      List<DeviceAnchors> deviceAnchors,
      List<RegistrationAuthorityScope> registrationAuthorities,
      Duration expiredGrace) {
    this(
        protocol,
        label,
        issuer,
        profile,
        authentication,
        deviceAnchors,
        registrationAuthorities,
        expiredGrace,
        Optional.empty());
  }

  /// What a requester must present (EST-223).
  public enum Authentication {
    CERTIFICATE,
    PASSWORD,
    EITHER,
    BOTH
  }

  /// A manufacturer's anchors (IDevID, IEEE 802.1AR) and what its devices get.
  ///
  /// @param anchors their name is the database's name in audit and entitlement
  /// @param allow entries of the allow-list; empty lets no device in. Each is a subject in RFC 4514
  ///   text with `*` as wildcard inside values, or `serial:HEX` for a certificate's serial number.
  ///   The list belongs to these anchors' keys, so another manufacturer with the same name gains
  ///   nothing (EST-221).
  /// @param expired what an expired certificate is worth
  /// @param revocationLists files with the manufacturer's CRLs; empty for none, and then nothing is
  ///   known of revocations
  /// @param profile the profile that they get
  /// @param subject the subject template of the certificate that a device gets
  /// @param alternatives the subject alternative name templates
  public record DeviceAnchors(
      TrustAnchors anchors,
      List<String> allow,
      Expired expired,
      List<Path> revocationLists,
      String profile,
      String subject,
      List<String> alternatives) {
    public DeviceAnchors {
      allow = List.copyOf(allow);
      revocationLists = List.copyOf(revocationLists);
      alternatives = List.copyOf(alternatives);
    }
  }

  /// What a manufacturer's certificate is worth after its end (RFC 9148 §3; EST-305).
  public enum Expired {
    REFUSED,
    /// As much as before: many devices lie in stores for longer than their first certificate lives.
    ACCEPTED
  }

  /// A CA whose certificates are not in our ledger.
  ///
  /// @param anchors what its certificates chain to
  /// @param revocationLists files with its CRLs; at least one
  public record ForeignIssuer(TrustAnchors anchors, List<Path> revocationLists) {
    public ForeignIssuer {
      revocationLists = List.copyOf(revocationLists);
    }
  }

  /// What one registration authority may ask for (EST-231).
  ///
  /// @param subject the subject of its certificate, RFC 4514 text
  /// @param names the name space of the certificates that it may request
  public record RegistrationAuthorityScope(String subject, NameSpace names) {}

  /// The profiles that a first request may get here: its own, or those that take its place.
  public List<String> profiles() {
    return profilesByUsage.map(ProfilesByUsage::all).orElseGet(() -> List.of(profile));
  }

  /// How operators, metrics, credentials and the audit call it: `est` or `est/LABEL`.
  public String name() {
    return label.isEmpty() ? protocol : protocol + "/" + label;
  }
}
