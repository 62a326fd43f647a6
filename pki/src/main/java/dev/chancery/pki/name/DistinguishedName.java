package dev.chancery.pki.name;

import dev.chancery.pki.Der;
import dev.chancery.pki.MalformedException;
import java.io.IOException;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.StringJoiner;
import org.bouncycastle.asn1.ASN1BitString;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1String;
import org.bouncycastle.asn1.ASN1UniversalString;
import org.bouncycastle.asn1.x500.AttributeTypeAndValue;
import org.bouncycastle.asn1.x500.RDN;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.jspecify.annotations.Nullable;

/// An X.501 name (RFC 5280 §4.1.2.4). Keeps its encoding; two names are equal by the rules of RFC
/// 5280 §7.1: string type, letter case and white space do not count, order and number of RDNs do
/// (EST-101). The text form is RFC 4514: the most specific RDN first, `CN=sensor-1,O=Example`.
public final class DistinguishedName {
  /// More than any real name; bounds what comparison and storage cost.
  private static final int MAX_ATTRIBUTES = 32;

  private static final int MAX_TEXT_LENGTH = 8192;

  private static final DistinguishedName EMPTY = of(new X500Name(new RDN[0]));

  /// One attribute of a name.
  ///
  /// @param type the attribute type's OID in dotted form
  /// @param value the text as encoded; for values that are no strings, `#` and the DER in hex
  public record Attribute(String type, String value) {}

  private final X500Name asn1;
  private final List<List<Attribute>> rdns;

  /// The attributes in the form by which they are compared, by RDN, sorted inside each.
  private final List<List<String>> comparable;

  private final String canonical;

  /// Made when first asked for: most issuers' names never are. Two threads may make it twice.
  private @Nullable String text;

  private DistinguishedName(
      X500Name asn1, List<List<Attribute>> rdns, List<List<String>> comparable) {
    this.asn1 = asn1;
    this.rdns = List.copyOf(rdns);
    this.comparable = List.copyOf(comparable);
    StringJoiner all = new StringJoiner(",");
    for (List<String> rdn : comparable) {
      all.add(rdn.size() == 1 ? rdn.getFirst() : String.join("+", rdn));
    }
    this.canonical = all.toString();
  }

  /// The name without RDNs.
  public static DistinguishedName empty() {
    return EMPTY;
  }

  /// Reads an ASN.1 name.
  ///
  /// @throws MalformedException if a value holds NUL, another control character or half a surrogate
  ///   pair, is empty, or there are too many
  public static DistinguishedName of(X500Name name) {
    try {
      return read(name);
    } catch (IllegalArgumentException | IllegalStateException | ClassCastException e) {
      // The ASN.1 classes look into RDNs only when asked for them.
      throw new MalformedException("a name is not made of attributes", e);
    }
  }

  private static DistinguishedName read(X500Name name) {
    List<List<Attribute>> rdns = new ArrayList<>();
    List<List<String>> comparable = new ArrayList<>();
    int count = 0;
    for (RDN rdn : name.getRDNs()) {
      List<Attribute> attributes = new ArrayList<>();
      List<String> forms = new ArrayList<>();
      for (AttributeTypeAndValue pair : rdn.getTypesAndValues()) {
        if (++count > MAX_ATTRIBUTES) {
          throw new MalformedException("a name has more than " + MAX_ATTRIBUTES + " attributes");
        }
        String type = pair.getType().getId();
        String value = text(pair.getValue());
        attributes.add(new Attribute(type, value));
        forms.add(type + "=" + (isText(pair.getValue()) ? canonicalValue(value) : value));
      }
      forms.sort(null);
      comparable.add(List.copyOf(forms));
      rdns.add(List.copyOf(attributes));
    }
    return new DistinguishedName(name, rdns, comparable);
  }

  /// Reads RFC 4514 text, most specific RDN first. The empty string is the empty name.
  ///
  /// @throws MalformedException naming what is wrong with the text
  public static DistinguishedName parse(String text) {
    if (text.isBlank()) {
      return EMPTY;
    }
    if (text.length() > MAX_TEXT_LENGTH) {
      throw new MalformedException("a subject is longer than " + MAX_TEXT_LENGTH + " characters");
    }
    try {
      return of(DistinguishedNameText.parse(text));
    } catch (IllegalArgumentException | IllegalStateException e) {
      throw new MalformedException(
          "a subject is written like CN=device-1,O=Example; this one is not", e);
    }
  }

