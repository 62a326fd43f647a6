package dev.chancery.pki;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;
import java.util.List;

class PemFuzzTest {
  @FuzzTest
  void anyTextIsReadAndWhatIsReadCanBeWritten(byte[] bytes) {
    Attempts.of(() -> {
      for (Pem block : Pem.parseAll(new String(bytes, StandardCharsets.UTF_8))) {
        if (!Pem.parseAll(block.encode()).equals(List.of(block))) {
          throw new AssertionError("a block is not read back");
        }
      }
    });
  }
}
