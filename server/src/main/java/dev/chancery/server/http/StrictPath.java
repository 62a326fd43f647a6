package dev.chancery.server.http;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/// Decodes a request's path once and refuses everything that two readers could understand in two
/// ways (EST-026): empty, `.` and `..` segments, encoded slashes, controls, bad escapes. A slash at
/// the end is part of the path, since some SCEP clients append one (SCEP-002).
final class StrictPath {
  private StrictPath() {}

  /// The decoded path, or empty if there can be nothing under it.
  static Optional<String> decode(String raw) {
    if (!raw.startsWith("/") || raw.length() > 2048) {
      return Optional.empty();
    }
    return unescape(raw).filter(StrictPath::isPlain);
  }

  private static Optional<String> unescape(String raw) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(raw.length());
    for (int i = 0; i < raw.length(); i++) {
      char c = raw.charAt(i);
      if (c > 0x7e) {
        return Optional.empty();
      }
      if (c != '%') {
        bytes.write(c);
        continue;
      }
      if (i + 2 >= raw.length()) {
        return Optional.empty();
      }
      int high = Character.digit(raw.charAt(i + 1), 16);
      int low = Character.digit(raw.charAt(i + 2), 16);
      int octet = high * 16 + low;
      if (high < 0 || low < 0 || octet == '/' || octet == '\\') {
        return Optional.empty();
      }
      bytes.write(octet);
      i += 2;
    }
    try {
      return Optional.of(
          StandardCharsets.UTF_8
              .newDecoder()
              .decode(ByteBuffer.wrap(bytes.toByteArray()))
              .toString());
    } catch (CharacterCodingException e) {
      return Optional.empty();
    }
  }

  private static boolean isPlain(String path) {
    if (path.chars().anyMatch(Character::isISOControl)) {
      return false;
    }
    String[] segments = path.substring(1).split("/", -1);
    for (int i = 0; i < segments.length; i++) {
      String segment = segments[i];
      if (i > 0 && i == segments.length - 1 && segment.isEmpty()) {
        return true;
      }
      if (segment.isEmpty() || segment.equals(".") || segment.equals("..")) {
        return false;
      }
    }
    return true;
  }
}
