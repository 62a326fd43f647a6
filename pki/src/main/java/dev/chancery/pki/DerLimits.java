package dev.chancery.pki;

import java.io.IOException;
import org.bouncycastle.asn1.ASN1Primitive;

/// Looks over DER before a general parser may allocate for it: one value, definite minimal lengths,
/// bounded size and nesting, nothing behind it (EST-030, EST-046).
public final class DerLimits {
  /// Real requests nest about 12 deep; 32 leaves room for multi-layer attributes and stops
  /// recursion bombs.
  public static final int MAX_DEPTH = 32;

  /// The encoding rules that are demanded (X.690 §8, §10).
  private enum Rules {
    BER,
    DER
  }

  private DerLimits() {}

  /// Parses one DER value that fills `bytes`.
  ///
  /// @param what the thing's name for error messages, such as `certification request`
  /// @throws MalformedException if it is not one whole DER value within the limits
  public static ASN1Primitive parse(byte[] bytes, int maxBytes, String what) {
    check(bytes, maxBytes, Rules.DER, what);
    return read(bytes, "DER", what);
  }

  /// Like [#parse] for BER, where lengths may be indefinite or longer than need be. Size and
  /// nesting are bounded all the same.
  ///
  /// @throws MalformedException if it is not one whole BER value within the limits
  public static ASN1Primitive parseBer(byte[] bytes, int maxBytes, String what) {
    check(bytes, maxBytes, Rules.BER, what);
    return read(bytes, "BER", what);
  }

  private static ASN1Primitive read(byte[] bytes, String rules, String what) {
    try {
      return ASN1Primitive.fromByteArray(bytes);
    } catch (IOException | RuntimeException e) {
      // The parser signals some defects with unchecked exceptions (illegal OIDs, bad integers).
      throw new MalformedException("the " + what + " is not valid " + rules, e);
    }
  }

  /// The encoding of the first element inside the SEQUENCE that `bytes` is, exactly as sent.
  /// Signatures are verified over this and not over a re-encoding, since some requesters sort their
  /// SETs wrongly.
  ///
  /// @param bytes a value that [#parse] has accepted
  public static byte[] firstElement(byte[] bytes) {
    int start = contentStart(bytes, 0);
    return java.util.Arrays.copyOfRange(bytes, start, elementEnd(bytes, start));
  }

  private static int contentStart(byte[] bytes, int at) {
    int length = bytes[at + 1] & 0xff;
    return at + 2 + (length > 0x80 ? length & 0x7f : 0);
  }

  private static int elementEnd(byte[] bytes, int at) {
    int length = bytes[at + 1] & 0xff;
    int start = contentStart(bytes, at);
    if (length < 0x80) {
      return start + length;
    }
    int value = 0;
    for (int i = at + 2; i < start; i++) {
      value = value << 8 | (bytes[i] & 0xff);
    }
    return start + value;
  }

  private static void check(byte[] bytes, int maxBytes, Rules rules, String what) {
    if (bytes.length == 0) {
      throw new MalformedException("the " + what + " is empty");
    }
    if (bytes.length > maxBytes) {
      throw new MalformedException("the " + what + " is longer than " + maxBytes + " bytes");
    }
    int end = walk(bytes, 0, bytes.length, 1, rules, what);
    if (end != bytes.length) {
      throw new MalformedException("the " + what + " is followed by other bytes");
    }
  }

  /// Returns the index just behind the element that starts at `at`.
  private static int walk(byte[] bytes, int at, int end, int depth, Rules rules, String what) {
    if (depth > MAX_DEPTH) {
      throw new MalformedException("the " + what + " is nested more than " + MAX_DEPTH + " deep");
    }
    int p = at;
    if (p >= end) {
      throw truncated(what);
    }
    int tag = bytes[p++] & 0xff;
    if ((tag & 0x1f) == 0x1f) {
      int octets = 0;
      do {
        if (p >= end) {
          throw truncated(what);
        }
        if (++octets > 3) {
          throw new MalformedException("the " + what + " has an overlong tag");
        }
      } while ((bytes[p++] & 0x80) != 0);
    }
    if (p >= end) {
      throw truncated(what);
    }
    int length = bytes[p++] & 0xff;
    if (length == 0x80) {
      if (rules == Rules.DER || (tag & 0x20) == 0) {
        throw new MalformedException(
            "the " + what + " uses an indefinite length where none may be");
      }
      while (end - p < 2 || bytes[p] != 0 || bytes[p + 1] != 0) {
        p = walk(bytes, p, end, depth + 1, rules, what);
      }
      return p + 2;
    }
    if (length > 0x80) {
      int octets = length & 0x7f;
      if (octets > 3 || p + octets > end) {
        throw truncated(what);
      }
      length = 0;
      for (int i = 0; i < octets; i++) {
        length = length << 8 | (bytes[p++] & 0xff);
      }
      if (rules == Rules.DER && (length < 0x80 || length >>> (8 * (octets - 1)) == 0)) {
        throw new MalformedException(
            "the " + what + " uses a longer length than need be, which DER forbids");
      }
    }
    if (length > end - p) {
      throw truncated(what);
    }
    int contentEnd = p + length;
    if ((tag & 0x20) != 0) {
      while (p < contentEnd) {
        p = walk(bytes, p, contentEnd, depth + 1, rules, what);
      }
    }
    return contentEnd;
  }

  private static MalformedException truncated(String what) {
    return new MalformedException("the " + what + " is not DER or is cut short");
  }
}
