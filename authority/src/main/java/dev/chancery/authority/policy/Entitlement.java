package dev.chancery.authority.policy;

import dev.chancery.authority.AuthenticatedRequest;
import dev.chancery.authority.EnrollmentRequest.Operation;
import dev.chancery.authority.Refusal;
import dev.chancery.authority.RefusedException;
import dev.chancery.authority.credential.CredentialRecord;
import dev.chancery.authority.endpoint.Endpoint;
import dev.chancery.authority.endpoint.NameSpace;
import dev.chancery.authority.ledger.CertificateRecord;
import dev.chancery.authority.ledger.Ledger;
import dev.chancery.authority.profile.NameTemplate;
import dev.chancery.authority.requester.Requester;
import dev.chancery.pki.MalformedException;
import dev.chancery.pki.certificate.KeyUsageBit;
import dev.chancery.pki.name.SubjectNames;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// What a requester has a right to, whatever it asks for.
///
/// @param source for messages: such as `credential "shop-floor"`
/// @param names which names
/// @param profile the profile's name
/// @param key hex SHA-256 of the only key it may have certified, if bound
/// @param replaces the certificate being renewed
/// @param credential the credential of which a use is taken
public record Entitlement(
    String source,
    Names names,
    String profile,
    Optional<String> key,
    Optional<CertificateRecord> replaces,
    Optional<String> credential) {
  /// Which names.
  public sealed interface Names {
    /// These, passed through the profile's templates.
    record Entitled(SubjectNames names) implements Names {}

    /// Any inside a space, passed through the profile's templates.
    record Within(NameSpace space) implements Names {}

    /// Those of the certificate being renewed, unchanged.
    record Kept(SubjectNames names) implements Names {}

    /// `granted`, though the request may also repeat `own`, the names of the manufacturer's
    /// certificate (EST-084).
    record Device(SubjectNames own, SubjectNames granted) implements Names {}
  }

  /// The entitlement of the request's requester.
  ///
  /// @throws RefusedException if there is none for this operation
  public static Entitlement of(AuthenticatedRequest request, Ledger ledger, Instant now) {
    return byUsage(request, ofRequester(request, ledger, now));
  }

  /// Where the endpoint has profiles by key usage, one of them takes the place of its own: for
  /// first certificates, and for requesters whose entitlement has no other profile.
  private static Entitlement byUsage(AuthenticatedRequest request, Entitlement whole) {
    Endpoint endpoint = request.endpoint();
    if (endpoint.profilesByUsage().isEmpty()
        || request.operation() != Operation.INITIAL
        || !whole.profile().equals(endpoint.profile())) {
      return whole;
    }
    Set<KeyUsageBit> asked = RequestedExtension.keyUsage(request.template());
    String profile =
        endpoint
            .profilesByUsage()
            .get()
            .of(asked)
            .orElseThrow(() ->
                new RefusedException(
                    Refusal.Code.EXTENSION_NOT_ALLOWED,
                    endpoint.name()
                        + " has no profile for "
                        + (asked.isEmpty()
                            ? "requests without key usage"
                            : "the key usage " + asked),
                    "ask for another key usage, or set profiles-by-key-usage of the endpoint"));
    return new Entitlement(
        whole.source(), whole.names(), profile, whole.key(), whole.replaces(), whole.credential());
  }

  private static Entitlement ofRequester(AuthenticatedRequest request, Ledger ledger, Instant now) {
    return switch (request.requester()) {
      case Requester.CredentialHolder holder -> ofCredential(request, holder);
      case Requester.CertificateHolder holder ->
          ofCertificate(request.operation(), holder.record());
      case Requester.DeviceHolder holder -> ofDevice(request.operation(), holder);
      case Requester.RelayedHolder holder ->
          ofRelayed(request.operation(), request.endpoint(), holder);
      case Requester.RegistrationAuthority authority ->
          ofRegistrationAuthority(request, authority, ledger, now);
      case Requester.SharedSecretHolder holder -> ofSharedSecret(request, holder);
      case Requester.ExternallyAllowed allowed -> ofExternallyAllowed(request, allowed);
      case Requester.ServerItself server -> ofServer(server);
    };
  }

  /// What a requester has a right to when it asks for a first certificate at `endpoint`, whatever
  /// that will be.
  ///
  /// @throws RefusedException if there is nothing
  public static Entitlement beforehand(Endpoint endpoint, Requester requester) {
    return switch (requester) {
      case Requester.CredentialHolder holder -> ofCredential(holder.credential());
      case Requester.CertificateHolder holder -> ofCertificate(Operation.INITIAL, holder.record());
      case Requester.DeviceHolder holder -> ofDevice(Operation.INITIAL, holder);
      case Requester.RelayedHolder holder -> ofRelayed(Operation.INITIAL, endpoint, holder);
      case Requester.RegistrationAuthority authority ->
          ofRegistrationAuthority(endpoint, authority);
      case Requester.SharedSecretHolder holder -> sharedSecret(endpoint, holder);
      case Requester.ExternallyAllowed allowed -> externallyAllowed(endpoint, allowed);
      case Requester.ServerItself server -> ofServer(server);
    };
  }

  private static Entitlement ofServer(Requester.ServerItself server) {
    return new Entitlement(
        "this server",
        new Names.Entitled(server.names()),
        server.profile(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  private static Entitlement ofCredential(
      AuthenticatedRequest request, Requester.CredentialHolder holder) {
    CredentialRecord credential = holder.credential();
    Optional<String> id = Optional.of(credential.id());
    if (request.operation() == Operation.RENEWAL) {
      if (holder.certificate().orElse(null) instanceof Requester.CertificateHolder certificate) {
        Entitlement renewal = ofCertificate(Operation.RENEWAL, certificate.record());
        return new Entitlement(
            renewal.source(),
            renewal.names(),
            renewal.profile(),
            credential.key(),
            renewal.replaces(),
            id);
      }
      throw new RefusedException(
          Refusal.Code.CERTIFICATE_MISSING,
          "a renewal is authenticated by the certificate being renewed",
          "present it in the TLS handshake, or enrol anew with simpleenroll");
    }
    return ofCredential(credential);
  }

  private static Entitlement ofCredential(CredentialRecord credential) {
    return new Entitlement(
        "credential \"" + credential.id() + "\"",
        switch (credential.names()) {
          case CredentialRecord.EntitledNames.Exactly exactly ->
              new Names.Entitled(exactly.names());
          case CredentialRecord.EntitledNames.Within within -> new Names.Within(within.space());
        },
        credential.profile(),
        credential.key(),
        Optional.empty(),
        Optional.of(credential.id()));
  }

  private static Entitlement ofCertificate(Operation operation, CertificateRecord record) {
    return new Entitlement(
        "certificate " + record.certificate().serialNumber(),
        new Names.Kept(record.certificate().names()),
        record.profile(),
        Optional.empty(),
        operation == Operation.RENEWAL ? Optional.of(record) : Optional.empty(),
        Optional.empty());
  }

  private static Entitlement ofDevice(Operation operation, Requester.DeviceHolder holder) {
    if (operation == Operation.RENEWAL) {
      throw new RefusedException(
          Refusal.Code.CERTIFICATE_NOT_ENTITLED,
          "a manufacturer's certificate does not renew",
          "enrol with it through simpleenroll; renew with the certificate issued here");
    }
    SubjectNames own = holder.path().leaf().names();
    try {
      SubjectNames granted =
          new NameTemplate(holder.anchors().subject(), holder.anchors().alternatives()).apply(own);
      return new Entitlement(
          "device certificate of \"" + holder.path().anchors() + "\"",
          new Names.Device(own, granted),
          holder.anchors().profile(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty());
    } catch (MalformedException e) {
      throw new RefusedException(
          new Refusal(
              Refusal.Code.NAME_NOT_ENTITLED,
              "the device certificate does not fit the naming of this endpoint: " + e.safeMessage(),
              "ask the operator to adapt subject and alternatives of its device-anchors"),
          e);
    }
  }

  private static Entitlement ofRelayed(
      Operation operation, Endpoint endpoint, Requester.RelayedHolder holder) {
    if (operation != Operation.RENEWAL) {
      throw new RefusedException(
          Refusal.Code.CERTIFICATE_NOT_ENTITLED,
          "a certificate of the server behind this one renews itself and gets no other",
          "renew it with simplereenroll");
    }
    return new Entitlement(
        "certificate " + holder.path().leaf().serialNumber() + " of the server behind",
        new Names.Kept(holder.path().leaf().names()),
        endpoint.profile(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  private static Entitlement ofSharedSecret(
      AuthenticatedRequest request, Requester.SharedSecretHolder holder) {
    if (request.operation() == Operation.RENEWAL) {
      throw new RefusedException(
          Refusal.Code.CERTIFICATE_MISSING,
          "a renewal is authenticated by the certificate being renewed",
          "sign it with that certificate's key");
    }
    return sharedSecret(request.endpoint(), holder);
  }

  private static Entitlement sharedSecret(Endpoint endpoint, Requester.SharedSecretHolder holder) {
    return new Entitlement(
        "shared secret of " + endpoint.name(),
        new Names.Within(holder.names()),
        endpoint.profile(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  /// A renewal keeps its names, and those must still be inside what the endpoint is bound to.
  private static Entitlement ofExternallyAllowed(
      AuthenticatedRequest request, Requester.ExternallyAllowed allowed) {
    if (request.operation() == Operation.INITIAL) {
      return externallyAllowed(request.endpoint(), allowed);
    }
    CertificateRecord renewed =
        allowed
            .certificate()
            .map(Requester.CertificateHolder::record)
            .orElseThrow(() ->
                new RefusedException(
                    Refusal.Code.CERTIFICATE_MISSING,
                    "a renewal is authenticated by the certificate being renewed",
                    "sign it with that certificate's key"));
    allowed
        .names()
        .outside(renewed.certificate().names())
        .ifPresent(name -> {
          throw new RefusedException(
              Refusal.Code.NAME_NOT_ENTITLED,
              "\"" + name + "\" is outside what is decided about at " + request.endpoint().name(),
              "ask the operator to widen the decision's subjects and alternatives");
        });
    return ofCertificate(Operation.RENEWAL, renewed);
  }

  private static Entitlement externallyAllowed(
      Endpoint endpoint, Requester.ExternallyAllowed allowed) {
    return new Entitlement(
        "decision by " + allowed.authoriser() + " at " + endpoint.name(),
        new Names.Within(allowed.names()),
        endpoint.profile(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  private static Entitlement ofRegistrationAuthority(
      Endpoint endpoint, Requester.RegistrationAuthority authority) {
    return new Entitlement(
        "registration authority " + authority.record().certificate().subject(),
        new Names.Within(authority.scope().names()),
        endpoint.profile(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  private static Entitlement ofRegistrationAuthority(
      AuthenticatedRequest request,
      Requester.RegistrationAuthority authority,
      Ledger ledger,
      Instant now) {
    CertificateRecord own = authority.record();
    SubjectNames asked = request.template().names();
    if (request.operation() == Operation.INITIAL) {
      return ofRegistrationAuthority(request.endpoint(), authority);
    }
    if (asked.equals(own.certificate().names())) {
      return ofCertificate(Operation.RENEWAL, own);
    }
    refuseOutside(asked, authority);
    // What it may not ask for, it may not rename others to either.
    request.template().changedNames().ifPresent(names -> refuseOutside(names, authority));
    List<CertificateRecord> current =
        ledger.certificatesNamed(own.issuer(), asked.canonical(), now);
    // The newest of a line of renewals is the current one; two that are both unreplaced are
    // ambiguous (EST-107).
    List<CertificateRecord> candidates =
        current.stream()
            .filter(record ->
                !ledger.isReplaced(record.issuer(), record.certificate().serialNumber().toString()))
            .toList();
    if (candidates.size() != 1) {
      throw new RefusedException(
          Refusal.Code.NOT_FOUND,
          (candidates.isEmpty() ? "no" : "more than one")
              + " current certificate is named "
              + asked,
          candidates.isEmpty()
              ? "enrol it with simpleenroll"
              : "revoke those that are no longer in use, then renew");
    }
    return ofCertificate(Operation.RENEWAL, candidates.getFirst());
  }

  private static void refuseOutside(SubjectNames names, Requester.RegistrationAuthority authority) {
    authority
        .scope()
        .names()
        .outside(names)
        .ifPresent(name -> {
          throw new RefusedException(
              Refusal.Code.NAME_NOT_ENTITLED,
              "\""
                  + name
                  + "\" is outside the name space of "
                  + authority.record().certificate().subject(),
              "ask the operator to widen registration-authorities of this endpoint");
        });
  }
}
