package dev.chancery.authority.policy;

import dev.chancery.authority.AuthenticatedRequest;
import dev.chancery.authority.EnrollmentRequest;
import dev.chancery.authority.EnrollmentRequest.Operation;
import dev.chancery.authority.Expectation;
import dev.chancery.authority.Refusal;
import dev.chancery.authority.RefusedException;
import dev.chancery.authority.ServerKeyRequest;
import dev.chancery.authority.endpoint.NameSpace;
import dev.chancery.authority.issuance.Issuers;
import dev.chancery.authority.ledger.CertificateRecord;
import dev.chancery.authority.ledger.KeyClaim;
import dev.chancery.authority.ledger.KeyUse;
import dev.chancery.authority.ledger.Ledger;
import dev.chancery.authority.profile.Profile;
import dev.chancery.authority.profile.Rule;
import dev.chancery.authority.profile.RuleMode;
import dev.chancery.authority.requester.Requester;
import dev.chancery.authority.rollover.Generation;
import dev.chancery.pki.MalformedException;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.certificate.CertificateExtension;
import dev.chancery.pki.key.KeyWeakness;
import dev.chancery.pki.key.SubjectPublicKeyInfo;
import dev.chancery.pki.name.GeneralName;
import dev.chancery.pki.name.SubjectNames;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// May they? Everything that is asked must fit inside the entitlement and the profile; what fits is
/// granted from the entitlement, never copied from the request. Default deny. Thread-safe.
public final class Policy {
  private final Ledger ledger;
  private final Issuers issuers;

  public Policy(Ledger ledger, Issuers issuers) {
    this.ledger = ledger;
    this.issuers = issuers;
  }

  /// Decides.
  ///
  /// @throws RefusedException naming the first rule that the request breaks
  public Grant decide(
      EnrollmentRequest request, Entitlement entitlement, Profile profile, Instant now) {
    List<Finding> findings = new ArrayList<>();
    refuseKeysThatAreNeverCertified(request, entitlement);
    keyType(request, profile, findings);
    SubjectNames names = besidesKey(request, entitlement, profile, now, findings);
    List<CertificateExtension> copied = extensions(request, profile, findings);

    Generation signing = issuers.signing(request.endpoint().issuer(), request.generation());
    Certificate issuer = signing.certificate();
    Instant notBefore = later(now.minus(profile.backdate()), issuer.notBefore());
    Instant notAfter = earlier(now.plus(profile.validity()), issuer.notAfter());
    return new Grant(
        signing.id(),
        profile,
        names,
        request.template().subjectPublicKey(),
        now,
        notBefore,
        notAfter,
        copied,
        findings);
  }

  /// What a request under `entitlement` had best look like: whoever follows it is granted what it
  /// asks for.
  ///
  /// @throws RefusedException if the entitled names do not fit the profile
  public static Expectation expectation(Entitlement entitlement, Profile profile) {
    return switch (entitlement.names()) {
      case Entitlement.Names.Entitled(SubjectNames entitled) ->
          expectation(profile, applied(profile, entitled));
      case Entitlement.Names.Device(SubjectNames _own, SubjectNames entitled) ->
          expectation(profile, applied(profile, entitled));
      case Entitlement.Names.Kept(SubjectNames kept) -> expectation(profile, kept);
      case Entitlement.Names.Within(NameSpace space) ->
          new Expectation(
              profile.keyTypes(),
              space.expectedSubject(),
              space.subjects().isEmpty()
                  ? new Expectation.Alternatives.ToFillIn()
                  : new Expectation.Alternatives.Open(),
              profile.keyUsage(),
              profile.extendedKeyUsage());
    };
  }

  private static Expectation expectation(Profile profile, SubjectNames names) {
    return new Expectation(
        profile.keyTypes(),
        Expectation.whole(names.subject()),
        Expectation.Alternatives.of(names),
        profile.keyUsage(),
        profile.extendedKeyUsage());
  }

  /// The same while it is not known who will ask: what `profile` says to everybody.
  public static Expectation expectation(Profile profile) {
    return new Expectation(
        profile.keyTypes(),
        profile.names().expectedSubject(),
        profile.names().expectedAlternatives(),
        profile.keyUsage(),
        profile.extendedKeyUsage());
  }

