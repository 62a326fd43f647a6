package dev.chancery.est.responder;

import dev.chancery.authority.endpoint.Endpoint;
import dev.chancery.est.wire.CoapOperation;
import dev.chancery.est.wire.EstBase64;
import dev.chancery.est.wire.EstLabel;
import dev.chancery.est.wire.EstOperation;

/// An endpoint with what is peculiar to EST's wire. The defaults of the others satisfy the most
/// clients: `WRAPPED`, `SENT`, `OPTIONAL`, `TEMPLATE_AND_LEGACY`, `CHALLENGE_PASSWORD`, `REFUSED`,
/// `OFF`.
///
/// @param endpoint its protocol is `est`; its label is empty or an [EstLabel]
/// @param base64 how bodies of replies are laid out (EST-043)
/// @param transferEncoding whether 200 replies name the encoding (EST-044)
/// @param linking whether requests must hold the channel binding
/// @param csrAttributes in which forms it announces what it wants of requests
/// @param linkingAttribute in which attribute it announces to want the channel binding
/// @param oneTimePassword whether otpChallenge authenticates
/// @param digest whether HTTP Digest authenticates
/// @param serverKeys whether `/serverkeygen` is offered, and how
public record EstEndpoint(
    Endpoint endpoint,
    EstBase64.Form base64,
    TransferEncoding transferEncoding,
    ChannelBindingDemand linking,
    CsrAttributesForm csrAttributes,
    IdentityLinkingAttribute linkingAttribute,
    OneTimePasswordAttribute oneTimePassword,
    HttpDigest digest,
    ServerKeyOffer serverKeys) {
  /// Whether `Content-Transfer-Encoding: base64` is sent. RFC 8951 makes it meaningless;
  /// BouncyCastle's client and libest need it all the same.
  public enum TransferEncoding {
    SENT,
    OMITTED
  }

  /// Takes EST endpoints only.
  ///
  /// @throws dev.chancery.pki.MalformedException if the label is none
  public EstEndpoint {
    if (!endpoint.protocol().equals("est")) {
      throw new IllegalArgumentException(endpoint.name() + " is not an EST endpoint");
    }
    if (linking == ChannelBindingDemand.REQUIRED && csrAttributes == CsrAttributesForm.NONE) {
      throw new IllegalArgumentException(
          endpoint.name() + " demands the channel binding and does not announce it (EST-192)");
    }
    String first = path(endpoint, EstOperation.CACERTS);
    if (!first.startsWith(EstOperation.ROOT)) {
      throw new IllegalArgumentException(first + " is not below " + EstOperation.ROOT);
    }
  }

  /// The exact path of `operation` here.
  String path(EstOperation operation) {
    return path(endpoint, operation);
  }

  /// The exact path of `operation` here, over CoAP.
  String path(CoapOperation operation) {
    return endpoint.label().isEmpty()
        ? operation.path()
        : operation.path(new EstLabel(endpoint.label()));
  }

  /// True if requests over CoAP can fulfil what it demands: it takes certificates alone, since
  /// there are no passwords there, and demands no channel binding, since DTLS tells this server
  /// none.
  public boolean isForCoap() {
    return linking == ChannelBindingDemand.OPTIONAL
        && switch (endpoint.authentication()) {
          case CERTIFICATE, EITHER -> true;
          case PASSWORD, BOTH -> false;
        };
  }

  private static String path(Endpoint endpoint, EstOperation operation) {
    return endpoint.label().isEmpty()
        ? operation.path()
        : operation.path(new EstLabel(endpoint.label()));
  }
}
