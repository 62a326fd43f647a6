package dev.chancery.pki.certificate;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.chancery.pki.Attempts;

class CertificateFuzzTest {
  private static final TestAuthority ROOT = TestAuthority.root("CN=Root");

  @FuzzTest
  void anyBytesAreACertificateOrMalformed(byte[] bytes) {
    Attempts.of(() -> CertificateReading.everything(bytes, ROOT));
  }
}
