package dev.chancery.est.responder;

import dev.chancery.authority.Refusal;
import dev.chancery.authority.RefusedException;
import dev.chancery.authority.requester.Requester;
import dev.chancery.pki.Der;
import dev.chancery.pki.request.CertificationRequest;
import dev.chancery.pki.request.RequestAttribute.ChallengePassword;
import dev.chancery.pki.request.RequestAttribute.EstIdentityLinking;
import dev.chancery.transport.ChannelBindings;
import dev.chancery.transport.ChannelBindings.ChannelBinding;
import dev.chancery.transport.Peer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.List;
import java.util.stream.Stream;

/// Links proof of possession to the TLS connection (RFC 7030 §3.5): challengePassword, or
/// estIdentityLinking (RFC 7894 §3.3), holds the Base64 of the connection's channel binding. In TLS
/// 1.2 that is tls-unique (RFC 5929), or tls-exporter (RFC 9266) where the extended master secret
/// makes it unique; in TLS 1.3 it is tls-exporter, as RFC 9148 §3 has it (EST-243, EST-244).
final class ChannelBindingCheck {
  /// What a request is linked by.
  enum Link {
    NONE,
    /// The requester is a registration authority, which has checked its own client's binding.
    VOUCHED_FOR,
    TLS_UNIQUE,
    /// Good for one request per connection (RFC 9266 §4, EST-246).
    TLS_EXPORTER
  }

  /// The length of tls-unique's Base64: a Finished of TLS 1.2 has 12 bytes.
  private static final int TLS_UNIQUE_CHARACTERS = 16;

  private ChannelBindingCheck() {}

  /// Verifies the binding in `request`, if there is one. An empty one counts as present (EST-241).
  ///
  /// @throws RefusedException if it is wrong, cannot be checked, or is missing where demanded
  static Link check(
      CertificationRequest request,
      Requester requester,
      Peer.Tls peer,
      ChannelBindingDemand demand) {
    List<String> sent =
        Stream.concat(
                request.challengePassword().map(ChallengePassword::value).stream(),
                request.estIdentityLinking().map(EstIdentityLinking::value).stream())
            .toList();
    if (sent.isEmpty()) {
      return switch (demand) {
        case OPTIONAL -> Link.NONE;
        case REQUIRED ->
            throw new RefusedException(
                Refusal.Code.CHANNEL_BINDING_MISSING,
                "this endpoint requires linking of identity and proof of possession and the request has no challengePassword",
                "put the connection's channel binding into challengePassword (RFC 7030 §3.5)");
      };
    }
    if (requester instanceof Requester.RegistrationAuthority) {
      // The binding is that of the RA's client and cannot match the RA's connection (EST-232).
      return Link.VOUCHED_FOR;
    }
    // Whoever sends both attributes means both.
    return sent.stream().map(value -> verify(value, peer)).toList().getLast();
  }

  /// True if some binding of this connection could be verified.
  static boolean isPossible(Peer.Tls peer) {
    ChannelBindings bindings = peer.bindings().get();
    return tlsUnique(peer, bindings) instanceof ChannelBinding.Known
        || bindings.tlsExporter() instanceof ChannelBinding.Known;
  }

  private static Link verify(String sent, Peer.Tls peer) {
    ChannelBindings bindings = peer.bindings().get();
    ChannelBinding unique = tlsUnique(peer, bindings);
    ChannelBinding exporter = bindings.tlsExporter();
    if (unique instanceof ChannelBinding.Known known && same(sent, known.bytes())) {
      return Link.TLS_UNIQUE;
    }
    if (exporter instanceof ChannelBinding.Known known && same(sent, known.bytes())) {
      return Link.TLS_EXPORTER;
    }
    // "Cannot tell" is never "nothing to check" (EST-247), but it is another answer than "wrong".
    if (exporter instanceof ChannelBinding.Unavailable
        && unique instanceof ChannelBinding.Unavailable) {
      throw unverifiable();
    }
    if (unique instanceof ChannelBinding.Unavailable
        && !isTls13(peer)
        && sent.length() == TLS_UNIQUE_CHARACTERS) {
      throw unverifiable();
    }
    throw new RefusedException(
        Refusal.Code.CHANNEL_BINDING_WRONG,
        "the challengePassword or estIdentityLinking is not the channel binding of this connection",
        "build the request anew on the connection that sends it, or leave challengePassword out; passwords belong into HTTP Basic");
  }

  /// TLS 1.3 has no tls-unique, whatever a TLS stack calls by that name (EST-245).
  private static ChannelBinding tlsUnique(Peer.Tls peer, ChannelBindings bindings) {
    return isTls13(peer)
        ? new ChannelBinding.Unavailable("TLS 1.3 has no tls-unique")
        : bindings.tlsUnique();
  }

  private static boolean isTls13(Peer.Tls peer) {
    return !peer.protocol().equals("TLSv1.2") && !peer.protocol().equals("DTLSv1.2");
  }

  private static boolean same(String sent, Der binding) {
    byte[] expected = Base64.getEncoder().encode(binding.toByteArray());
    return MessageDigest.isEqual(expected, sent.getBytes(StandardCharsets.UTF_8));
  }

  private static RefusedException unverifiable() {
    return new RefusedException(
        Refusal.Code.CHANNEL_BINDING_UNVERIFIABLE,
        "the request has a challengePassword or estIdentityLinking and this server cannot tell the channel binding of this connection",
        "leave it out, or connect over HTTPS with TLS 1.3");
  }
}