  /// Decides all that can be decided before a key is made here, so that none is made in vain.
  ///
  /// @return the names that the certificate would have
  /// @throws RefusedException naming the first rule that the request breaks
  public SubjectNames decideBeforeKey(
      ServerKeyRequest request, Entitlement entitlement, Profile profile, Instant now) {
    if (entitlement.key().isPresent()) {
      throw new RefusedException(
          Refusal.Code.CREDENTIAL_NOT_FOR_KEY,
          "the " + entitlement.source() + " is bound to a key that exists",
          "enrol with that key through simpleenroll, or ask the operator for another credential");
    }
    List<Finding> findings = new ArrayList<>();
    SubjectNames names = besidesKey(request, entitlement, profile, now, findings);
    extensions(request, profile, findings);
    return names;
  }

  /// The names of the certificate, if time and names are right.
  private SubjectNames besidesKey(
      AuthenticatedRequest request,
      Entitlement entitlement,
      Profile profile,
      Instant now,
      List<Finding> findings) {
    refuseOtherDevice(request);
    renewalWindow(entitlement, profile, now, findings);
    superseded(entitlement, profile, now, findings);
    return names(request, entitlement, profile, findings);
  }

  /// Before the names: whoever holds the credential of another device learns no more than that.
  private static void refuseOtherDevice(AuthenticatedRequest request) {
    if (request.requester() instanceof Requester.CredentialHolder holder
        && !holder.credential().binding().isFor(request.template().names())) {
      throw new RefusedException(
          Refusal.Code.CREDENTIAL_NOT_FOR_DEVICE,
          "the credential \""
              + holder.credential().id()
              + "\" is for another device than "
              + request.template().names(),
          "name the device in the request (serialNumber, CN, UID or a dns:, uri: or email: name), or"
              + " ask the operator for a credential for this one");
    }
  }

  private void refuseKeysThatAreNeverCertified(EnrollmentRequest request, Entitlement entitlement) {
    SubjectPublicKeyInfo key = request.template().subjectPublicKey();
    Optional<KeyWeakness> weakness = KeyWeakness.of(key);
    if (weakness.isPresent()) {
      throw new RefusedException(
          Refusal.Code.KEY_WEAK, weakness.get().explanation(), "then ask again");
    }
    if (issuers.owns(key)) {
      throw new RefusedException(
          Refusal.Code.KEY_OF_AUTHORITY,
          "the key in the request is a CA's own key",
          "make a key of your own, and tell the operator where this one came from");
    }
    if (entitlement.key().filter(bound -> !bound.equals(key.sha256Hex())).isPresent()) {
      throw new RefusedException(
          Refusal.Code.CREDENTIAL_NOT_FOR_KEY,
          "the " + entitlement.source() + " is bound to another key",
          "ask with that key, or ask the operator for a credential for this one");
    }
  }

  private static void keyType(EnrollmentRequest request, Profile profile, List<Finding> findings) {
    SubjectPublicKeyInfo key = request.template().subjectPublicKey();
    if (key.type().filter(profile.keyTypes()::contains).isEmpty()) {
      deviation(
          profile,
          Rule.KEY_TYPE,
          findings,
          Refusal.Code.KEY_TYPE_NOT_ALLOWED,
          "the profile \"" + profile.name() + "\" does not take keys like " + key,
          "make one of " + profile.keyTypes());
    }
  }

  /// What the key of a granted request may have been certified for before (SCEP-205). The ledger
  /// holds it when the certificate is stored.
  public static KeyClaim keyClaim(
      EnrollmentRequest request, Entitlement entitlement, Profile profile) {
    if (request.requester() instanceof Requester.ServerItself) {
      return KeyClaim.SERVERS_OWN;
    }
    return switch (profile.keyReuse()) {
      case FORBIDDEN -> KeyClaim.NEW;
      case SHARED -> KeyClaim.ANY_NAMES;
      case ALLOWED -> isOwnKey(request, entitlement) ? KeyClaim.ANY_NAMES : KeyClaim.SAME_NAMES;
    };
  }

