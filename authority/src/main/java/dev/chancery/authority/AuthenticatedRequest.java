package dev.chancery.authority;

import dev.chancery.authority.EnrollmentRequest.Operation;
import dev.chancery.authority.endpoint.Endpoint;
import dev.chancery.authority.requester.Requester;
import dev.chancery.pki.crypto.Digests;
import dev.chancery.pki.request.Template;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/// What a requester that has proven who it is asks for: a certificate for a key that is there, or
/// for one that is to be made here.
public sealed interface AuthenticatedRequest permits EnrollmentRequest, ServerKeyRequest {
  /// Where it arrived.
  Endpoint endpoint();

  /// A first certificate or the successor of one.
  Operation operation();

  /// Who asks.
  Requester requester();

  /// What is asked for (RFC 4211 §5), not yet what will be granted.
  Template template();

  /// Names the request in log and audit.
  String requestId();

  /// Names the request's content: a request that is sent again, freshly signed and on another
  /// connection, has the same (EST-124). Hex SHA-256.
  String digest();

  /// The digest over endpoint, operation, requester and names.
  ///
  /// @param key what is to be certified
  static String digest(AuthenticatedRequest request, String key) {
    String content =
        String.join(
            "\n",
            request.endpoint().name(),
            request.operation().name(),
            request.requester().id(),
            request.template().names().canonical(),
            request.template().changedNames().map(names -> names.canonical()).orElse("-"),
            key);
    return HexFormat.of().formatHex(Digests.sha256(content.getBytes(StandardCharsets.UTF_8)));
  }
}
