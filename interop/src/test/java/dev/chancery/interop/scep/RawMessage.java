package dev.chancery.interop.scep;

import dev.chancery.authority.credential.Credentials;
import dev.chancery.interop.Installation;
import dev.chancery.pki.Der;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.certificate.SelfSigned;
import dev.chancery.pki.cms.CertsOnly;
import dev.chancery.pki.cms.ContentCipher;
import dev.chancery.pki.cms.DigestAlgorithm;
import dev.chancery.pki.cms.Envelope;
import dev.chancery.pki.cms.MessageKey;
import dev.chancery.pki.cms.Recipient;
import dev.chancery.pki.cms.SignedMessage;
import dev.chancery.pki.cms.SignedMessage.SignedAttribute;
import dev.chancery.pki.crypto.Randomness;
import dev.chancery.pki.key.KeyPairs;
import dev.chancery.pki.key.KeyType;
import dev.chancery.pki.name.DistinguishedName;
import dev.chancery.pki.name.SubjectNames;
import dev.chancery.pki.request.CertificationRequest;
import dev.chancery.pki.request.CertificationRequestBuilder;
import dev.chancery.scep.wire.CertRep;
import dev.chancery.scep.wire.Nonce;
import dev.chancery.scep.wire.TransactionId;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.security.KeyPair;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.DERPrintableString;

/// A pkiMessage of which every part can be wrong.
final class RawMessage {
  static final String PREFIX = "2.16.840.1.113733.1.9.";

  private static final HttpClient HTTP =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  private final List<Certificate> authorities;
  String type = "19";
  String transactionId = TransactionId.fresh().value();
  byte[] nonce = Randomness.bytes(16);
  byte[] content = new byte[0];
  Optional<byte[]> envelope = Optional.empty();
  List<Recipient> recipients;
  ContentCipher cipher = ContentCipher.AES_128;
  DigestAlgorithm digest = DigestAlgorithm.SHA_256;
  MessageKey signer;
  List<Certificate> chain = List.of();
  List<SignedAttribute> moreAttributes = new ArrayList<>();

  private RawMessage(List<Certificate> authorities, MessageKey signer) {
    this.authorities = authorities;
    this.signer = signer;
    this.recipients = List.of(new Recipient.KeyTransport(authorities.getFirst()));
  }

  /// A device's key with a self-signed certificate.
  record Device(KeyPair keyPair, MessageKey signer) {
    static Device of(KeyType type, String subject) {
      KeyPair pair = KeyPairs.generate(type);
      return new Device(pair, selfSigned(pair, subject));
    }

    /// The same key with its issued certificate.
    MessageKey with(Certificate certificate) {
      return new MessageKey(certificate, keyPair.getPrivate());
    }
  }

  static MessageKey selfSigned(KeyPair pair, String subject) {
    Instant from = Instant.parse("2026-01-01T00:00:00Z");
    return new MessageKey(
        SelfSigned.of(
            DistinguishedName.parse(subject), pair, from, from.plus(Duration.ofDays(3650))),
        pair.getPrivate());
  }

  /// A sound PKCSReq.
  static RawMessage pkcsReq(
      Installation chancery, String path, Device device, CertificationRequest csr) {
    RawMessage message = new RawMessage(caCertificates(chancery, path), device.signer());
    message.content = csr.der().toByteArray();
    return message;
  }

  /// A message with any content.
  static RawMessage of(
      Installation chancery, String path, String type, MessageKey signer, byte[] content) {
    RawMessage message = new RawMessage(caCertificates(chancery, path), signer);
    message.type = type;
    message.content = content;
    return message;
  }

  static CertificationRequest csr(KeyPair key, String challenge, String subject, String... sans) {
    CertificationRequestBuilder builder =
        CertificationRequestBuilder.builder(SubjectNames.parse(subject, List.of(sans)), key);
    return challenge.isEmpty() ? builder.build() : builder.challengePassword(challenge).build();
  }

  static String challenge(Credentials.Created credential) {
    return credential.credential().id() + ":" + credential.secret();
  }

  static List<Certificate> caCertificates(Installation chancery, String path) {
    return CertsOnly.parse(get(chancery, path + "?operation=GetCACert").body());
  }

  List<Certificate> authorities() {
    return authorities;
  }

  static SignedAttribute attribute(String oid, ASN1Encodable value) {
    try {
      return new SignedAttribute(
          oid, List.of(Der.of(value.toASN1Primitive().getEncoded(ASN1Encoding.DER))));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  byte[] encode() {
    List<SignedAttribute> attributes = new ArrayList<>();
    attributes.add(attribute(PREFIX + "2", new DERPrintableString(type)));
    attributes.add(attribute(PREFIX + "7", new DERPrintableString(transactionId)));
    if (nonce.length > 0) {
      attributes.add(attribute(PREFIX + "5", new DEROctetString(nonce)));
    }
    attributes.addAll(moreAttributes);
    return SignedMessage.sign(
        signer,
        digest,
        Optional.of(Der.of(envelope.orElseGet(() -> Envelope.seal(content, cipher, recipients)))),
        attributes,
        chain);
  }

  HttpResponse<byte[]> post(Installation chancery, String path) {
    return post(chancery, path, encode());
  }

  /// Sends it and reads the signed reply, which must answer it.
  CertRep answer(Installation chancery, String path) {
    HttpResponse<byte[]> response = post(chancery, path);
    if (response.statusCode() != 200) {
      throw new AssertionError(
          response.statusCode()
              + ": "
              + new String(response.body(), java.nio.charset.StandardCharsets.UTF_8));
    }
    CertRep.Signed signed = CertRep.parse(response.body());
    if (!signed.signer().equals(authorities.getFirst())) {
      throw new AssertionError("signed by " + signed.signer());
    }
    if (!signed.reply().transactionId().value().equals(transactionId)
        || !signed.reply().recipientNonce().equals(new Nonce(Der.of(nonce)))) {
      throw new AssertionError("answers another message");
    }
    return signed.reply();
  }

  static HttpResponse<byte[]> post(Installation chancery, String path, byte[] body) {
    return send(
        HttpRequest.newBuilder(uri(chancery, path + "?operation=PKIOperation"))
            .POST(HttpRequest.BodyPublishers.ofByteArray(body)));
  }

  static HttpResponse<byte[]> get(Installation chancery, String pathAndQuery) {
    return send(HttpRequest.newBuilder(uri(chancery, pathAndQuery)).GET());
  }

  static URI uri(Installation chancery, String pathAndQuery) {
    return URI.create("http://127.0.0.1:" + chancery.server().clearPort() + pathAndQuery);
  }

  static HttpResponse<byte[]> send(HttpRequest.Builder request) {
    try {
      return HTTP.send(
          request.timeout(Duration.ofSeconds(30)).build(), HttpResponse.BodyHandlers.ofByteArray());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}
