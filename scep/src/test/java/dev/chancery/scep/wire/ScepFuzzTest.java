package dev.chancery.scep.wire;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.chancery.pki.MalformedException;
import dev.chancery.pki.cms.SignatureInvalidException;
import dev.chancery.pki.cms.SignedMessage;
import java.nio.charset.StandardCharsets;

/// Whatever the bytes: a value or a refusal that is foreseen.
class ScepFuzzTest {
  private static void attempt(Runnable decoder) {
    try {
      decoder.run();
    } catch (MalformedException | SignatureInvalidException refused) {
      if (refused.getMessage() == null) {
        throw new AssertionError("a refusal has words", refused);
      }
    }
  }

  @FuzzTest
  void anyBytesAreARequestOrRefused(byte[] bytes) {
    attempt(() -> {
      SignedMessage message = SignedMessage.parse(bytes);
      PkiRequest request = PkiRequest.of(message, MessageHeader.of(message));
      request.signed().verify();
      request.envelope().isFor(Peers.SERVER);
    });
  }

  @FuzzTest
  void anyBytesAreAReplyOrRefused(byte[] bytes) {
    attempt(() -> CertRep.parse(bytes));
  }

  @FuzzTest
  void anyTextIsAQueryOrRefused(byte[] bytes) {
    attempt(() -> ScepQuery.parse(new String(bytes, StandardCharsets.ISO_8859_1)).messageOctets());
  }

  @FuzzTest
  void anyBytesAreNamesOrRefused(byte[] bytes) {
    attempt(() -> IssuerAndSubject.parse(bytes));
    attempt(() -> IssuerAndSerial.parse(bytes));
  }
}
