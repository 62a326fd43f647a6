package dev.chancery.pki.request;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.chancery.pki.Attempts;

class CertificationRequestFuzzTest {
  @FuzzTest
  void anyBytesAreARequestOrMalformed(byte[] bytes) {
    Attempts.of(() -> {
      CertificationRequest request = CertificationRequest.parse(bytes);
      try {
        ProofOfPossession.verify(request);
      } catch (WeakKeyException | ProofInvalidException refused) {
        // What most inputs come to.
        return;
      }
    });
  }
}
