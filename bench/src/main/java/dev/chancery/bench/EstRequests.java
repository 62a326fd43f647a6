package dev.chancery.bench;

import dev.chancery.est.wire.EstBase64;
import dev.chancery.est.wire.MultipartMixed;
import dev.chancery.est.wire.MultipartMixed.Part;
import dev.chancery.lab.LabException;
import dev.chancery.pki.MalformedException;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.cms.CertsOnly;
import dev.chancery.pki.cms.ServerGeneratedKey;
import dev.chancery.pki.key.KeyPairs;
import dev.chancery.pki.key.SubjectPublicKeyInfo;
import dev.chancery.pki.name.SubjectNames;
import dev.chancery.pki.request.CertificationRequestBuilder;
import dev.chancery.transport.Body;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.util.Base64;
import java.util.List;

/// Requests of EST over HTTP/1.1 (RFC 7030) and over CoAP (RFC 9148).
final class EstRequests {
  private EstRequests() {}

  /// `/simpleenroll` or `/simplereenroll`, as it goes over the wire.
  ///
  /// @param authorization the value of that header, or empty for none
  static PreparedRequest enrollment(
      String operation, String authorization, SubjectNames names, KeyPair keyPair) {
    SubjectPublicKeyInfo key = SubjectPublicKeyInfo.of(keyPair.getPublic());
    return new PreparedRequest(
        http(operation, authorization, names, keyPair),
        body -> PreparedRequest.certificateFor(key, EstBase64.decode(Body.of(body))));
  }

  /// `/serverkeygen` (RFC 7030 §4.4), with a key of its own that nobody asks a certificate for.
  static PreparedRequest serverKey(SubjectNames names, KeyPair keyPair) {
    return new PreparedRequest(
        http("serverkeygen", "", names, keyPair), EstRequests::certificateOfKey);
  }

  /// The payload of `/sen` or `/sren`.
  static PreparedRequest payload(SubjectNames names, KeyPair keyPair) {
    SubjectPublicKeyInfo key = SubjectPublicKeyInfo.of(keyPair.getPublic());
    return new PreparedRequest(
        request(names, keyPair), body -> PreparedRequest.certificateFor(key, body));
  }

  private static byte[] request(SubjectNames names, KeyPair keyPair) {
    return CertificationRequestBuilder.builder(names, keyPair).build().der().toByteArray();
  }

  private static byte[] http(
      String operation, String authorization, SubjectNames names, KeyPair keyPair) {
    String body =
        Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(request(names, keyPair)) + "\n";
    String head =
        "POST /.well-known/est/"
            + operation
            + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/pkcs10\r\n"
            + (authorization.isEmpty() ? "" : "Authorization: " + authorization + "\r\n")
            + "Content-Length: "
            + body.length()
            + "\r\n\r\n";
    return (head + body).getBytes(StandardCharsets.US_ASCII);
  }

  /// The certificate beside the private key, which must be a pair.
  private static Certificate certificateOfKey(byte[] body) {
    // The boundary is the header's, and the first line's behind two hyphens.
    String firstLine = new String(body, StandardCharsets.US_ASCII).lines().findFirst().orElse("");
    if (firstLine.length() < 3) {
      throw new LabException("an answer is not multipart/mixed");
    }
    List<Part> parts = MultipartMixed.parse(firstLine.substring(2), Body.of(body)).parts();
    if (parts.size() != 2) {
      throw new LabException("an answer has " + parts.size() + " parts");
    }
    try {
      byte[] pkcs8 = ServerGeneratedKey.readClear(EstBase64.decode(parts.getFirst().content()));
      SubjectPublicKeyInfo key =
          CertsOnly.parse(EstBase64.decode(parts.getLast().content()))
              .getFirst()
              .subjectPublicKeyInfo();
      if (!KeyPairs.belongTogether(KeyPairs.privateKeyOf(pkcs8), key)) {
        throw new LabException("a key that the server made does not fit its certificate");
      }
      return PreparedRequest.certificateFor(key, EstBase64.decode(parts.getLast().content()));
    } catch (MalformedException e) {
      throw new LabException("an answer does not hold a key and its certificate", e);
    }
  }
}
