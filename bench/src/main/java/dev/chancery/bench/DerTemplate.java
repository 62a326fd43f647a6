package dev.chancery.bench;

import dev.chancery.pki.Der;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// A DER value in which some octets are left open: lengths around them follow what is filled in.
/// Immutable and thread-safe.
final class DerTemplate {
  private static final int CONSTRUCTED = 0x20;
  private static final int OCTET_STRING = 0x04;

  private sealed interface Part {}

  /// Octets that are always the same.
  private record Fixed(Der octets) implements Part {}

  /// What is filled in.
  private record Open(int slot) implements Part {}

  /// A value with others inside.
  private record Value(int tag, List<Part> parts) implements Part {}

  private final Part root;

  private DerTemplate(Part root) {
    this.root = root;
  }

  /// Leaves open in `der` what stands there of `slots`.
  ///
  /// @param slots octets that occur in `der`, each in one primitive value or more
  static DerTemplate of(byte[] der, List<byte[]> slots) {
    return new DerTemplate(parse(der, 0, der.length, slots).getFirst());
  }

  private static List<Part> parse(byte[] der, int from, int to, List<byte[]> slots) {
    List<Part> parts = new ArrayList<>();
    for (int at = from; at < to; ) {
      int content = contentOf(der, at);
      int end = content + lengthOf(der, at);
      byte[] whole = Arrays.copyOfRange(der, at, end);
      if (slots.stream().noneMatch(slot -> indexOf(whole, slot, 0) >= 0)) {
        parts.add(new Fixed(Der.of(whole)));
      } else if ((der[at] & CONSTRUCTED) != 0 || isWrapped(der, at, content, end)) {
        parts.add(new Value(der[at] & 0xff, parse(der, content, end, slots)));
      } else {
        parts.add(new Value(der[at] & 0xff, open(Arrays.copyOfRange(der, content, end), slots)));
      }
      at = end;
    }
    return parts;
  }

  /// True for an OCTET STRING that holds one DER value, as those of extensions do.
  private static boolean isWrapped(byte[] der, int at, int content, int end) {
    return der[at] == OCTET_STRING
        && end - content > 2
        && contentOf(der, content) + lengthOf(der, content) == end;
  }

  private static int contentOf(byte[] der, int at) {
    return at + 2 + ((der[at + 1] & 0x80) == 0 ? 0 : der[at + 1] & 0x7f);
  }

  private static int lengthOf(byte[] der, int at) {
    int first = der[at + 1] & 0xff;
    if (first < 0x80) {
      return first;
    }
    int length = 0;
    for (int i = 0; i < (first & 0x7f) && i < 4; i++) {
      length = length << 8 | (der[at + 2 + i] & 0xff);
    }
    return length;
  }

  private static List<Part> open(byte[] content, List<byte[]> slots) {
    List<Part> parts = new ArrayList<>();
    int at = 0;
    while (at < content.length) {
      int next = content.length;
      int found = -1;
      for (int slot = 0; slot < slots.size(); slot++) {
        int index = indexOf(content, slots.get(slot), at);
        if (index >= 0 && index < next) {
          next = index;
          found = slot;
        }
      }
      if (next > at) {
        parts.add(new Fixed(Der.of(Arrays.copyOfRange(content, at, next))));
      }
      if (found >= 0) {
        parts.add(new Open(found));
        next += slots.get(found).length;
      }
      at = next;
    }
    return parts;
  }

  private static int indexOf(byte[] where, byte[] what, int from) {
    for (int at = from; at + what.length <= where.length; at++) {
      if (Arrays.equals(where, at, at + what.length, what, 0, what.length)) {
        return at;
      }
    }
    return -1;
  }

  /// The value with `filling` in the slots.
  byte[] fill(byte[]... filling) {
    Backwards out = new Backwards();
    write(root, filling, out);
    return out.octets();
  }

  /// A value around others.
  static byte[] value(int tag, byte[]... parts) {
    Backwards out = new Backwards();
    for (int i = parts.length - 1; i >= 0; i--) {
      out.prepend(parts[i]);
    }
    out.prependHead(tag, out.length());
    return out.octets();
  }

  private static void write(Part part, byte[][] filling, Backwards out) {
    switch (part) {
      case Fixed(Der octets) -> out.prepend(octets.toByteArray());
      case Open(int slot) -> out.prepend(filling[slot]);
      case Value(int tag, List<Part> parts) -> {
        int after = out.length();
        for (int i = parts.size() - 1; i >= 0; i--) {
          write(parts.get(i), filling, out);
        }
        out.prependHead(tag, out.length() - after);
      }
    }
  }

  /// Written from its end, since a length stands before what it counts.
  private static final class Backwards {
    private byte[] buffer = new byte[1024];
    private int start = buffer.length;

    int length() {
      return buffer.length - start;
    }

    void prepend(byte[] octets) {
      if (start < octets.length) {
        byte[] larger = new byte[2 * buffer.length + octets.length];
        System.arraycopy(buffer, start, larger, larger.length - length(), length());
        start = larger.length - length();
        buffer = larger;
      }
      start -= octets.length;
      System.arraycopy(octets, 0, buffer, start, octets.length);
    }

    void prependHead(int tag, int length) {
      ByteArrayOutputStream head = new ByteArrayOutputStream(5);
      head.write(tag);
      if (length < 0x80) {
        head.write(length);
      } else if (length < 0x100) {
        head.write(0x81);
        head.write(length);
      } else {
        head.write(0x82);
        head.write(length >> 8);
        head.write(length);
      }
      prepend(head.toByteArray());
    }

    byte[] octets() {
      return Arrays.copyOfRange(buffer, start, buffer.length);
    }
  }
}
