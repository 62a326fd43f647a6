package dev.chancery.est.wire;

import dev.chancery.pki.MalformedException;
import dev.chancery.pki.crypto.Randomness;
import dev.chancery.transport.Body;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// A message of several parts (`multipart/mixed`, RFC 2046 §5.1): what `/serverkeygen` answers
/// with. Parts do not nest.
///
/// @param parts in the order of the message
public record MultipartMixed(List<Part> parts) {
  /// EST's messages have two. A few more are read, for the caller to refuse them.
  private static final int MAX_PARTS = 8;

  private static final int MAX_HEADER_BYTES = 4096;

  /// One part.
  ///
  /// @param headers by lower-case name; the first counts
  public record Part(Map<String, String> headers, Body content) {
    public Part {
      Map<String, String> byName = new LinkedHashMap<>();
      headers.forEach((name, value) -> byName.putIfAbsent(name.toLowerCase(Locale.ROOT), value));
      headers = Map.copyOf(byName);
    }

    /// The value of a header field, whatever the case of its name.
    public Optional<String> header(String name) {
      return Optional.ofNullable(headers.get(name.toLowerCase(Locale.ROOT)));
    }
  }

  /// A message on the wire.
  ///
  /// @param boundary without the hyphens; the value of the media type's parameter
  public record Encoded(String boundary, Body body) {
    /// `multipart/mixed; boundary=…`.
    public String contentType() {
      return "multipart/mixed; boundary=" + boundary;
    }
  }

  public MultipartMixed {
    parts = List.copyOf(parts);
  }

  /// The message with a boundary of its own, which occurs in no Base64. Lines end with CRLF (RFC
  /// 2046 §4.1.1); the parts' contents go as they are.
  ///
  /// @param parts with their header fields as they shall be spelled, in order
  public static Encoded encode(List<Laid> parts) {
    String boundary = "chancery-" + HexFormat.of().formatHex(Randomness.bytes(12));
    Wiped out = new Wiped();
    try {
      for (Laid part : parts) {
        out.line("--" + boundary);
        part.fields().forEach(out::line);
        out.line("");
        out.writeBytes(part.content().toByteArray());
        out.line("");
      }
      out.line("--" + boundary + "--");
      return new Encoded(boundary, Body.of(out.toByteArray()));
    } finally {
      out.wipe();
    }
  }

  /// A part to be written.
  ///
  /// @param fields whole header lines, such as `Content-Type: application/pkcs8`
  public record Laid(List<String> fields, Body content) {
    public Laid {
      fields = List.copyOf(fields);
    }
  }

  /// Reads a message. What stands before the first and behind the last boundary is ignored, lines
  /// may end with LF alone, and boundaries may be followed by white space (RFC 2046 §5.1.1).
  ///
  /// @param boundary from the media type, 1 to 70 characters
  /// @throws MalformedException if the last boundary is missing, a part has no end to its header,
  ///   or there are more than eight parts
  public static MultipartMixed parse(String boundary, Body body) {
    if (boundary.isEmpty() || boundary.length() > 70) {
      throw new MalformedException("the boundary of the parts has 1 to 70 characters");
    }
    byte[] bytes = body.toByteArray();
    try {
      return new MultipartMixed(parts("--" + boundary, bytes));
    } finally {
      Arrays.fill(bytes, (byte) 0);
    }
  }

  private static List<Part> parts(String delimiter, byte[] bytes) {
    List<Part> parts = new ArrayList<>();
    int partStart = -1;
    int at = 0;
    while (at < bytes.length) {
      int end = lineEnd(bytes, at);
      Line line = lineOf(delimiter, bytes, at, end);
      if (line != Line.CONTENT) {
        if (partStart >= 0) {
          if (parts.size() == MAX_PARTS) {
            throw new MalformedException("the message has more than " + MAX_PARTS + " parts");
          }
          parts.add(part(bytes, partStart, Math.max(partStart, beforeLineBreak(bytes, at))));
        }
        if (line == Line.LAST_BOUNDARY) {
          return parts;
        }
        partStart = end;
      }
      at = end;
    }
    throw new MalformedException("the message's last boundary is missing");
  }

  private enum Line {
    CONTENT,
    BOUNDARY,
    LAST_BOUNDARY
  }

  private static Line lineOf(String delimiter, byte[] bytes, int from, int to) {
    // Longer lines are no boundaries; they need not be looked at whole.
    int length = Math.min(to - from, delimiter.length() + 100);
    String line = new String(bytes, from, length, StandardCharsets.ISO_8859_1);
    if (!line.startsWith(delimiter)) {
      return Line.CONTENT;
    }
    String rest = line.substring(delimiter.length()).stripTrailing();
    return rest.isEmpty() ? Line.BOUNDARY : rest.equals("--") ? Line.LAST_BOUNDARY : Line.CONTENT;
  }

  /// The index behind the line's LF, or the end.
  private static int lineEnd(byte[] bytes, int from) {
    int at = from;
    while (at < bytes.length && bytes[at] != '\n') {
      at++;
    }
    return Math.min(at + 1, bytes.length);
  }

  /// The line break before a boundary belongs to the boundary.
  private static int beforeLineBreak(byte[] bytes, int boundary) {
    int end = boundary;
    if (end > 0 && bytes[end - 1] == '\n') {
      end--;
      if (end > 0 && bytes[end - 1] == '\r') {
        end--;
      }
    }
    return end;
  }

  private static Part part(byte[] bytes, int from, int to) {
    Map<String, String> headers = new LinkedHashMap<>();
    String last = "";
    int at = from;
    while (at < to) {
      int end = Math.min(lineEnd(bytes, at), to);
      if (end - from > MAX_HEADER_BYTES) {
        throw new MalformedException(
            "a part's header is longer than " + MAX_HEADER_BYTES + " bytes");
      }
      String whole = new String(bytes, at, end - at, StandardCharsets.ISO_8859_1);
      String line = whole.strip();
      at = end;
      if (line.isEmpty()) {
        return new Part(headers, Body.of(Arrays.copyOfRange(bytes, at, to)));
      }
      if (Character.isWhitespace(whole.charAt(0)) && !last.isEmpty()) {
        // A long field may go on in the next line (RFC 5322 §2.2.3).
        headers.merge(last, line, (before, more) -> before + " " + more);
        continue;
      }
      int colon = line.indexOf(':');
      if (colon < 1) {
        throw new MalformedException("a part's header is malformed");
      }
      last = line.substring(0, colon).strip().toLowerCase(Locale.ROOT);
      headers.putIfAbsent(last, line.substring(colon + 1).strip());
    }
    throw new MalformedException("a part has no content");
  }

  /// A buffer that can be wiped.
  private static final class Wiped extends ByteArrayOutputStream {
    private void line(String text) {
      writeBytes(text.getBytes(StandardCharsets.US_ASCII));
      writeBytes(new byte[] {'\r', '\n'});
    }

    private void wipe() {
      Arrays.fill(buf, (byte) 0);
    }
  }
}
