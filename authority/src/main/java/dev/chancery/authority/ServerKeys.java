package dev.chancery.authority;

import dev.chancery.authority.DeliverableKey.Form;
import dev.chancery.authority.fault.FaultPoint;
import dev.chancery.authority.ledger.CertificateRecord;
import dev.chancery.authority.ledger.Ledger;
import dev.chancery.authority.ledger.LedgerUnavailableException;
import dev.chancery.authority.requester.Requester;
import dev.chancery.pki.Der;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.cms.KeyEncipherment;
import dev.chancery.pki.cms.ServerGeneratedKey;
import dev.chancery.pki.cms.UnfitRecipientException;
import dev.chancery.pki.key.GeneratedKey;
import dev.chancery.pki.name.SubjectNames;
import java.time.Clock;
import java.util.Optional;

/// Makes keys for requesters that cannot (RFC 7030 §4.4), packs them as asked, and gets their
/// certificates through the one door, [Authority#enroll].
///
/// A key is made when everything else has been decided, packed before its certificate is issued,
/// and wiped when the method returns; nothing of it is stored or logged. So it can be delivered
/// once: whoever lost the reply gets a fresh key and certificate, if it is entitled to one more.
/// Thread-safe.
public final class ServerKeys {
  private final Authority authority;
  private final Ledger ledger;
  private final KeyPackageSigners signers;
  private final Clock clock;
  private final KeyGeneration generation = new KeyGeneration();

  public ServerKeys(Authority authority, Ledger ledger, KeyPackageSigners signers, Clock clock) {
    this.authority = authority;
    this.ledger = ledger;
    this.signers = signers;
    this.clock = clock;
  }

  /// Decides about a request, and if it is granted, makes the key and issues the certificate.
  /// Returns when the outcome is durable. Never throws for anything that a requester can cause.
  ///
  /// @throws IllegalStateException if there is nobody to sign an encrypted key; nothing is issued
  ///   then
  public ServerKeyOutcome enroll(ServerKeyRequest request) {
    try {
      return switch (authority.permitKey(request, names -> encipherment(request, names))) {
        case KeyPermission.Settled settled -> settled.outcome();
        case KeyPermission.Permitted permitted -> make(request, permitted);
      };
    } catch (RefusedException e) {
      return new ServerKeyOutcome.Refused(authority.refuse(request, e.refusal()).refusal());
    } catch (LedgerUnavailableException e) {
      return new ServerKeyOutcome.Refused(Authority.unavailable(e).refusal());
    }
  }

  private ServerKeyOutcome make(ServerKeyRequest request, KeyPermission.Permitted permitted) {
    try (GeneratedKey key = generation.make(permitted.type())) {
      DeliverableKey packed = packed(key, permitted.encipherment(), request.endpoint().issuer());
      FaultPoint.KEY_MADE.reached();
      return switch (authority.enroll(request.with(key))) {
        case Outcome.Issued issued -> new ServerKeyOutcome.Issued(issued.chain(), packed);
        case Outcome.Pending pending -> {
          packed.close();
          yield new ServerKeyOutcome.Pending(pending.ticket(), pending.retryAfter());
        }
        case Outcome.Refused refused -> {
          packed.close();
          yield new ServerKeyOutcome.Refused(refused.refusal());
        }
      };
    }
  }

  private DeliverableKey packed(
      GeneratedKey key, Optional<KeyEncipherment> encipherment, String issuer) {
    return encipherment
        .map(how ->
            new DeliverableKey(
                Form.ENVELOPED, ServerGeneratedKey.seal(key, signers.of(issuer), how)))
        .orElseGet(() -> new DeliverableKey(Form.CLEAR, key.pkcs8()));
  }

  private Optional<KeyEncipherment> encipherment(ServerKeyRequest request, SubjectNames names) {
    return switch (request.delivery()) {
      case KeyDelivery.Clear() -> Optional.empty();
      case KeyDelivery.BySharedKey shared -> Optional.of(shared.encipherment());
      case KeyDelivery.ToCertificate to -> Optional.of(toCertificate(request, names, to));
    };
  }

  private KeyEncipherment toCertificate(
      ServerKeyRequest request, SubjectNames names, KeyDelivery.ToCertificate to) {
    Certificate certificate =
        ownCertificate(request, names, to.keyIdentifier())
            .orElseThrow(() ->
                new RefusedException(
                    Refusal.Code.KEY_ENCRYPTION_IMPOSSIBLE,
                    "the AsymmetricDecryptKeyIdentifier is not the subject key identifier of a current"
                        + " certificate of the requester",
                    "name a certificate that this server has issued for the same names"));
    try {
      return KeyEncipherment.toCertificate(certificate, to.keyIdentifier(), to.capabilities());
    } catch (UnfitRecipientException e) {
      throw new RefusedException(
          new Refusal(
              Refusal.Code.KEY_ENCRYPTION_IMPOSSIBLE,
              e.what(),
              "name another certificate or list other algorithms; the key is never sent in the clear"
                  + " instead"),
          e);
    }
  }

  /// The requester's certificate with that key: the one it has authenticated with, or one of this
  /// issuer that bears the very names which the requester gets now, unrevoked and valid. The ten
  /// newest of those are looked at.
  private Optional<Certificate> ownCertificate(
      ServerKeyRequest request, SubjectNames names, Der keyIdentifier) {
    return presented(request.requester())
        .filter(certificate -> isNamed(certificate, keyIdentifier))
        .or(() ->
            ledger
                .certificatesNamed(request.endpoint().issuer(), names.canonical(), clock.instant())
                .stream()
                .map(CertificateRecord::certificate)
                .filter(certificate -> isNamed(certificate, keyIdentifier))
                .filter(certificate -> certificate.isValidAt(clock.instant()))
                .findFirst());
  }

  private static Optional<Certificate> presented(Requester requester) {
    return switch (requester) {
      case Requester.CertificateHolder holder -> Optional.of(holder.record().certificate());
      case Requester.DeviceHolder device -> Optional.of(device.path().leaf());
      case Requester.RelayedHolder holder -> Optional.of(holder.path().leaf());
      case Requester.CredentialHolder holder -> holder.certificate().flatMap(ServerKeys::presented);
      // A registration authority asks for somebody else, who shall read the key.
      case Requester.RegistrationAuthority _authority -> Optional.empty();
      case Requester.SharedSecretHolder _holder -> Optional.empty();
      case Requester.ExternallyAllowed _allowed -> Optional.empty();
      case Requester.ServerItself _server -> Optional.empty();
    };
  }

  private static boolean isNamed(Certificate certificate, Der keyIdentifier) {
    return certificate
        .subjectKeyIdentifier()
        .map(Der::of)
        .filter(keyIdentifier::equals)
        .isPresent();
  }
}
