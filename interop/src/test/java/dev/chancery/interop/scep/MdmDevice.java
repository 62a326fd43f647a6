package dev.chancery.interop.scep;

import dev.chancery.interop.Installation;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.cms.CertsOnly;
import dev.chancery.pki.cms.MessageKey;
import dev.chancery.pki.key.KeyType;
import dev.chancery.scep.wire.CertRep.Result;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.function.BooleanSupplier;

/// A managed device: it enrols with whatever challenge its manager gave it.
record MdmDevice(Installation chancery, String path, RawMessage.Device device, String subject) {
  static MdmDevice of(Installation chancery, String path, String subject) {
    return new MdmDevice(chancery, path, RawMessage.Device.of(KeyType.RSA_2048, subject), subject);
  }

  RawMessage message(String challenge, String... sans) {
    return RawMessage.pkcsReq(
        chancery, path, device, RawMessage.csr(device.keyPair(), challenge, subject, sans));
  }

  /// What the server says to it.
  Result enroll(String challenge, String... sans) {
    return message(challenge, sans).answer(chancery, path).result();
  }

  /// The HTTP answer, for when it is none of SCEP's.
  HttpResponse<byte[]> post(String challenge) {
    return message(challenge).post(chancery, path);
  }

  /// RenewalReq, signed with `holder`, without challenge.
  Result renew(MessageKey holder) {
    RawMessage message =
        RawMessage.of(
            chancery,
            path,
            "17",
            holder,
            RawMessage.csr(device.keyPair(), "", subject).der().toByteArray());
    return message.answer(chancery, path).result();
  }

  MessageKey holder(Certificate certificate) {
    return device.with(certificate);
  }

  Certificate enrolled(String challenge, String... sans) {
    return certificate(enroll(challenge, sans));
  }

  Certificate certificate(Result result) {
    return opened(result, device.signer());
  }

  static Certificate opened(Result result, MessageKey key) {
    if (result instanceof Result.Success success) {
      return CertsOnly.parse(success.open().open(key)).getFirst();
    }
    throw new AssertionError("no certificate: " + result);
  }

  static Result.Failure failure(Result result) {
    if (result instanceof Result.Failure failure) {
      return failure;
    }
    throw new AssertionError("no failure: " + result);
  }

  /// Waits for something that happens behind requests' back.
  static void until(String what, BooleanSupplier condition) {
    Instant deadline = Instant.now().plus(Duration.ofSeconds(30));
    while (!condition.getAsBoolean()) {
      if (Instant.now().isAfter(deadline)) {
        throw new AssertionError("waited in vain for " + what);
      }
      java.util.concurrent.locks.LockSupport.parkNanos(20_000_000);
    }
  }
}