  public boolean isEmpty() {
    return rdns.isEmpty();
  }

  /// The encoding.
  public Der der() {
    try {
      return Der.of(asn1.getEncoded(ASN1Encoding.DER));
    } catch (IOException e) {
      throw new MalformedException("a name cannot be encoded", e);
    }
  }

  /// The ASN.1 form, for building certificates.
  public X500Name toX500Name() {
    return asn1;
  }

  /// All attributes in encoded order, RDN by RDN.
  public List<List<Attribute>> rdns() {
    return rdns;
  }

  /// The value of the first attribute of that type (dotted OID).
  public Optional<String> first(String type) {
    return rdns.stream()
        .flatMap(List::stream)
        .filter(attribute -> attribute.type().equals(type))
        .map(Attribute::value)
        .findFirst();
  }

  /// The common name, if there is one.
  public Optional<String> commonName() {
    return first(BCStyle.CN.getId());
  }

  /// True if every attribute of this name is also one of `other`, whatever the order.
  public boolean isWithin(DistinguishedName other) {
    List<String> theirs = other.comparable.stream().flatMap(List::stream).toList();
    return comparable.stream().flatMap(List::stream).allMatch(theirs::contains);
  }

  /// The form by which names are compared; stable, for indexes and digests.
  public String canonical() {
    return canonical;
  }

  private static String text(ASN1Encodable value) {
    if (!isText(value) || !(value instanceof ASN1String string)) {
      return DistinguishedNameText.hex(value);
    }
    String text = string.getString();
    if (text.isBlank()) {
      throw new MalformedException("a name has an attribute without a value");
    }
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (Character.isISOControl(c)) {
        throw new MalformedException("a name contains a NUL or another control character");
      }
      if (Character.isSurrogate(c)) {
        boolean pair =
            Character.isHighSurrogate(c)
                && i + 1 < text.length()
                && Character.isLowSurrogate(text.charAt(i + 1));
        if (!pair) {
          throw new MalformedException("a name contains half a surrogate pair");
        }
        i++;
      }
    }
    return text;
  }

  /// Bit strings and UniversalStrings have a `getString` too, but it tells their hex.
  static boolean isText(ASN1Encodable value) {
    return value instanceof ASN1String
        && !(value instanceof ASN1BitString)
        && !(value instanceof ASN1UniversalString);
  }

  /// Escapes what joins attributes (and [SubjectNames]), so that no value reads like two attributes
  /// or like the hex of a value that is no text.
  private static String canonicalValue(String value) {
    if (isPlain(value)) {
      return value.toLowerCase(Locale.ROOT);
    }
    return Normalizer.normalize(value, Normalizer.Form.NFKC)
        .strip()
        .replaceAll("\\s+", " ")
        .toLowerCase(Locale.ROOT)
        .replaceAll("([\\\\,+#|])", "\\\\$1");
  }

  /// True if there is nothing in it to normalize or escape: most values.
  private static boolean isPlain(String value) {
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      boolean plain =
          (c >= 'a' && c <= 'z')
              || (c >= 'A' && c <= 'Z')
              || (c >= '-' && c <= ':')
              || c == '_'
              || c == '@'
              || (c == ' ' && isInnerSingleSpace(value, i));
      if (!plain) {
        return false;
      }
    }
    return true;
  }

  private static boolean isInnerSingleSpace(String value, int at) {
    return at > 0 && at < value.length() - 1 && value.charAt(at - 1) != ' ';
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof DistinguishedName name && canonical.equals(name.canonical);
  }

  @Override
  public int hashCode() {
    return canonical.hashCode();
  }

  /// RFC 4514 text.
  @Override
  public String toString() {
    String known = text;
    if (known == null) {
      known = DistinguishedNameText.of(toX500Name());
      text = known;
    }
    return known;
  }
}
