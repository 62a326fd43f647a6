package dev.chancery.authority;

import dev.chancery.pki.Der;
import dev.chancery.pki.certificate.KeyUsageBit;
import dev.chancery.pki.key.KeyType;
import dev.chancery.pki.name.DistinguishedName;
import dev.chancery.pki.name.GeneralName;
import dev.chancery.pki.name.SubjectNames;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.x500.AttributeTypeAndValue;
import org.bouncycastle.asn1.x500.RDN;

/// What a request had best look like, for protocols that tell their clients. Whoever follows it is
/// not refused for what it asks; whoever leaves something out gets it from the entitlement all the
/// same.
///
/// @param keyTypes the keys that are taken, the preferred one first
/// @param subject what the subject shall hold, RDN by RDN in encoded order; empty if that is not
///   known or does not matter
/// @param alternatives what the subject alternative names shall be
/// @param keyUsage what the certificate will hold; asking for more is refused
/// @param extendedKeyUsage likewise, dotted OIDs
public record Expectation(
    List<KeyType> keyTypes,
    Optional<List<List<Attribute>>> subject,
    Alternatives alternatives,
    List<KeyUsageBit> keyUsage,
    List<String> extendedKeyUsage) {
  public Expectation {
    keyTypes = List.copyOf(keyTypes);
    subject = subject.map(rdns -> rdns.stream().map(List::copyOf).toList());
    keyUsage = List.copyOf(keyUsage);
    extendedKeyUsage = List.copyOf(extendedKeyUsage);
  }

  /// One attribute of the subject.
  ///
  /// @param type dotted OID
  /// @param value DER of the only value that will do; empty if the requester is to fill it in
  public record Attribute(String type, Optional<Der> value) {}

  /// What the subject alternative names shall be.
  public sealed interface Alternatives {
    /// That is not known, or there need be none.
    record Open() implements Alternatives {}

    /// The requester is to say.
    record ToFillIn() implements Alternatives {}

    /// These, at least one.
    record Exactly(List<GeneralName> names) implements Alternatives {
      public Exactly {
        names = List.copyOf(names);
      }
    }

    /// What the alternatives of a certificate for `names` are.
    static Alternatives of(SubjectNames names) {
      return names.alternatives().isEmpty() ? new Open() : new Exactly(names.alternatives());
    }
  }

  /// All of a subject, value by value; empty for the empty name.
  public static Optional<List<List<Attribute>>> whole(DistinguishedName name) {
    return partial(name, "");
  }

  /// A subject of which the attributes whose value holds `blank` are to be filled in.
  ///
  /// @param blank empty if none is
  public static Optional<List<List<Attribute>>> partial(DistinguishedName name, String blank) {
    List<List<Attribute>> rdns = new ArrayList<>();
    for (RDN rdn : name.toX500Name().getRDNs()) {
      List<Attribute> attributes = new ArrayList<>();
      for (AttributeTypeAndValue pair : rdn.getTypesAndValues()) {
        boolean toFillIn = !blank.isEmpty() && pair.getValue().toString().contains(blank);
        attributes.add(
            new Attribute(
                pair.getType().getId(), toFillIn ? Optional.empty() : Optional.of(der(pair))));
      }
      rdns.add(attributes);
    }
    return rdns.isEmpty() ? Optional.empty() : Optional.of(rdns);
  }

  private static Der der(AttributeTypeAndValue pair) {
    try {
      return Der.of(pair.getValue().toASN1Primitive().getEncoded(ASN1Encoding.DER));
    } catch (IOException e) {
      throw new UncheckedIOException("a name's value cannot be encoded", e);
    }
  }
}
