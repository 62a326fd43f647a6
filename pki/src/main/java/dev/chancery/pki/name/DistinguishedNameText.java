package dev.chancery.pki.name;

import dev.chancery.pki.DerLimits;
import dev.chancery.pki.MalformedException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1String;
import org.bouncycastle.asn1.x500.AttributeTypeAndValue;
import org.bouncycastle.asn1.x500.RDN;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.style.BCStyle;

/// The string form of names (RFC 4514). Every name is read back as itself: Bouncy Castle's own
/// reader drops a value's leading backslash and some spaces, which makes another name of it.
final class DistinguishedNameText {
  private static final Style STYLE = new Style();

  private static final int MAX_VALUE_BYTES = 4096;

  /// What may follow a backslash as itself (RFC 4514 §3).
  private static final Pattern ESCAPED = Pattern.compile("([\\\\,+\"<>;=]|^[# ]| $)");

  private static final String SPECIAL = " \"#+,;<=>\\";

  private static final int END = -1;

  /// Knows the attributes' short names and which string type each takes.
  private static final class Style extends BCStyle {
    /// Refuses what the type of some attributes (`C`, `serialNumber`, `DC`) cannot hold: the
    /// encoder would cut such characters to eight bits.
    ASN1Encodable encode(ASN1ObjectIdentifier type, String value) {
      ASN1Encodable encoded;
      try {
        encoded = encodeStringValue(type, value);
      } catch (IndexOutOfBoundsException e) {
        throw new IllegalArgumentException("a value is no time", e);
      }
      if (encoded instanceof ASN1String string && !string.getString().equals(value)) {
        throw new IllegalArgumentException("a value does not fit its attribute's type");
      }
      return encoded;
    }
  }

  private final byte[] text;
  private int at;

  private DistinguishedNameText(byte[] text) {
    this.text = text;
  }

  /// Reads a text, most specific RDN first.
  ///
  /// @throws IllegalArgumentException if it is not one
  /// @throws MalformedException if a value in hex is not DER
  static X500Name parse(String text) {
    try {
      ByteBuffer utf8 = StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(text));
      byte[] bytes = new byte[utf8.remaining()];
      utf8.get(bytes);
      return new DistinguishedNameText(bytes).name();
    } catch (CharacterCodingException e) {
      throw new IllegalArgumentException("a name is not Unicode", e);
    }
  }

  private X500Name name() throws CharacterCodingException {
    List<RDN> rdns = new ArrayList<>();
    do {
      List<AttributeTypeAndValue> rdn = new ArrayList<>();
      do {
        rdn.add(attribute());
      } while (skip('+'));
      rdns.add(new RDN(rdn.toArray(AttributeTypeAndValue[]::new)));
    } while (skip(','));
    if (peek() != END) {
      throw new IllegalArgumentException("a value is not followed by a separator");
    }
    Collections.reverse(rdns);
    return new X500Name(BCStyle.INSTANCE, rdns.toArray(RDN[]::new));
  }

  private AttributeTypeAndValue attribute() throws CharacterCodingException {
    int start = at;
    while (peek() != '=' && peek() != END) {
      at++;
    }
    String type = new String(text, start, at - start, StandardCharsets.UTF_8).strip();
    if (!skip('=')) {
      throw new IllegalArgumentException("an attribute has no value");
    }
    ASN1ObjectIdentifier oid = STYLE.attrNameToOID(type);
    while (skip(' ')) {
      // Spaces around a value mean nothing.
    }
    return new AttributeTypeAndValue(oid, peek() == '#' ? hexValue() : STYLE.encode(oid, value()));
  }

  private ASN1Encodable hexValue() {
    int start = ++at;
    while (peek() != ',' && peek() != '+' && peek() != END) {
      at++;
    }
    String hex = new String(text, start, at - start, StandardCharsets.UTF_8).strip();
    return DerLimits.parse(HexFormat.of().parseHex(hex), MAX_VALUE_BYTES, "value of a name");
  }

  private String value() throws CharacterCodingException {
    ByteArrayOutputStream value = new ByteArrayOutputStream();
    // Behind the last byte that is no space, or an escaped one.
    int significant = 0;
    while (peek() != ',' && peek() != '+' && peek() != END) {
      int octet = text[at++] & 0xff;
      if (octet == '"' || octet == ';') {
        throw new IllegalArgumentException("a value holds a character that must be escaped");
      }
      boolean space = octet == ' ';
      value.write(octet == '\\' ? escaped() : octet);
      significant = space ? significant : value.size();
    }
    return StandardCharsets.UTF_8
        .newDecoder()
        .decode(ByteBuffer.wrap(value.toByteArray(), 0, significant))
        .toString();
  }

  private int escaped() {
    if (SPECIAL.indexOf(peek()) >= 0) {
      return text[at++];
    }
    if (text.length - at < 2) {
      throw new IllegalArgumentException("an escape is cut short");
    }
    at += 2;
    return HexFormat.fromHexDigit(text[at - 2]) << 4 | HexFormat.fromHexDigit(text[at - 1]);
  }

  private int peek() {
    return at < text.length ? text[at] & 0xff : END;
  }

  private boolean skip(char character) {
    if (peek() != character) {
      return false;
    }
    at++;
    return true;
  }

  /// Writes a name, most specific RDN first.
  static String of(X500Name name) {
    List<RDN> rdns = new ArrayList<>(List.of(name.getRDNs()));
    Collections.reverse(rdns);
    return rdns.stream()
        .map(rdn ->
            Arrays.stream(rdn.getTypesAndValues())
                .map(DistinguishedNameText::of)
                .collect(Collectors.joining("+")))
        .collect(Collectors.joining(","));
  }

  private static String of(AttributeTypeAndValue attribute) {
    ASN1ObjectIdentifier oid = attribute.getType();
    String symbol = STYLE.oidToDisplayName(oid);
    return (symbol == null ? oid.getId() : symbol) + "=" + value(oid, attribute.getValue());
  }

  private static String value(ASN1ObjectIdentifier oid, ASN1Encodable value) {
    if (DistinguishedName.isText(value) && value instanceof ASN1String string) {
      try {
        STYLE.encode(oid, string.getString());
        return ESCAPED.matcher(string.getString()).replaceAll("\\\\$1");
      } catch (IllegalArgumentException doesNotFitItsType) {
        // In hex the value keeps the string type that it has.
      }
    }
    return hex(value);
  }

  /// `#` and the value's DER in hex.
  static String hex(ASN1Encodable value) {
    try {
      return "#" + HexFormat.of().formatHex(value.toASN1Primitive().getEncoded(ASN1Encoding.DER));
    } catch (IOException e) {
      throw new MalformedException("a name's value cannot be encoded", e);
    }
  }
}
