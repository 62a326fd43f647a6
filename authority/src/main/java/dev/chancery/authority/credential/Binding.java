package dev.chancery.authority.credential;

import dev.chancery.pki.name.DistinguishedName.Attribute;
import dev.chancery.pki.name.GeneralName;
import dev.chancery.pki.name.SubjectNames;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/// For whom a credential is, besides names and key (SCEP-163).
///
/// @param devices identifiers of the device, such as its serial number and its UDID: the request
///   must name one of them, see [#isFor]; none if it is for any device
/// @param networks from where requests may come; none if from everywhere
public record Binding(List<String> devices, List<Network> networks) {
  /// Neither to a device nor to a network.
  public static final Binding NONE = new Binding(List.of(), List.of());

  /// serialNumber, commonName and userId.
  private static final Set<String> IDENTIFYING =
      Set.of("2.5.4.5", "2.5.4.3", "0.9.2342.19200300.100.1.1");

  public Binding {
    devices = List.copyOf(devices);
    networks = List.copyOf(networks);
  }

  /// True if it is bound to no device, or the request names one of them: as the whole value of a
  /// serialNumber, commonName or userId of its subject, or of a subject alternative name that is a
  /// DNS name, a URI or an e-mail address. Letter case does not count.
  public boolean isFor(SubjectNames requested) {
    return devices.isEmpty()
        || Stream.concat(
                requested.subject().rdns().stream()
                    .flatMap(List::stream)
                    .filter(attribute -> IDENTIFYING.contains(attribute.type()))
                    .map(Attribute::value),
                requested.alternatives().stream().flatMap(Binding::valueOf))
            .anyMatch(value -> devices.stream().anyMatch(value::equalsIgnoreCase));
  }

  private static Stream<String> valueOf(GeneralName name) {
    return switch (name) {
      case GeneralName.DnsName dns -> Stream.of(dns.host());
      case GeneralName.Uri uri -> Stream.of(uri.uri());
      case GeneralName.EmailAddress email -> Stream.of(email.address());
      case GeneralName.IpAddress _address -> Stream.empty();
      case GeneralName.DirectoryName _name -> Stream.empty();
      case GeneralName.RegisteredId _id -> Stream.empty();
      case GeneralName.OtherName _other -> Stream.empty();
    };
  }

  /// True if it is bound to no network, or the address is inside one of them.
  public boolean isFrom(String address) {
    return networks.isEmpty() || networks.stream().anyMatch(network -> network.contains(address));
  }
}
