package dev.chancery.ledger;

import dev.chancery.pki.Der;
import dev.chancery.pki.crypto.Digests;
import dev.chancery.pki.name.DistinguishedName;
import dev.chancery.pki.name.GeneralName;
import dev.chancery.pki.name.SubjectNames;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1Sequence;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.GeneralNames;

/// How values that SQL has no type for stand in columns. Every form can be read back exactly.
final class Columns {
  private Columns() {}

  static Optional<String> text(ResultSet row, String column) throws SQLException {
    return Optional.ofNullable(row.getString(column));
  }

  static Instant instant(ResultSet row, String column) throws SQLException {
    return Instant.ofEpochMilli(row.getLong(column));
  }

  static Optional<Instant> optionalInstant(ResultSet row, String column) throws SQLException {
    long millis = row.getLong(column);
    return row.wasNull() ? Optional.empty() : Optional.of(Instant.ofEpochMilli(millis));
  }

  /// The first 64 bits of the text's SHA-256, for indexes that find candidates.
  static long hash64(String text) {
    return ByteBuffer.wrap(Digests.sha256(text.getBytes(StandardCharsets.UTF_8))).getLong();
  }

  /// Texts one per line, each line ended: no text and one empty text differ.
  static String lines(List<String> texts) {
    StringBuilder lines = new StringBuilder();
    for (String text : texts) {
      escape(text, lines);
      lines.append('\n');
    }
    return lines.toString();
  }

  static List<String> parseLines(String lines) {
    List<String> texts = new ArrayList<>();
    for (int start = 0; start < lines.length(); ) {
      int end = endOfLine(lines, start);
      texts.add(unescape(lines.substring(start, end)));
      start = end + 1;
    }
    return texts;
  }

  /// `name=value` lines in the names' order.
  static String details(Map<String, String> details) {
    StringBuilder lines = new StringBuilder(128);
    details.forEach((name, value) -> {
      escape(name, lines);
      lines.append('=');
      escape(value, lines);
      lines.append('\n');
    });
    return lines.toString();
  }

  /// @throws IllegalArgumentException if the text is not what [#details] makes
  static Map<String, String> parseDetails(String lines) {
    Map<String, String> details = new TreeMap<>();
    for (int start = 0; start < lines.length(); ) {
      int end = endOfLine(lines, start);
      int equals = lines.indexOf('=', start);
      if (equals < 0 || equals > end) {
        throw new IllegalArgumentException("a line of details has no name");
      }
      details.put(
          unescape(lines.substring(start, equals)), unescape(lines.substring(equals + 1, end)));
      start = end + 1;
    }
    return details;
  }

  private static int endOfLine(String lines, int start) {
    int end = lines.indexOf('\n', start);
    if (end < 0) {
      throw new IllegalArgumentException("the last line is cut off");
    }
    return end;
  }

  /// Backslash, `=`, control characters and lone surrogates become `\` and four hex digits: a NUL
  /// would end the text on some databases, and a lone surrogate has no UTF-8 form.
  private static void escape(String text, StringBuilder out) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (Character.isHighSurrogate(c)
          && i + 1 < text.length()
          && Character.isLowSurrogate(text.charAt(i + 1))) {
        out.append(c).append(text.charAt(++i));
      } else if (c == '\\' || c == '=' || Character.isISOControl(c) || Character.isSurrogate(c)) {
        out.append('\\').append(HexFormat.of().toHexDigits(c));
      } else {
        out.append(c);
      }
    }
  }

  private static String unescape(String text) {
    if (text.indexOf('\\') < 0) {
      return text;
    }
    StringBuilder out = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '\\') {
        if (i + 5 > text.length()) {
          throw new IllegalArgumentException("an escape is cut off");
        }
        out.append((char) HexFormat.fromHexDigits(text, i + 1, i + 5));
        i += 4;
      } else {
        out.append(c);
      }
    }
    return out.toString();
  }

  /// Names in DER, subject and GeneralNames in a SEQUENCE: text would lose the string types.
  static byte[] names(SubjectNames names) {
    ASN1Encodable[] alternatives =
        names.alternatives().stream().map(GeneralName::toAsn1).toArray(ASN1Encodable[]::new);
    try {
      return new DERSequence(
              new ASN1Encodable[] {names.subject().toX500Name(), new DERSequence(alternatives)})
          .getEncoded(ASN1Encoding.DER);
    } catch (IOException e) {
      throw new UncheckedIOException("names could not be encoded", e);
    }
  }

  static SubjectNames parseNames(byte[] der) {
    ASN1Sequence sequence = ASN1Sequence.getInstance(der);
    ASN1Sequence alternatives = ASN1Sequence.getInstance(sequence.getObjectAt(1));
    List<GeneralName> parsed =
        alternatives.size() == 0
            ? List.of()
            : Arrays.stream(GeneralNames.getInstance(alternatives).getNames())
                .map(GeneralName::of)
                .toList();
    return new SubjectNames(
        DistinguishedName.of(X500Name.getInstance(sequence.getObjectAt(0))), parsed);
  }

  static Der der(ResultSet row, String column) throws SQLException {
    return Der.of(row.getBytes(column));
  }
}
