package dev.chancery.bench;

import dev.chancery.lab.LabException;
import dev.chancery.pki.MalformedException;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.certificate.SelfSigned;
import dev.chancery.pki.cms.CertsOnly;
import dev.chancery.pki.cms.ContentCipher;
import dev.chancery.pki.cms.DigestAlgorithm;
import dev.chancery.pki.cms.MessageKey;
import dev.chancery.pki.key.SubjectPublicKeyInfo;
import dev.chancery.pki.name.SubjectNames;
import dev.chancery.pki.request.CertificationRequestBuilder;
import dev.chancery.scep.wire.CertRep;
import dev.chancery.scep.wire.MessageHeader;
import dev.chancery.scep.wire.MessageType;
import dev.chancery.scep.wire.Nonce;
import dev.chancery.scep.wire.PkiRequest;
import dev.chancery.scep.wire.TransactionId;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/// Requests of SCEP over HTTP/1.1 (RFC 8894).
final class ScepRequests {
  /// The attribute pkiStatus with the value SUCCESS, in DER. Its place in a reply varies.
  private static final byte[] SUCCESS =
      HexFormat.of().parseHex("060a6086480186f8450109033103130130");

  private ScepRequests() {}

  /// The certificate of the registration authority, which GetCACert shows first.
  static Certificate registrationAuthority(int clearPort) {
    byte[] head =
        "GET /scep?operation=GetCACert HTTP/1.1\r\nHost: localhost\r\n\r\n"
            .getBytes(StandardCharsets.US_ASCII);
    PreparedRequest request = new PreparedRequest(head, body -> CertsOnly.parse(body).getFirst());
    try (Session session = HttpConnection.openClear(clearPort)) {
      return request.certificateIn(session.send(request));
    } catch (IOException e) {
      throw new UncheckedIOException("the server does not show its CA by SCEP", e);
    }
  }

  /// A first enrollment, signed with a certificate that the key makes for itself.
  ///
  /// @param keyPair RSA: it also opens the answer
  static PreparedRequest pkcsReq(
      Certificate recipient, String challenge, SubjectNames names, KeyPair keyPair) {
    byte[] request =
        CertificationRequestBuilder.builder(names, keyPair)
            .challengePassword(challenge)
            .build()
            .der()
            .toByteArray();
    Instant now = Instant.now();
    MessageKey signer =
        new MessageKey(
            SelfSigned.of(
                names.subject(),
                keyPair,
                now.minus(Duration.ofHours(1)),
                now.plus(Duration.ofDays(1))),
            keyPair.getPrivate());
    byte[] message =
        PkiRequest.encode(
            MessageType.PKCS_REQ,
            new MessageHeader(TransactionId.fresh(), Nonce.fresh()),
            request,
            recipient,
            ContentCipher.AES_128,
            signer,
            DigestAlgorithm.SHA_256,
            List.of());
    return new PreparedRequest(post(message), new Reply(signer));
  }

  private static byte[] post(byte[] message) {
    byte[] head =
        ("POST /scep?operation=PKIOperation HTTP/1.1\r\nHost: localhost\r\n"
                + "Content-Type: application/x-pki-message\r\nContent-Length: "
                + message.length
                + "\r\n\r\n")
            .getBytes(StandardCharsets.US_ASCII);
    byte[] whole = Arrays.copyOf(head, head.length + message.length);
    System.arraycopy(message, 0, whole, head.length, message.length);
    return whole;
  }

  /// What comes back to `signer`.
  private record Reply(MessageKey signer) implements PreparedRequest.Reading {
    /// A refusal comes with the HTTP status 200 too.
    @Override
    public Optional<String> problem(byte[] body) {
      return contains(body) ? Optional.empty() : Optional.of("no success: " + result(body));
    }

    private static boolean contains(byte[] body) {
      for (int at = 0; at + SUCCESS.length <= body.length; at++) {
        if (Arrays.equals(body, at, at + SUCCESS.length, SUCCESS, 0, SUCCESS.length)) {
          return true;
        }
      }
      return false;
    }

    private static String result(byte[] body) {
      try {
        return CertRep.parse(body).reply().result().toString();
      } catch (MalformedException e) {
        return e.safeMessage();
      }
    }

    @Override
    public Certificate certificate(byte[] body) {
      if (!(CertRep.parse(body).reply().result() instanceof CertRep.Result.Success success)) {
        throw new LabException("an answer grants nothing: " + result(body));
      }
      SubjectPublicKeyInfo key = signer.certificate().subjectPublicKeyInfo();
      return PreparedRequest.certificateFor(key, success.open().open(signer));
    }
  }
}
