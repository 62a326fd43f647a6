package dev.chancery.authority.audit;

import dev.chancery.pki.crypto.Digests;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/// A link of the audit chain. Its hash covers its place, its content and the hash of the link
/// before, so that an entry that is edited, deleted or moved breaks the chain at a place that can
/// be named.
///
/// @param sequence 1, 2, 3, … without gaps
/// @param previousHash hex SHA-256 of the link before; 64 zeros for the first
/// @param hash hex SHA-256 of this link
public record AuditEntry(long sequence, AuditEvent event, String previousHash, String hash) {
  /// What stands before the first link.
  public static final String GENESIS = "0".repeat(64);

  /// The link that follows one with `previousHash`.
  public static AuditEntry link(long sequence, AuditEvent event, String previousHash) {
    return new AuditEntry(sequence, event, previousHash, hash(sequence, event, previousHash));
  }

  /// The hash that a link at this place with this content must have: SHA-256 over previous hash (32
  /// bytes), sequence and time (8 bytes each, big-endian), and the strings action, request id,
  /// actor and each detail's name and value in order, each preceded by its UTF-8 length (4 bytes).
  /// Lengths keep neighbouring fields apart.
  public static String hash(long sequence, AuditEvent event, String previousHash) {
    byte[][] strings = new byte[3 + 2 * event.details().size()][];
    int count = 0;
    strings[count++] = utf8(event.actionId());
    strings[count++] = utf8(event.requestId());
    strings[count++] = utf8(event.actor());
    for (var detail : event.details().entrySet()) {
      strings[count++] = utf8(detail.getKey());
      strings[count++] = utf8(detail.getValue());
    }
    int length = 32 + 8 + 8;
    for (byte[] string : strings) {
      length += 4 + string.length;
    }
    ByteBuffer buffer = ByteBuffer.allocate(length);
    buffer.put(HexFormat.of().parseHex(previousHash));
    buffer.putLong(sequence).putLong(event.at().toEpochMilli());
    for (byte[] string : strings) {
      buffer.putInt(string.length).put(string);
    }
    return HexFormat.of().formatHex(Digests.sha256(buffer.array()));
  }

  /// True if the hash is what the content demands.
  public boolean isIntact() {
    return hash.equals(hash(sequence, event, previousHash));
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
