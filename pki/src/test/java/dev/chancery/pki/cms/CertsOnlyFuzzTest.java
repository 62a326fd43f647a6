package dev.chancery.pki.cms;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.chancery.pki.Attempts;

class CertsOnlyFuzzTest {
  @FuzzTest
  void anyBytesAreAMessageOrMalformed(byte[] bytes) {
    Attempts.of(() -> CertsOnly.parse(bytes));
  }
}
