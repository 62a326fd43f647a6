package dev.chancery.bench;

import dev.chancery.pki.key.KeyPairs;
import dev.chancery.pki.key.KeyType;
import dev.chancery.pki.key.SubjectPublicKeyInfo;
import dev.chancery.pki.name.SubjectNames;
import dev.chancery.pki.request.CertificationRequest;
import dev.chancery.pki.request.CertificationRequestBuilder;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.util.Base64;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/// An HTTP request with a certification request for a key of its own, ready to be sent, so that the
/// client does next to nothing while the server is measured. A fresh key for each, because the same
/// request again would be answered with the same certificate again.
final class PreparedRequest {
  private final byte[] bytes;
  private final KeyPair keyPair;

  private PreparedRequest(byte[] bytes, KeyPair keyPair) {
    this.bytes = bytes;
    this.keyPair = keyPair;
  }

  /// Signs `count` requests, with all cores.
  ///
  /// @param authorization the value of that header, or empty for none
  /// @param names of request number 0, 1, …
  static List<PreparedRequest> prepare(
      int count, String operation, String authorization, IntFunction<SubjectNames> names) {
    return IntStream.range(0, count)
        .parallel()
        .mapToObj(number -> prepare(operation, authorization, names.apply(number)))
        .toList();
  }

  /// Signs one request.
  static PreparedRequest prepare(String operation, String authorization, SubjectNames names) {
    KeyPair keyPair = KeyPairs.generate(KeyType.P_256);
    CertificationRequest request = CertificationRequestBuilder.builder(names, keyPair).build();
    String body =
        Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(request.der().toByteArray())
            + "\n";
    String head =
        "POST /.well-known/est/"
            + operation
            + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/pkcs10\r\n"
            + (authorization.isEmpty() ? "" : "Authorization: " + authorization + "\r\n")
            + "Content-Length: "
            + body.length()
            + "\r\n\r\n";
    return new PreparedRequest((head + body).getBytes(StandardCharsets.US_ASCII), keyPair);
  }

  KeyPair keyPair() {
    return keyPair;
  }

  SubjectPublicKeyInfo publicKey() {
    return SubjectPublicKeyInfo.of(keyPair.getPublic());
  }

  void writeTo(OutputStream out) throws IOException {
    out.write(bytes);
    out.flush();
  }
}
