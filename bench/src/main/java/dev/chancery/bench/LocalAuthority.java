package dev.chancery.bench;

import dev.chancery.authority.Authority;
import dev.chancery.authority.EnrollmentRequest;
import dev.chancery.authority.EnrollmentRequest.Operation;
import dev.chancery.authority.Outcome;
import dev.chancery.authority.credential.CredentialRecord.EntitledNames;
import dev.chancery.authority.credential.Credentials;
import dev.chancery.authority.credential.SecretBox;
import dev.chancery.authority.endpoint.Endpoint;
import dev.chancery.authority.endpoint.NameSpace;
import dev.chancery.authority.issuance.IssuerSettings;
import dev.chancery.authority.issuance.Issuers;
import dev.chancery.authority.ledger.Ledger;
import dev.chancery.authority.profile.NameTemplate;
import dev.chancery.authority.profile.Profile;
import dev.chancery.authority.profile.Profiles;
import dev.chancery.authority.profile.Rule;
import dev.chancery.authority.requester.CredentialAuthentication;
import dev.chancery.authority.requester.FailureLimit;
import dev.chancery.authority.requester.Requester;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.certificate.KeyUsageBit;
import dev.chancery.pki.key.KeyType;
import dev.chancery.pki.name.DistinguishedName;
import dev.chancery.pki.request.ProofOfPossession;
import dev.chancery.pki.request.Template;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/// The server's authority without the server: what it does to a ledger is what the server does to
/// it. Thread-safe.
final class LocalAuthority {
  private static final Duration CREDENTIAL_LIFETIME = Duration.ofDays(30);

  private final Authority authority;
  private final Credentials credentials;
  private final Requester requester;

  private LocalAuthority(Authority authority, Credentials credentials, Requester requester) {
    this.authority = authority;
    this.credentials = credentials;
    this.requester = requester;
  }

  /// Works with the issuer in `data`, which is called as the server calls it by default and made if
  /// it is not there, and a new standing credential.
  static LocalAuthority open(Path data, Ledger ledger) {
    Clock clock = Clock.systemUTC();
    Issuers issuers =
        Issuers.open(
            data.resolve("issuers"),
            List.of(
                new IssuerSettings(
                    "issuing",
                    KeyType.P_256,
                    DistinguishedName.parse("CN=Chancery Issuing CA"),
                    Duration.ofDays(1000),
                    DistinguishedName.parse("CN=Chancery Root CA"),
                    Duration.ofDays(2000),
                    Optional.empty())),
            clock);
    SecretBox box = new SecretBox(new byte[SecretBox.KEY_BYTES]);
    Credentials credentials = new Credentials(ledger, box, clock);
    Credentials.Created credential =
        credentials.create(
            new Credentials.Order(
                Optional.empty(),
                new EntitledNames.Within(
                    new NameSpace(List.of("CN=*,O=Bench"), List.of("dns:*.devices.example"))),
                "device",
                List.of(),
                Integer.MAX_VALUE,
                CREDENTIAL_LIFETIME,
                Optional.empty()),
            "bench");
    Requester requester =
        new CredentialAuthentication(ledger, box, clock, new FailureLimit(1_000, clock))
            .authenticate(
                endpoint(0),
                credential.credential().id(),
                credential.secret().getBytes(StandardCharsets.UTF_8),
                "127.0.0.1",
                Optional.empty());
    Profiles profiles = new Profiles(Map.of("device", profile()));
    return new LocalAuthority(
        new Authority(ledger, issuers, profiles, clock), credentials, requester);
  }

  private static Profile profile() {
    return new Profile(
        "device",
        List.of(KeyType.P_256),
        NameTemplate.AS_ENTITLED,
        List.of(KeyUsageBit.DIGITAL_SIGNATURE),
        List.of("1.3.6.1.5.5.7.3.2"),
        Duration.ofDays(90),
        Duration.ofMinutes(5),
        Optional.empty(),
        Profile.KeyReuse.ALLOWED,
        OptionalInt.empty(),
        Profile.Reissue.KEEP,
        NameSpace.NOTHING,
        Set.of(),
        new Profile.Approval.Automatic(),
        Arrays.stream(Rule.values())
            .collect(Collectors.toMap(Function.identity(), Rule::defaultMode)));
  }

  /// Number 0 is EST's default endpoint. The same request at another endpoint is another request.
  private static Endpoint endpoint(int number) {
    return new Endpoint(
        "est",
        number == 0 ? "" : "round-" + number,
        "issuing",
        "device",
        Endpoint.Authentication.EITHER,
        List.of(),
        List.of(),
        Duration.ZERO);
  }

  /// A first enrollment.
  ///
  /// @param endpoint its number
  Certificate issue(int endpoint, Template template, ProofOfPossession proof, String requestId) {
    Outcome outcome =
        authority.enroll(
            new EnrollmentRequest(
                endpoint(endpoint), Operation.INITIAL, requester, template, proof, requestId));
    return switch (outcome) {
      case Outcome.Issued(var chain) -> chain.leaf();
      case Outcome.Pending _pending -> throw new IllegalStateException("pending");
      case Outcome.Refused(var refusal) -> throw new IllegalStateException(refusal.sentence());
    };
  }

  /// Makes a credential for the device number `number` alone.
  void credential(int number) {
    credentials.create(
        new Credentials.Order(
            Optional.empty(),
            new EntitledNames.Exactly(Device.namesOf(number)),
            "device",
            List.of(),
            1,
            CREDENTIAL_LIFETIME,
            Optional.empty()),
        "bench");
  }
}
