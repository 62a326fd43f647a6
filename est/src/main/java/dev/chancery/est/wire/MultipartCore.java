package dev.chancery.est.wire;

import dev.chancery.pki.MalformedException;
import dev.chancery.transport.Body;
import java.nio.ByteBuffer;
import java.util.Arrays;

/// A message of two parts (`application/multipart-core`, RFC 8710): what `skg` and `skc` answer
/// with (RFC 9148 §4.8). In CBOR (RFC 8949) it is an array of four: format, bytes, format, bytes. A
/// format is a CoAP Content-Format; the parts may be in either order. RFC 8710 has messages with
/// more or fewer parts too, and with null in place of bytes; EST-coaps has not.
public record MultipartCore(Part first, Part second) {
  /// The head of an array of four elements.
  private static final int ARRAY_OF_FOUR = 0x84;

  private static final int UNSIGNED = 0;
  private static final int BYTE_STRING = 2;

  private static final int MAX_FORMAT = 0xffff;

  /// One part.
  ///
  /// @param contentFormat from 0 to 65535, one of [CoapContentFormat] in EST-coaps
  public record Part(int contentFormat, Body content) {
    public Part {
      requireFormat(contentFormat);
    }
  }

  /// The message in the shortest form (RFC 8949 §4.1), in one buffer for the caller to wipe:
  /// nothing else keeps a copy of the contents.
  ///
  /// @throws IllegalArgumentException if a format is not from 0 to 65535
  public static byte[] encode(
      int firstFormat, byte[] firstContent, int secondFormat, byte[] secondContent) {
    requireFormat(firstFormat);
    requireFormat(secondFormat);
    ByteBuffer out =
        ByteBuffer.allocate(
            1
                + headLength(firstFormat)
                + headLength(firstContent.length)
                + firstContent.length
                + headLength(secondFormat)
                + headLength(secondContent.length)
                + secondContent.length);
    out.put((byte) ARRAY_OF_FOUR);
    putHead(out, UNSIGNED, firstFormat);
    putHead(out, BYTE_STRING, firstContent.length);
    out.put(firstContent);
    putHead(out, UNSIGNED, secondFormat);
    putHead(out, BYTE_STRING, secondContent.length);
    out.put(secondContent);
    return out.array();
  }

  /// Reads a message with definite lengths, be they written shortly or not.
  ///
  /// @throws MalformedException if it is anything but two parts, or something follows them
  public static MultipartCore parse(byte[] cbor) {
    ByteBuffer in = ByteBuffer.wrap(cbor);
    if (!in.hasRemaining() || (in.get() & 0xff) != ARRAY_OF_FOUR) {
      throw new MalformedException("the parts are not a CBOR array of four elements");
    }
    MultipartCore message = new MultipartCore(part(in), part(in));
    if (in.hasRemaining()) {
      throw new MalformedException("something follows the CBOR array of parts");
    }
    return message;
  }

  private static Part part(ByteBuffer in) {
    long format = head(in, UNSIGNED, "content format");
    if (format > MAX_FORMAT) {
      throw new MalformedException("a part's content format is larger than " + MAX_FORMAT);
    }
    long length = head(in, BYTE_STRING, "content");
    if (length > in.remaining()) {
      throw new MalformedException("a part's content is cut off");
    }
    byte[] content = new byte[(int) length];
    in.get(content);
    try {
      return new Part((int) format, Body.of(content));
    } finally {
      Arrays.fill(content, (byte) 0);
    }
  }

  /// The number in the head of a data item of `majorType` (RFC 8949 §3), at most 2³²-1: nothing
  /// here is longer.
  private static long head(ByteBuffer in, int majorType, String what) {
    if (!in.hasRemaining()) {
      throw new MalformedException("a part's " + what + " is missing");
    }
    int initial = in.get() & 0xff;
    int information = initial & 0x1f;
    if (initial >> 5 != majorType || information > 26) {
      throw new MalformedException("a part's " + what + " is none");
    }
    if (information < 24) {
      return information;
    }
    int width = 1 << (information - 24);
    if (in.remaining() < width) {
      throw new MalformedException("a part's " + what + " is cut off");
    }
    long number = 0;
    for (int i = 0; i < width; i++) {
      number = (number << 8) | (in.get() & 0xff);
    }
    return number;
  }

  private static int headLength(int number) {
    if (number < 24) {
      return 1;
    }
    return number <= 0xff ? 2 : number <= 0xffff ? 3 : 5;
  }

  private static void putHead(ByteBuffer out, int majorType, int number) {
    int type = majorType << 5;
    switch (headLength(number)) {
      case 1 -> out.put((byte) (type | number));
      case 2 -> out.put((byte) (type | 24)).put((byte) number);
      case 3 -> out.put((byte) (type | 25)).putShort((short) number);
      default -> out.put((byte) (type | 26)).putInt(number);
    }
  }

  private static void requireFormat(int contentFormat) {
    if (contentFormat < 0 || contentFormat > MAX_FORMAT) {
      throw new IllegalArgumentException(contentFormat + " is no content format");
    }
  }
}