  /// True if the key is that of the certificate which authenticates the request or is being
  /// renewed: whoever changes its names by it does not take somebody else's key.
  private static boolean isOwnKey(EnrollmentRequest request, Entitlement entitlement) {
    SubjectPublicKeyInfo key = request.template().subjectPublicKey();
    Optional<CertificateRecord> held =
        switch (request.requester()) {
          case Requester.CertificateHolder holder -> Optional.of(holder.record());
          case Requester.CredentialHolder holder -> holder.certificate().flatMap(Policy::recordOf);
          case Requester.ExternallyAllowed allowed ->
              allowed.certificate().map(Requester.CertificateHolder::record);
          case Requester.DeviceHolder _device -> Optional.empty();
          case Requester.RelayedHolder _relayed -> Optional.empty();
          case Requester.RegistrationAuthority _authority -> Optional.empty();
          case Requester.SharedSecretHolder _holder -> Optional.empty();
          case Requester.ServerItself _server -> Optional.empty();
        };
    return Stream.concat(held.stream(), entitlement.replaces().stream())
        .anyMatch(record -> record.certificate().subjectPublicKeyInfo().equals(key));
  }

  private static Optional<CertificateRecord> recordOf(Requester requester) {
    return requester instanceof Requester.CertificateHolder holder
        ? Optional.of(holder.record())
        : Optional.empty();
  }

  /// Refuses what the ledger would not store: a key of somebody else, one name too many. It is
  /// asked where an answer beforehand is worth a look into the ledger, which has the last word.
  ///
  /// @throws RefusedException then
  public void refuseWhatCannotBeStored(
      EnrollmentRequest request, Entitlement entitlement, Grant grant) {
    refuseTakenKey(request, entitlement, grant);
    refuseFullNames(entitlement, grant);
  }

  /// Does nothing if the key is free.
  ///
  /// @throws RefusedException saying whose it is
  public void refuseTakenKey(EnrollmentRequest request, Entitlement entitlement, Grant grant) {
    KeyClaim claim = keyClaim(request, entitlement, grant.profile());
    KeyUse use = ledger.keyUse(grant.key().sha256Hex(), grant.names().canonical());
    switch (use) {
      case NEVER_CERTIFIED -> {}
      case SERVERS_OWN ->
          throw new RefusedException(
              Refusal.Code.KEY_OF_AUTHORITY,
              "the key in the request is this server's own key",
              "make a key of your own, and tell the operator where this one came from");
      case COMPROMISED ->
          throw new RefusedException(
              Refusal.Code.KEY_COMPROMISED,
              "a certificate for this key was revoked because somebody else has the key",
              "make a new key and ask again");
      case FREE_FOR_THESE_NAMES, OF_OTHER_NAMES -> {
        if (claim == KeyClaim.NEW) {
          throw new RefusedException(
              Refusal.Code.KEY_REUSED,
              "the key has been certified before and the profile \""
                  + grant.profile().name()
                  + "\" demands a new one",
              "make a new key and ask again");
        }
        if (claim == KeyClaim.SAME_NAMES && use == KeyUse.OF_OTHER_NAMES) {
          throw new RefusedException(
              Refusal.Code.KEY_REUSED,
              "the key has been certified for other names",
              "make a new key and ask again; if its owner has been renamed, the operator revokes the"
                  + " certificates for the old names first");
        }
      }
    }
  }

  /// Does nothing if there is room for another certificate with these names (SCEP-208).
  ///
  /// @throws RefusedException if there is none
  public void refuseFullNames(Entitlement entitlement, Grant grant) {
    if (grant.profile().certificatesPerIdentity().isEmpty()) {
      return;
    }
    int most = grant.profile().certificatesPerIdentity().getAsInt();
    int inUse =
        ledger.namesInUse(grant.names().canonical(), serialOfReplaced(entitlement), grant.now());
    if (inUse >= most) {
      throw tooManyCertificates(grant, inUse);
    }
  }

  /// The refusal for names that have as many certificates as they may.
  public static RefusedException tooManyCertificates(Grant grant, int inUse) {
    return new RefusedException(
        Refusal.Code.TOO_MANY_CERTIFICATES,
        inUse + " valid certificates are for " + grant.names() + " already",
        "renew one of them, or ask the operator to revoke those that are no longer in use: chancery"
            + " cert list");
  }

  /// Hex.
  public static Optional<String> serialOfReplaced(Entitlement entitlement) {
    return entitlement.replaces().map(old -> old.certificate().serialNumber().toString());
  }

