package dev.chancery.scep.responder;

import dev.chancery.authority.Refusal;
import dev.chancery.authority.endpoint.Endpoint;
import dev.chancery.pki.request.CertificationRequest;
import dev.chancery.scep.responder.ScepAuthentication.Circumstances;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Tells the operator that a device stands before a closed door, and what opens it: the device is
/// told as little as RFC 8894 has words for.
final class RefusedChallenge {
  private static final Logger LOG = LoggerFactory.getLogger(RefusedChallenge.class);

  private RefusedChallenge() {}

  /// Writes one line, if the refusal is about a challenge.
  ///
  /// @param credential the id, if it is known; else who it was instead, or empty
  static void report(
      Endpoint endpoint,
      Refusal refusal,
      String credential,
      CertificationRequest csr,
      Circumstances where) {
    String remedy = remedy(endpoint, refusal, credential, csr);
    if (!remedy.isEmpty()) {
      LOG.atWarn()
          .addKeyValue("endpoint", endpoint.name())
          .addKeyValue("code", refusal.code().id())
          .addKeyValue("reason", refusal.what())
          .addKeyValue("device", csr.template().names())
          .addKeyValue("credential", credential.isEmpty() ? "-" : credential)
          .addKeyValue("address", where.address())
          .addKeyValue("transaction", where.transactionId())
          .addKeyValue("request-id", where.requestId())
          .addKeyValue("remedy", remedy)
          .log("a challenge was refused");
    }
  }

  /// What to do, or nothing if the challenge is not what is wrong.
  private static String remedy(
      Endpoint endpoint, Refusal refusal, String credential, CertificationRequest csr) {
    return switch (refusal.code()) {
      case CREDENTIAL_MISSING, CREDENTIAL_UNKNOWN ->
          "give the device the challenge as it was shown, or a new one: " + create(endpoint, csr);
      case CREDENTIAL_EXPIRED, CREDENTIAL_EXHAUSTED, CREDENTIAL_REVOKED ->
          "give the device a new challenge: "
              + create(endpoint, csr)
              + " (if it still holds a valid certificate, let it renew with that)";
      case CREDENTIAL_NOT_FOR_ENDPOINT,
          CREDENTIAL_NOT_FOR_KEY,
          CREDENTIAL_NOT_FOR_DEVICE,
          CREDENTIAL_NOT_FOR_NETWORK,
          NAME_NOT_ENTITLED ->
          credential.isEmpty()
              ? refusal.hint()
              : "see what it is for: chancery credential show " + credential;
      case AUTHORISER_DENIED, AUTHORISER_UNAVAILABLE -> refusal.hint();
      default -> "";
    };
  }

  private static String create(Endpoint endpoint, CertificationRequest csr) {
    StringBuilder command = new StringBuilder("chancery credential create");
    if (!csr.template().names().subject().isEmpty()) {
      command.append(" --subject").append(quoted(csr.template().names().subject().toString()));
    }
    csr.template()
        .names()
        .alternatives()
        .forEach(name -> command.append(" --san").append(quoted(name.toString())));
    return command.append(" --endpoint ").append(endpoint.name()).toString();
  }

  /// What came from outside is pasted into a shell: nothing in it may mean anything there.
  private static String quoted(String text) {
    return " '" + text.replaceAll("[\\p{Cntrl}']", "?") + "'";
  }
}
