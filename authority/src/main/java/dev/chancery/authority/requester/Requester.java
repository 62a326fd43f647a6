package dev.chancery.authority.requester;

import dev.chancery.authority.credential.CredentialRecord;
import dev.chancery.authority.endpoint.Endpoint;
import dev.chancery.authority.endpoint.Endpoint.RegistrationAuthorityScope;
import dev.chancery.authority.endpoint.NameSpace;
import dev.chancery.authority.ledger.CertificateRecord;
import dev.chancery.authority.notification.Notification;
import dev.chancery.pki.certificate.ValidatedPath;
import dev.chancery.pki.name.SubjectNames;
import java.util.Optional;

/// Somebody whose identity has been proven. There is no anonymous kind, and each kind is a class
/// that only the check which it stands for can make: [CertificateAuthentication],
/// [CredentialAuthentication], [ExternalAuthentication], or the server's own start.
public sealed interface Requester {
  /// Names the requester in digests, audit and searches; stable over connections. Such as
  /// `credential:shop-floor`, `certificate:issuing/0190…`, `device:acme/3f…`, `relayed:est/3f…`,
  /// `registration-authority:issuing/0190…`, `server:tls`, `server:keys`.
  String id();

  /// The holder of a certificate that an issuer of ours made, unrevoked and known to the ledger.
  final class CertificateHolder implements Requester {
    private final CertificateRecord record;

    CertificateHolder(CertificateRecord record) {
      this.record = record;
    }

    /// The certificate as the ledger has it.
    public CertificateRecord record() {
      return record;
    }

    @Override
    public String id() {
      return "certificate:" + record.issuer() + "/" + record.certificate().serialNumber();
    }
  }

  /// The holder of a registration authority's certificate of ours (id-kp-cmcRA), asking for
  /// somebody else.
  final class RegistrationAuthority implements Requester {
    private final CertificateRecord record;
    private final RegistrationAuthorityScope scope;

    RegistrationAuthority(CertificateRecord record, RegistrationAuthorityScope scope) {
      this.record = record;
      this.scope = scope;
    }

    public CertificateRecord record() {
      return record;
    }

    /// What it may ask for at the endpoint where it authenticated.
    public RegistrationAuthorityScope scope() {
      return scope;
    }

    @Override
    public String id() {
      return "registration-authority:"
          + record.issuer()
          + "/"
          + record.certificate().serialNumber();
    }
  }

  /// A device with its manufacturer's certificate (IDevID), let in by an allow-list.
  final class DeviceHolder implements Requester {
    private final ValidatedPath path;
    private final Endpoint.DeviceAnchors anchors;

    DeviceHolder(ValidatedPath path, Endpoint.DeviceAnchors anchors) {
      this.path = path;
      this.anchors = anchors;
    }

    public ValidatedPath path() {
      return path;
    }

    /// The database that let it in, with what its devices get.
    public Endpoint.DeviceAnchors anchors() {
      return anchors;
    }

    @Override
    public String id() {
      return "device:" + anchors.anchors().name() + "/" + path.leaf().sha256Hex().substring(0, 32);
    }
  }

  /// The holder of a certificate that the server behind the endpoint has issued, and that is on
  /// none of its CRLs.
  final class RelayedHolder implements Requester {
    private final ValidatedPath path;

    RelayedHolder(ValidatedPath path) {
      this.path = path;
    }

    public ValidatedPath path() {
      return path;
    }

    @Override
    public String id() {
      return "relayed:" + path.anchors() + "/" + path.leaf().sha256Hex().substring(0, 32);
    }
  }

  /// Somebody who knows a credential's secret, perhaps with a certificate beside it.
  final class CredentialHolder implements Requester {
    private final CredentialRecord credential;
    private final Optional<Requester> certificate;

    CredentialHolder(CredentialRecord credential, Optional<Requester> certificate) {
      this.credential = credential;
      this.certificate = certificate;
    }

    /// As it was when the secret was checked. Whether a use is left is decided when the certificate
    /// is stored.
    public CredentialRecord credential() {
      return credential;
    }

    /// Who it is by certificate, where the endpoint demands both.
    public Optional<Requester> certificate() {
      return certificate;
    }

    @Override
    public String id() {
      return "credential:" + credential.id();
    }
  }

  /// Somebody who knows the secret that all devices of an endpoint share, and of whom no more is
  /// known.
  final class SharedSecretHolder implements Requester {
    private final Endpoint endpoint;
    private final NameSpace names;

    SharedSecretHolder(Endpoint endpoint, NameSpace names) {
      this.endpoint = endpoint;
      this.names = names;
    }

    /// What may be asked for with the secret.
    public NameSpace names() {
      return names;
    }

    @Override
    public String id() {
      return "shared-secret:" + endpoint.name();
    }
  }

  /// Somebody for whom a party outside has spoken: a webhook of the operator's, or a device
  /// manager's service.
  final class ExternallyAllowed implements Requester {
    private final Endpoint endpoint;
    private final String authoriser;
    private final String reference;
    private final NameSpace names;
    private final Optional<CertificateHolder> certificate;
    private final Optional<Notification.Owed> owed;

    ExternallyAllowed(
        Endpoint endpoint,
        String authoriser,
        String reference,
        NameSpace names,
        Optional<CertificateHolder> certificate,
        Optional<Notification.Owed> owed) {
      this.endpoint = endpoint;
      this.authoriser = authoriser;
      this.reference = reference;
      this.names = names;
      this.certificate = certificate;
      this.owed = owed;
    }

    /// Who has spoken, by kind: `webhook`, `intune`.
    public String authoriser() {
      return authoriser;
    }

    /// Under which the other side can find its decision.
    public String reference() {
      return reference;
    }

    /// What may be asked for at the endpoint, whatever was allowed outside.
    public NameSpace names() {
      return names;
    }

    /// Who it is by certificate, if one of ours signed the request.
    public Optional<CertificateHolder> certificate() {
      return certificate;
    }

    /// The notification that the other side is owed, if it wants one.
    public Optional<Notification.Owed> owed() {
      return owed;
    }

    @Override
    public String id() {
      return authoriser + ":" + endpoint.name();
    }
  }

  /// The server itself, for its own certificates.
  final class ServerItself implements Requester {
    private final String purpose;
    private final SubjectNames names;
    private final String profile;

    private ServerItself(String purpose, SubjectNames names, String profile) {
      this.purpose = purpose;
      this.names = names;
      this.profile = profile;
    }

    /// Made where the server starts, and only there (an architecture test holds it).
    public static ServerItself of(SubjectNames names, String profile) {
      return of("tls", names, profile);
    }

    /// For the certificate that signs keys which the server makes for others. Made where the server
    /// starts, and only there, too.
    public static ServerItself asKeyMaker(SubjectNames names, String profile) {
      return new ServerItself("keys", names, profile);
    }

    /// Like [#of(SubjectNames, String)], for something else than TLS.
    ///
    /// @param purpose such as `scep/factory`
    public static ServerItself of(String purpose, SubjectNames names, String profile) {
      return new ServerItself(purpose, names, profile);
    }

    public SubjectNames names() {
      return names;
    }

    public String profile() {
      return profile;
    }

    @Override
    public String id() {
      return "server:" + purpose;
    }
  }
}
