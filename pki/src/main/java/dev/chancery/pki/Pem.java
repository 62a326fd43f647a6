package dev.chancery.pki;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Textual encoding of PKIX structures (RFC 7468): strict 64-column output, lenient input.
///
/// @param label such as `CERTIFICATE`
/// @param der the decoded content
public record Pem(String label, Der der) {
  private static final Pattern BLOCK =
      Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----([^-]*)-----END \\1-----");

  /// All blocks in `text`, in order; text between them is ignored (RFC 7468 §2).
  ///
  /// @throws MalformedException if a block's body is not Base64
  public static List<Pem> parseAll(String text) {
    List<Pem> blocks = new ArrayList<>();
    Matcher matcher = BLOCK.matcher(text);
    while (matcher.find()) {
      try {
        byte[] der = Base64.getDecoder().decode(matcher.group(2).replaceAll("\\s", ""));
        blocks.add(new Pem(matcher.group(1), Der.of(der)));
      } catch (IllegalArgumentException e) {
        throw new MalformedException("the PEM block " + matcher.group(1) + " is not Base64", e);
      }
    }
    return List.copyOf(blocks);
  }

  /// The block with 64-column lines and a final newline (RFC 7468 §2).
  public String encode() {
    String body =
        Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII))
            .encodeToString(der.toByteArray());
    return "-----BEGIN " + label + "-----\n" + body + "\n-----END " + label + "-----\n";
  }
}
