package dev.chancery.pki;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;

class DerLimitsFuzzTest {
  @FuzzTest
  void anyBytesAreDerOrMalformed(byte[] bytes) {
    Attempts.of(() -> encode(bytes));
  }

  private static void encode(byte[] bytes) {
    try {
      int length = DerLimits.parse(bytes, 1 << 16, "thing").getEncoded().length;
      if (length == 0) {
        throw new AssertionError("a value has an encoding");
      }
    } catch (IOException e) {
      throw new AssertionError("what was parsed can be encoded", e);
    }
  }
}
