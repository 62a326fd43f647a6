package dev.chancery.authority;

import java.util.Locale;

/// Why a request is refused: the stable code for programs, what happened for people, and what to do
/// about it. Both texts may be shown to the peer as far as the protocol allows; neither ends with a
/// period or holds control characters.
///
/// @param what one plain sentence, naming the value it is about
/// @param hint what to do next; a command to paste where one helps
public record Refusal(Code code, String what, String hint) {
  public Refusal {
    what = oneLine(what);
    hint = oneLine(hint);
  }

  /// The stable vocabulary. Every protocol maps all of it to its own words in one place.
  public enum Code {
    /// The bytes are not what the protocol demands.
    MALFORMED,
    /// The signature over the request does not verify with the key inside it.
    PROOF_OF_POSSESSION_INVALID,
    /// The message's own signature, made by whoever sent it, does not verify.
    MESSAGE_SIGNATURE_INVALID,
    /// The message uses an algorithm that the endpoint's policy does not allow.
    ALGORITHM_NOT_ALLOWED,
    /// The message says that it was signed too long ago, or not yet, or does not say when.
    SIGNING_TIME_WRONG,
    /// These very bytes have led to a certificate before.
    MESSAGE_REPLAYED,
    /// The channel binding in the request is not that of the connection (RFC 7030 §3.5).
    CHANNEL_BINDING_WRONG,
    /// The endpoint demands a channel binding and there is none.
    CHANNEL_BINDING_MISSING,
    /// There is a channel binding that this server cannot check.
    CHANNEL_BINDING_UNVERIFIABLE,
    /// Nobody has authenticated and a credential would help.
    CREDENTIAL_MISSING,
    /// No such credential, or its secret is another one.
    CREDENTIAL_UNKNOWN,
    /// The credential's time is over.
    CREDENTIAL_EXPIRED,
    /// The credential has been used as often as it may be.
    CREDENTIAL_EXHAUSTED,
    /// The credential has been revoked.
    CREDENTIAL_REVOKED,
    /// The credential is for other endpoints.
    CREDENTIAL_NOT_FOR_ENDPOINT,
    /// The credential is for another key.
    CREDENTIAL_NOT_FOR_KEY,
    /// The credential is for another device than the one that the request names.
    CREDENTIAL_NOT_FOR_DEVICE,
    /// The credential is for requests from other networks.
    CREDENTIAL_NOT_FOR_NETWORK,
    /// Too many wrong secrets; wait.
    RATE_LIMITED,
    /// A certificate is needed and none was presented.
    CERTIFICATE_MISSING,
    /// The presented certificate does not chain to an anchor of the endpoint.
    CERTIFICATE_UNTRUSTED,
    /// The presented certificate has expired.
    CERTIFICATE_EXPIRED,
    /// The presented certificate is not valid yet.
    CERTIFICATE_NOT_YET_VALID,
    /// The presented certificate has been revoked.
    CERTIFICATE_REVOKED,
    /// Whether the presented certificate has been revoked cannot be told now.
    REVOCATION_UNKNOWN,
    /// The presented certificate has been renewed already and its successor is in use.
    CERTIFICATE_SUPERSEDED,
    /// The presented certificate is sound but is not entitled to this.
    CERTIFICATE_NOT_ENTITLED,
    /// A name was asked for that the entitlement does not hold.
    NAME_NOT_ENTITLED,
    /// A renewal asks for other names than those of the certificate being renewed.
    NAME_CHANGED,
    /// ChangeSubjectName is not allowed here.
    NAME_CHANGE_FORBIDDEN,
    /// The key is too weak for anybody.
    KEY_WEAK,
    /// The profile does not take keys of this type.
    KEY_TYPE_NOT_ALLOWED,
    /// The key has been certified before: for other names, or at all where the profile demands a
    /// new one.
    KEY_REUSED,
    /// A certificate for the key has been revoked because somebody else has the key.
    KEY_COMPROMISED,
    /// Keys made here leave encrypted only at this endpoint, and the request does not say for whom.
    KEY_ENCRYPTION_MISSING,
    /// A key made here cannot be encrypted as the request asks: unknown recipient, or no algorithm
    /// that both sides know.
    KEY_ENCRYPTION_IMPOSSIBLE,
    /// The key is a CA's own.
    KEY_OF_AUTHORITY,
    /// An extension was asked for that the profile does not allow.
    EXTENSION_NOT_ALLOWED,
    /// As many certificates as the profile allows have these names already.
    TOO_MANY_CERTIFICATES,
    /// It is too early to renew.
    RENEWAL_TOO_EARLY,
    /// Somebody decided against the request.
    DENIED,
    /// No such thing under that name.
    NOT_FOUND,
    /// The ledger cannot write; nothing was issued.
    LEDGER_UNAVAILABLE,
    /// The server behind the endpoint gave no answer.
    UPSTREAM_UNAVAILABLE,
    /// The party outside that decides about the endpoint's requests said no.
    AUTHORISER_DENIED,
    /// That party gave no answer that means anything; so nothing was issued.
    AUTHORISER_UNAVAILABLE,
    /// A fault of this server.
    INTERNAL;

    /// The form in logs, metrics, audit and replies, such as `name-not-entitled`.
    public String id() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  private static String oneLine(String text) {
    return text.replaceAll("\\p{Cntrl}+", " ").strip();
  }

  /// `what: hint (code)`, for a reply of one line.
  public String sentence() {
    return hint.isEmpty()
        ? what + " (" + code.id() + ")"
        : what + ": " + hint + " (" + code.id() + ")";
  }
}