  private static void renewalWindow(
      Entitlement entitlement, Profile profile, Instant now, List<Finding> findings) {
    if (entitlement.replaces().isEmpty() || profile.renewalWindow().isEmpty()) {
      return;
    }
    Certificate old = entitlement.replaces().get().certificate();
    Instant opens = old.notAfter().minus(profile.renewalWindow().get());
    if (now.isBefore(opens)) {
      deviation(
          profile,
          Rule.RENEWAL_WINDOW,
          findings,
          Refusal.Code.RENEWAL_TOO_EARLY,
          "the certificate " + old.serialNumber() + " cannot be renewed before " + opens,
          "come back then");
    }
  }

  private void superseded(
      Entitlement entitlement, Profile profile, Instant now, List<Finding> findings) {
    if (entitlement.replaces().isEmpty()) {
      return;
    }
    var old = entitlement.replaces().get();
    // The grace for expired certificates is for the newest of an identity only (EST-104).
    boolean expired = now.isAfter(old.certificate().notAfter());
    if (!expired && profile.mode(Rule.SUPERSEDED) == RuleMode.OBSERVE) {
      // Looked up only where the answer can matter: it costs a read.
      return;
    }
    String serial = old.certificate().serialNumber().toString();
    if (!ledger.isReplaced(old.issuer(), serial)) {
      return;
    }
    String what = "the certificate " + serial + " has been renewed already";
    String hint = "renew with its successor";
    if (expired) {
      throw new RefusedException(
          Refusal.Code.CERTIFICATE_SUPERSEDED, what + " and has expired since", hint);
    }
    deviation(profile, Rule.SUPERSEDED, findings, Refusal.Code.CERTIFICATE_SUPERSEDED, what, hint);
  }

  private static SubjectNames names(
      AuthenticatedRequest request,
      Entitlement entitlement,
      Profile profile,
      List<Finding> findings) {
    SubjectNames asked = request.template().names();
    if (request.template().changedNames().isPresent()) {
      return changed(asked, request.template().changedNames().get(), entitlement, profile);
    }
    return switch (entitlement.names()) {
      case Entitlement.Names.Kept(SubjectNames kept) -> {
        boolean same =
            request.operation() == Operation.RENEWAL
                ? asked.equals(kept)
                : firstOutside(asked, kept).isEmpty();
        if (!same) {
          deviation(
              profile,
              request.operation() == Operation.RENEWAL ? Rule.RENEWAL_NAMES : Rule.REQUESTED_NAMES,
              findings,
              request.operation() == Operation.RENEWAL
                  ? Refusal.Code.NAME_CHANGED
                  : Refusal.Code.NAME_NOT_ENTITLED,
              "the request names " + asked + " and the certificate " + kept,
              "ask for exactly the certificate's subject and subject alternative names");
        }
        yield kept;
      }
      case Entitlement.Names.Entitled(SubjectNames entitled) -> {
        SubjectNames granted = applied(profile, entitled);
        Optional<String> outside = firstOutside(asked, granted);
        if (outside.isPresent() && firstOutside(asked, entitled).isPresent()) {
          notEntitled(profile, findings, outside.get(), entitlement);
        }
        yield granted;
      }
      case Entitlement.Names.Device(SubjectNames own, SubjectNames entitled) -> {
        SubjectNames granted = applied(profile, entitled);
        Optional<String> outside = firstOutside(asked, granted);
        if (outside.isPresent() && !asked.equals(own)) {
          notEntitled(profile, findings, outside.get(), entitlement);
        }
        yield granted;
      }
      case Entitlement.Names.Within(var space) -> {
        Optional<String> outside = space.outside(asked);
        if (outside.isPresent()) {
          // There is nothing else to grant, so this rule cannot be relaxed.
          throw notEntitled(outside.get(), entitlement);
        }
        yield applied(profile, asked);
      }
    };
  }

