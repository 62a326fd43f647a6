package dev.chancery.pki.cms;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.chancery.pki.Attempts;
import dev.chancery.pki.MalformedException;

class MessagesFuzzTest {
  @FuzzTest
  void anyBytesAreASignedMessageOrMalformed(byte[] bytes) {
    Attempts.of(() -> {
      SignedMessage message = SignedMessage.parse(bytes);
      message.attributes().forEach(attribute -> message.attribute(attribute.oid()));
      try {
        message.verify();
      } catch (SignatureInvalidException e) {
        throw new MalformedException(e.safeMessage(), e);
      }
    });
  }

  @FuzzTest
  void anyBytesAreAnEnvelopeOrMalformed(byte[] bytes) {
    Attempts.of(() -> {
      Envelope envelope = Envelope.parse(bytes);
      if (envelope.isFor(Keys.RSA)) {
        envelope.open(Keys.RSA);
      }
      if (envelope.opensByPassword()) {
        envelope.openWithPassword(new byte[] {1});
      }
    });
  }
}
