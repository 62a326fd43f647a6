package dev.chancery.pki.name;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.chancery.pki.Attempts;
import dev.chancery.pki.DerLimits;
import dev.chancery.pki.MalformedException;
import java.nio.charset.StandardCharsets;
import org.bouncycastle.asn1.x500.X500Name;

class NamesFuzzTest {
  @FuzzTest
  void anyTextIsASubjectOrMalformed(byte[] bytes) {
    Attempts.of(() -> readBack(DistinguishedName.parse(text(bytes))));
  }

  @FuzzTest
  void anyTextIsAnAlternativeNameOrMalformed(byte[] bytes) {
    Attempts.of(() -> {
      GeneralName name = GeneralName.parse(text(bytes));
      if (!GeneralName.of(name.toAsn1()).equals(name)) {
        throw new AssertionError("the name does not survive its encoding");
      }
      if (!GeneralName.parse(name.toString()).equals(name)) {
        throw new AssertionError("the name does not survive its text");
      }
    });
  }

  @FuzzTest
  void anyBytesAreASubjectOrMalformed(byte[] bytes) {
    Attempts.of(() -> {
      X500Name asn1;
      try {
        asn1 = X500Name.getInstance(DerLimits.parse(bytes, 4096, "name"));
        asn1.getRDNs();
      } catch (IllegalArgumentException | IllegalStateException | ClassCastException e) {
        throw new MalformedException("the bytes are no name", e);
      }
      DistinguishedName name = DistinguishedName.of(asn1);
      if (!DistinguishedName.of(name.toX500Name()).equals(name)) {
        throw new AssertionError("the name does not survive its encoding");
      }
    });
  }

  private static void readBack(DistinguishedName name) {
    if (!DistinguishedName.parse(name.toString()).equals(name)) {
      throw new AssertionError("the name does not survive its text");
    }
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }
}