  /// ChangeSubjectName (RFC 6402 §2.8, EST-105): the request repeats the names of the certificate
  /// that authenticates it, and gets exactly those of the attribute. Whoever has no such
  /// certificate has no names to change. No rule relaxes any of it.
  private static SubjectNames changed(
      SubjectNames asked, SubjectNames wanted, Entitlement entitlement, Profile profile) {
    SubjectNames old =
        switch (entitlement.names()) {
          case Entitlement.Names.Kept(SubjectNames kept) -> kept;
          case Entitlement.Names.Device(SubjectNames own, SubjectNames _granted) -> own;
          case Entitlement.Names.Entitled _names -> throw nameChangeForbidden();
          case Entitlement.Names.Within _space -> throw nameChangeForbidden();
        };
    if (profile.nameChange().isEmpty()) {
      throw nameChangeForbidden();
    }
    if (!asked.equals(old)) {
      throw new RefusedException(
          Refusal.Code.NAME_CHANGED,
          "the request names " + asked + " and the certificate " + old,
          "repeat the certificate's subject and subject alternative names, and put the new ones into ChangeSubjectName only");
    }
    Optional<String> outside = profile.nameChange().outside(wanted);
    if (outside.isPresent()) {
      throw new RefusedException(
          Refusal.Code.NAME_NOT_ENTITLED,
          "\""
              + outside.get()
              + "\" is not among the names to which the profile \""
              + profile.name()
              + "\" lets requesters change",
          "ask for another name, or ask the operator to widen name-change of that profile");
    }
    return wanted;
  }

  private static RefusedException nameChangeForbidden() {
    return new RefusedException(
        Refusal.Code.NAME_CHANGE_FORBIDDEN,
        "changing the subject's name is not allowed here",
        "leave ChangeSubjectName out, or ask the operator for a credential for the new name");
  }

  private static SubjectNames applied(Profile profile, SubjectNames entitled) {
    try {
      SubjectNames names = profile.names().apply(entitled);
      if (names.isEmpty()) {
        throw new MalformedException("the certificate would name nobody");
      }
      return names;
    } catch (MalformedException e) {
      throw new RefusedException(
          new Refusal(
              Refusal.Code.NAME_NOT_ENTITLED,
              "the entitled name does not fit the profile \""
                  + profile.name()
                  + "\": "
                  + e.safeMessage(),
              "ask the operator to adapt the credential or the profile"),
          e);
    }
  }

  private static Optional<String> firstOutside(SubjectNames asked, SubjectNames entitled) {
    if (!asked.subject().isWithin(entitled.subject())) {
      return Optional.of(asked.subject().toString());
    }
    return asked.alternatives().stream()
        .filter(name -> !entitled.alternatives().contains(name))
        .map(GeneralName::toString)
        .findFirst();
  }

  private static void notEntitled(
      Profile profile, List<Finding> findings, String name, Entitlement entitlement) {
    if (profile.mode(Rule.REQUESTED_NAMES) == RuleMode.ENFORCE) {
      throw notEntitled(name, entitlement);
    }
    findings.add(
        new Finding(
            Rule.REQUESTED_NAMES,
            profile.mode(Rule.REQUESTED_NAMES),
            "\"" + name + "\" was asked for and left out"));
  }

  private static RefusedException notEntitled(String name, Entitlement entitlement) {
    return new RefusedException(
        Refusal.Code.NAME_NOT_ENTITLED,
        "\"" + name + "\" is not among the names of the " + entitlement.source(),
        "ask for its names, or ask the operator for a credential for this one");
  }

  private static List<CertificateExtension> extensions(
      AuthenticatedRequest request, Profile profile, List<Finding> findings) {
    List<CertificateExtension> copied = new ArrayList<>();
    for (CertificateExtension extension : request.template().extensions()) {
      if (profile.copiedExtensions().contains(extension.oid())) {
        copied.add(extension);
        continue;
      }
      RequestedExtension.deviation(extension, profile)
          .ifPresent(what ->
              deviation(
                  profile,
                  Rule.REQUESTED_EXTENSIONS,
                  findings,
                  Refusal.Code.EXTENSION_NOT_ALLOWED,
                  what,
                  "leave it out: the profile \"" + profile.name() + "\" sets the extensions"));
    }
    return copied;
  }

  private static void deviation(
      Profile profile,
      Rule rule,
      List<Finding> findings,
      Refusal.Code code,
      String what,
      String hint) {
    RuleMode mode = profile.mode(rule);
    if (mode == RuleMode.ENFORCE) {
      throw new RefusedException(code, what, hint);
    }
    findings.add(new Finding(rule, mode, what));
  }

  private static Instant later(Instant a, Instant b) {
    return a.isAfter(b) ? a : b;
  }

  private static Instant earlier(Instant a, Instant b) {
    return a.isBefore(b) ? a : b;
  }
}
