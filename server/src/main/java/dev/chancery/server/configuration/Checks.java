package dev.chancery.server.configuration;

import dev.chancery.authority.RevocationLists;
import dev.chancery.authority.endpoint.Endpoint;
import dev.chancery.authority.endpoint.Endpoint.DeviceAnchors;
import dev.chancery.authority.endpoint.Endpoint.ForeignIssuer;
import dev.chancery.authority.endpoint.Endpoint.RegistrationAuthorityScope;
import dev.chancery.authority.endpoint.NameSpace;
import dev.chancery.authority.endpoint.ProfilesByUsage;
import dev.chancery.authority.issuance.IssuerSettings;
import dev.chancery.authority.profile.NameTemplate;
import dev.chancery.authority.profile.Profile;
import dev.chancery.authority.profile.Profiles;
import dev.chancery.authority.profile.Rule;
import dev.chancery.authority.profile.RuleMode;
import dev.chancery.authority.requester.CertificateAuthentication;
import dev.chancery.authority.requester.SharedSecret;
import dev.chancery.authority.rollover.RolloverSettings;
import dev.chancery.configuration.ConfigurationException;
import dev.chancery.configuration.Declared;
import dev.chancery.configuration.Problem;
import dev.chancery.configuration.Written;
import dev.chancery.est.client.ClientAuthentication;
import dev.chancery.est.client.EstServer;
import dev.chancery.est.responder.ChannelBindingDemand;
import dev.chancery.est.responder.CsrAttributesForm;
import dev.chancery.est.responder.EstEndpoint;
import dev.chancery.est.responder.ServerKeyOffer;
import dev.chancery.est.wire.EstBase64;
import dev.chancery.pki.Der;
import dev.chancery.pki.MalformedException;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.certificate.SerialNumber;
import dev.chancery.pki.certificate.TrustAnchors;
import dev.chancery.pki.cms.KeyEncryptionKey;
import dev.chancery.pki.key.KeyPairs;
import dev.chancery.pki.name.DistinguishedName;
import dev.chancery.scep.responder.ChallengeStrength;
import dev.chancery.scep.responder.ScepEndpoint;
import dev.chancery.scep.responder.ScepEndpoint.EcReply;
import dev.chancery.server.http.RevocationListResponder;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Turns complete settings into the checked configuration: what one value alone does not show, such
/// as names that refer to something.
final class Checks {
  /// For a challenge with which no reply is encrypted: it can only be tried at the server, which
  /// limits that.
  private static final int MIN_STATIC_CHALLENGE = 20;

  private final Section root;
  private final Path folder;
  private final List<Problem> problems;
  private final CertificateFiles certificateFiles;
  private final ProxyChecks proxies;

  Checks(Section root, Path folder, List<Problem> problems) {
    this.root = root;
    this.folder = folder;
    this.problems = problems;
    this.certificateFiles = new CertificateFiles(folder);
    this.proxies = new ProxyChecks(certificateFiles);
  }

  /// The configuration.
  ///
  /// @throws ConfigurationException if there are problems, these or earlier ones
  Configuration configuration(String show) {
    Configuration.Server server = server(root.group(Settings.SERVER));
    Configuration.Database database =
        new DatabaseChecks(root.group(Settings.DATABASE), folder).database();
    List<IssuerSettings> issuers = new ArrayList<>();
    Map<String, RolloverSettings> rollovers = new LinkedHashMap<>();
    root.entries(Settings.ISSUERS)
        .forEach((name, section) -> {
          checkName(name, section);
          issuers.add(issuer(name, section));
          rollovers.put(name, rollover(section.group(Settings.ROLLOVER)));
        });
    Map<String, Profile> profiles = new LinkedHashMap<>();
    root.entries(Settings.PROFILES)
        .forEach((name, section) -> {
          checkName(name, section);
          profile(name, section).ifPresent(profile -> profiles.put(name, profile));
        });
    Set<String> issuerNames = new HashSet<>();
    issuers.forEach(issuer -> issuerNames.add(issuer.name()));
    List<EstEndpoint> endpoints =
        endpoints(root.group(Settings.EST), issuerNames, profiles.keySet());
    List<Configuration.Upstream> upstreams =
        root.group(Settings.EST).items(Settings.ENDPOINTS).stream()
            .flatMap(section -> upstream(section).stream())
            .toList();
    proxies.check(root.group(Settings.SERVER), server.trustedProxies(), endpoints);
    if (server.coaps().isPresent()) {
      checkCoaps(root.group(Settings.SERVER).group(Settings.COAPS), endpoints);
    }
    if (server.certificatelessTls().isPresent()) {
      checkCertificateless(root.group(Settings.SERVER).group(Settings.CERTIFICATELESS), endpoints);
    }
    MdmChecks mdm = new MdmChecks(this, folder);
    List<ScepEndpoint> scep = scepEndpoints(root.group(Settings.SCEP), issuerNames, profiles, mdm);
    RevocationLists.Schedule lists = revocationLists(root.group(Settings.REVOCATION));
    Configuration.Audit audit = audit(root.group(Settings.AUDIT));
    if (!problems.isEmpty()) {
      throw new ConfigurationException(problems);
    }
    return new Configuration(
        server,
        database,
        issuers,
        rollovers,
        lists,
        new Profiles(profiles),
        endpoints,
        upstreams,
        scep,
        mdm.found(),
        audit,
        show);
  }

  private Configuration.Audit audit(Section section) {
    String copy = section.get(Settings.CHECKPOINT_COPY);
    return new Configuration.Audit(
        copy.isEmpty() ? Optional.empty() : Optional.of(folder.resolve(copy)),
        syslog(section.group(Settings.SYSLOG)));
  }

  private Optional<Configuration.Syslog> syslog(Section section) {
    String anchors = section.get(Settings.SYSLOG_ANCHORS);
    boolean tls = section.get(Settings.SYSLOG_TRANSPORT) == Settings.SyslogChoice.TLS;
    if (!anchors.isEmpty() && !tls) {
      section.report(
          Settings.SYSLOG_ANCHORS,
          "anchors are for TLS alone",
          "set transport: tls, or leave them");
    }
    Optional<Configuration.SyslogTransport> transport =
        switch (section.get(Settings.SYSLOG_TRANSPORT)) {
          case OFF -> Optional.empty();
          case UDP -> Optional.of(Configuration.SyslogTransport.UDP);
          case TCP -> Optional.of(Configuration.SyslogTransport.TCP);
          case TLS -> Optional.of(Configuration.SyslogTransport.TLS);
        };
    return transport.map(how ->
        new Configuration.Syslog(
            how,
            section.get(Settings.SYSLOG_HOST),
            section.get(Settings.SYSLOG_PORT),
            tls && !anchors.isEmpty()
                ? certificates(section, Settings.SYSLOG_ANCHORS, anchors)
                : List.of()));
  }

  private Configuration.Server server(Section section) {
    Section tls = section.group(Settings.TLS);
    Section clear = section.group(Settings.CLEAR);
    Section coaps = section.group(Settings.COAPS);
    Section certificateless = section.group(Settings.CERTIFICATELESS);
    Section limits = section.group(Settings.LIMITS);
    Section log = section.group(Settings.LOG);
    if (tls.get(Settings.TLS_PROTOCOLS).isEmpty()) {
      tls.report(Settings.TLS_PROTOCOLS, "at least one version is needed", "");
    }
    return new Configuration.Server(
        section.get(Settings.HOST_NAMES),
        new Configuration.Tls(
            new Configuration.Address(tls.get(Settings.TLS_ADDRESS), tls.get(Settings.TLS_PORT)),
            tls.get(Settings.TLS_PROVIDER),
            tls.get(Settings.TLS_PROTOCOLS),
            tls.get(Settings.CLIENT_CA_NAMES)),
        new Configuration.Address(
            clear.get(Settings.CLEAR_ADDRESS), clear.get(Settings.CLEAR_PORT)),
        coaps.get(Settings.COAPS_ENABLED)
            ? Optional.of(
                new Configuration.Address(
                    coaps.get(Settings.COAPS_ADDRESS), coaps.get(Settings.COAPS_PORT)))
            : Optional.empty(),
        certificateless(certificateless),
        proxies.read(section),
        new Configuration.Limits(
            limits.get(Settings.BODY),
            limits.get(Settings.HEADER),
            limits.get(Settings.IDLE_TIMEOUT),
            limits.get(Settings.REQUEST_DEADLINE),
            limits.get(Settings.MIN_DATA_RATE),
            limits.get(Settings.MAX_CONNECTIONS),
            limits.get(Settings.WRONG_SECRETS),
            limits.get(Settings.WAITING_REQUESTS)),
        new Configuration.Log(log.get(Settings.LOG_FORMAT), log.get(Settings.LOG_LEVEL)),
        section.get(Settings.METRICS));
  }

  private static Optional<Configuration.CertificatelessTls> certificateless(Section section) {
    if (section.get(Settings.CERTIFICATELESS_MECHANISMS).isEmpty()) {
      section.report(Settings.CERTIFICATELESS_MECHANISMS, "at least one mechanism is needed", "");
    }
    return section.get(Settings.CERTIFICATELESS_ENABLED)
        ? Optional.of(
            new Configuration.CertificatelessTls(
                new Configuration.Address(
                    section.get(Settings.CERTIFICATELESS_ADDRESS),
                    section.get(Settings.CERTIFICATELESS_PORT)),
                Set.copyOf(section.get(Settings.CERTIFICATELESS_MECHANISMS))))
        : Optional.empty();
  }

  private static void checkCertificateless(Section section, List<EstEndpoint> endpoints) {
    boolean someTakeCredentials =
        endpoints.stream()
            .anyMatch(endpoint ->
                switch (endpoint.endpoint().authentication()) {
                  case PASSWORD, EITHER -> true;
                  case CERTIFICATE, BOTH -> false;
                });
    if (!someTakeCredentials) {
      section.report(
          Settings.CERTIFICATELESS_ENABLED,
          "no EST endpoint takes a credential alone, and on this listener there are no"
              + " certificates",
          "set the authentication of an endpoint to either or password");
    }
  }

  /// The default resource must work (RFC 9148 §4.1).
  private static void checkCoaps(Section coaps, List<EstEndpoint> endpoints) {
    endpoints.stream()
        .filter(endpoint -> endpoint.endpoint().label().isEmpty())
        .filter(endpoint -> !endpoint.isForCoap())
        .forEach(endpoint ->
            coaps.report(
                Settings.COAPS_ENABLED,
                "the default EST endpoint cannot be served over CoAP: it wants a password or a channel"
                    + " binding",
                "set its authentication to either or certificate and its channel-binding to optional"));
  }

  private static void checkName(String name, Section section) {
    try {
      Settings.ENTRY_NAME.read(new Written.Scalar(name, 0));
    } catch (MalformedException e) {
      section.report("a name has lower-case letters, digits and hyphens", "rename it");
    }
  }

  private IssuerSettings issuer(String name, Section section) {
    String base = root.group(Settings.REVOCATION).get(Settings.CRL_BASE);
    return new IssuerSettings(
        name,
        section.get(Settings.ISSUER_KEY_TYPE),
        section.get(Settings.ISSUER_SUBJECT),
        section.get(Settings.ISSUER_VALIDITY),
        section.get(Settings.ROOT_SUBJECT),
        section.get(Settings.ROOT_VALIDITY),
        base.isEmpty()
            ? Optional.empty()
            : Optional.of(URI.create(base + RevocationListResponder.path(name))));
  }

  private static RolloverSettings rollover(Section section) {
    return new RolloverSettings(
        section.get(Settings.ROLLOVER_STEPS) == Settings.Approval.AUTOMATIC,
        section.get(Settings.ROLLOVER_ANNOUNCE),
        section.get(Settings.ROLLOVER_OVERLAP));
  }

  private static RevocationLists.Schedule revocationLists(Section section) {
    Duration validity = section.get(Settings.CRL_VALIDITY);
    Duration interval = section.get(Settings.CRL_INTERVAL);
    if (interval.compareTo(validity) >= 0) {
      section.report(
          Settings.CRL_INTERVAL,
          "a CRL would end before there is another",
          "choose less than crl-validity, such as a seventh of it");
    }
    return new RevocationLists.Schedule(validity, interval);
  }

  private static Optional<Profile> profile(String name, Section section) {
    Section modes = section.group(Settings.RULES);
    Map<Rule, RuleMode> rules = new EnumMap<>(Rule.class);
    Settings.RULE_MODES.forEach((rule, setting) -> rules.put(rule, modes.get(setting)));
    if (section.get(Settings.KEY_TYPES).isEmpty()) {
      section.report(Settings.KEY_TYPES, "a profile takes at least one type of key", "");
    }
    Optional<NameTemplate> names = template(section);
    return names.map(template ->
        new Profile(
            name,
            section.get(Settings.KEY_TYPES),
            template,
            section.get(Settings.KEY_USAGE),
            section.get(Settings.EXTENDED_KEY_USAGE),
            section.get(Settings.VALIDITY),
            section.get(Settings.BACKDATE),
            section.get(Settings.RENEWAL_WINDOW),
            section.get(Settings.KEY_REUSE),
            section.get(Settings.PER_IDENTITY),
            section.get(Settings.REISSUE),
            nameSpace(
                section.group(Settings.NAME_CHANGE),
                Settings.NAME_CHANGE_SUBJECTS,
                Settings.NAME_CHANGE_ALTERNATIVES),
            Set.copyOf(section.get(Settings.COPIED_EXTENSIONS)),
            switch (section.get(Settings.APPROVAL)) {
              case AUTOMATIC -> new Profile.Approval.Automatic();
              case MANUAL -> new Profile.Approval.Manual(section.get(Settings.RETRY_AFTER));
            },
            rules));
  }

  private static Optional<NameTemplate> template(Section section) {
    try {
      return Optional.of(
          new NameTemplate(
              section.get(Settings.SUBJECT_TEMPLATE), section.get(Settings.ALTERNATIVES_TEMPLATE)));
    } catch (MalformedException e) {
      section.report("a template is wrong: " + e.safeMessage(), "");
      return Optional.empty();
    }
  }

  private List<EstEndpoint> endpoints(Section est, Set<String> issuers, Set<String> profiles) {
    List<EstEndpoint> endpoints = new ArrayList<>();
    Set<String> labels = new HashSet<>();
    List<Section> items = est.items(Settings.ENDPOINTS);
    for (Section section : items) {
      String label = section.get(Settings.LABEL_SETTING);
      if (!labels.add(label)) {
        section.report(Settings.LABEL_SETTING, "another endpoint has this label", "");
      }
      reference(section, Settings.ISSUER, issuers, "issuer");
      reference(section, Settings.PROFILE, profiles, "profile");
      endpoint(section, label, profiles).ifPresent(endpoints::add);
    }
    if (!labels.contains("")) {
      est.report(
          "there is no default endpoint (EST-023)", "add one with the label \"\" to est.endpoints");
    }
    return endpoints;
  }

  private Optional<EstEndpoint> endpoint(Section section, String label, Set<String> profiles) {
    Endpoint endpoint =
        new Endpoint(
            "est",
            label,
            section.get(Settings.ISSUER),
            section.get(Settings.PROFILE),
            section.get(Settings.AUTHENTICATION),
            deviceAnchors(section, profiles),
            section.items(Settings.REGISTRATION_AUTHORITIES).stream()
                .map(Checks::registrationAuthority)
                .toList(),
            section.get(Settings.EXPIRED_GRACE),
            behind(section.group(Settings.UPSTREAM), label));
    if (section.get(Settings.CSR_ATTRIBUTES) == CsrAttributesForm.NONE
        && section.get(Settings.CHANNEL_BINDING) == Settings.ChannelBinding.REQUIRED) {
      section.report(
          Settings.CSR_ATTRIBUTES,
          "a channel binding that is required has to be announced (RFC 7030 section 3.5)",
          "choose template-and-legacy, or make channel-binding optional");
      return Optional.empty();
    }
    try {
      return Optional.of(
          new EstEndpoint(
              endpoint,
              switch (section.get(Settings.BASE64)) {
                case WRAPPED -> EstBase64.Form.WRAPPED;
                case SINGLE_LINE -> EstBase64.Form.SINGLE_LINE;
              },
              section.get(Settings.TRANSFER_ENCODING)
                  ? EstEndpoint.TransferEncoding.SENT
                  : EstEndpoint.TransferEncoding.OMITTED,
              switch (section.get(Settings.CHANNEL_BINDING)) {
                case OPTIONAL -> ChannelBindingDemand.OPTIONAL;
                case REQUIRED -> ChannelBindingDemand.REQUIRED;
              },
              section.get(Settings.CSR_ATTRIBUTES),
              section.get(Settings.LINKING_ATTRIBUTE),
              section.get(Settings.ONE_TIME_PASSWORD),
              section.get(Settings.HTTP_DIGEST),
              serverKeys(section.group(Settings.SERVER_KEYS))));
    } catch (MalformedException e) {
      section.report(Settings.LABEL_SETTING, e.safeMessage(), "choose another label");
      return Optional.empty();
    }
  }

  private ServerKeyOffer serverKeys(Section section) {
    List<KeyEncryptionKey> keys = sharedKeys(section);
    return switch (section.get(Settings.SERVER_KEYS_DELIVERY)) {
      case OFF -> new ServerKeyOffer.Off();
      case PLAIN -> new ServerKeyOffer.Offered(ServerKeyOffer.Encryption.OPTIONAL, keys);
      case ENCRYPTED -> new ServerKeyOffer.Offered(ServerKeyOffer.Encryption.REQUIRED, keys);
    };
  }

  private List<KeyEncryptionKey> sharedKeys(Section serverKeys) {
    List<KeyEncryptionKey> keys = new ArrayList<>();
    Set<Der> identifiers = new HashSet<>();
    for (Section section : serverKeys.items(Settings.SHARED_KEYS)) {
      Der identifier = section.get(Settings.SHARED_KEY_ID);
      Path file = folder.resolve(section.get(Settings.SHARED_KEY_FILE));
      if (!identifiers.add(identifier)) {
        section.report(Settings.SHARED_KEY_ID, "another key has this id", "");
        continue;
      }
      try {
        keys.add(SharedKeyFile.read(file, identifier));
      } catch (IOException e) {
        section.report(
            Settings.SHARED_KEY_FILE, "cannot read " + file, "check the name and who may read it");
      } catch (MalformedException e) {
        section.report(
            Settings.SHARED_KEY_FILE,
            file + ": " + e.safeMessage(),
            "make one: (umask 077; openssl rand -hex 32 > " + file + ")");
      }
    }
    return keys;
  }

  /// What certificates of the CA behind an endpoint chain to, where they may renew themselves. What
  /// is wrong with the other settings of that group is found by [#upstream].
  private Optional<ForeignIssuer> behind(Section section, String label) {
    List<Path> lists = files(section.get(Settings.UPSTREAM_CRLS));
    String intermediates = section.get(Settings.UPSTREAM_INTERMEDIATES);
    if (lists.isEmpty() || section.get(Settings.UPSTREAM_ANCHORS).isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        new ForeignIssuer(
            new TrustAnchors(
                label.isEmpty() ? "est" : "est/" + label,
                certificates(
                    section, Settings.UPSTREAM_ANCHORS, section.get(Settings.UPSTREAM_ANCHORS)),
                intermediates.isEmpty()
                    ? List.of()
                    : certificates(section, Settings.UPSTREAM_INTERMEDIATES, intermediates)),
            lists));
  }

  /// Files that need not be there yet.
  private List<Path> files(List<String> names) {
    return names.stream().map(folder::resolve).toList();
  }

  private Optional<Configuration.Upstream> upstream(Section endpoint) {
    Section section = endpoint.group(Settings.UPSTREAM);
    if (section.get(Settings.UPSTREAM_URL).isEmpty()) {
      if (!section.get(Settings.UPSTREAM_KEY).isEmpty()
          || !section.get(Settings.UPSTREAM_CERTIFICATE).isEmpty()
          || !section.get(Settings.UPSTREAM_ANCHORS).isEmpty()) {
        section.report(
            Settings.UPSTREAM_URL, "the other server's address is missing", "set url, or nothing");
      }
      return Optional.empty();
    }
    String label = endpoint.get(Settings.LABEL_SETTING);
    List<Certificate> anchors =
        certificates(section, Settings.UPSTREAM_ANCHORS, section.get(Settings.UPSTREAM_ANCHORS));
    List<Certificate> chain =
        certificates(
            section, Settings.UPSTREAM_CERTIFICATE, section.get(Settings.UPSTREAM_CERTIFICATE));
    if (!chain.isEmpty()
        && !chain.getFirst().extendedKeyUsage().contains(CertificateAuthentication.CMC_RA)) {
      section.report(
          Settings.UPSTREAM_CERTIFICATE,
          "the certificate has not the extended key usage cmcRA",
          "ask the other server's operator for one of a registration authority");
    }
    Path keyFile = folder.resolve(section.get(Settings.UPSTREAM_KEY));
    try {
      EstServer server = EstServer.parse(section.get(Settings.UPSTREAM_URL));
      PrivateKey key = KeyPairs.privateKeyOf(Files.readString(keyFile));
      return anchors.isEmpty() || chain.isEmpty()
          ? Optional.empty()
          : Optional.of(
              new Configuration.Upstream(
                  label.isEmpty() ? "est" : "est/" + label,
                  server,
                  new TrustAnchors("upstream", anchors, List.of()),
                  new ClientAuthentication.Holder(key, chain)));
    } catch (IOException e) {
      section.report(
          Settings.UPSTREAM_KEY, "cannot read " + keyFile, "check the name and who may read it");
    } catch (MalformedException e) {
      section.report(Settings.UPSTREAM_URL, "URL or key: " + e.safeMessage(), "");
    }
    return Optional.empty();
  }

  private List<ScepEndpoint> scepEndpoints(
      Section scep, Set<String> issuers, Map<String, Profile> profiles, MdmChecks mdm) {
    List<ScepEndpoint> endpoints = new ArrayList<>();
    Set<String> labels = new HashSet<>();
    for (Section section : scep.items(Settings.SCEP_ENDPOINTS)) {
      String label = section.get(Settings.SCEP_LABEL);
      if (!labels.add(label)) {
        section.report(Settings.SCEP_LABEL, "another endpoint has this label", "");
      }
      reference(section, Settings.ISSUER, issuers, "issuer");
      reference(section, Settings.PROFILE, profiles.keySet(), "profile");
      ScepPreset preset = section.get(Settings.SCEP_CLIENT);
      List<String> capabilities = new ArrayList<>(preset.extraCapabilities());
      capabilities.addAll(section.get(Settings.SCEP_EXTRA_CAPABILITIES));
      ScepEndpoint endpoint =
          new ScepEndpoint(
              new Endpoint(
                  "scep",
                  label,
                  section.get(Settings.ISSUER),
                  section.get(Settings.PROFILE),
                  Endpoint.Authentication.EITHER,
                  List.of(),
                  List.of(),
                  section.get(Settings.EXPIRED_GRACE),
                  Optional.empty(),
                  profilesByUsage(section.group(Settings.PROFILES_BY_USAGE), profiles.keySet())),
              section.get(Settings.SCEP_ALGORITHMS),
              scepOptions(section, preset),
              section.get(Settings.SCEP_EC_REPLY),
              capabilities,
              section.get(Settings.SCEP_SIGNING_TIME),
              new ScepEndpoint.Challenges.Credentials(
                  staticChallenge(
                      section.group(Settings.STATIC_CHALLENGE),
                      section.get(Settings.SCEP_EC_REPLY))),
              new ScepEndpoint.Registration(
                  section.get(Settings.SCEP_REGISTRATION),
                  section.get(Settings.SCEP_REGISTRATION_OVERLAP)));
      endpoints.add(
          mdm.completed(
              section,
              endpoint,
              endpoint.endpoint().profiles().stream()
                  .flatMap(name -> Optional.ofNullable(profiles.get(name)).stream())
                  .toList()));
    }
    return endpoints;
  }

  private static Optional<ProfilesByUsage> profilesByUsage(Section section, Set<String> profiles) {
    ProfilesByUsage byUsage =
        new ProfilesByUsage(
            profileByUsage(section, Settings.SIGNATURE_PROFILE, profiles),
            profileByUsage(section, Settings.ENCRYPTION_PROFILE, profiles),
            profileByUsage(section, Settings.GENERAL_PURPOSE_PROFILE, profiles));
    return byUsage.all().isEmpty() ? Optional.empty() : Optional.of(byUsage);
  }

  private static Optional<String> profileByUsage(
      Section section, Declared.Setting<String> setting, Set<String> profiles) {
    if (section.get(setting).isEmpty()) {
      return Optional.empty();
    }
    reference(section, setting, profiles, "profile");
    return Optional.of(section.get(setting));
  }

  private static Set<ScepEndpoint.Option> scepOptions(Section section, ScepPreset preset) {
    Set<ScepEndpoint.Option> options = preset.options();
    Map.of(
            Settings.SCEP_RENEWAL_BY_PKCSREQ, ScepEndpoint.Option.RENEWAL_BY_PKCS_REQ,
            Settings.SCEP_ROOT, ScepEndpoint.Option.ROOT_IN_BUNDLE,
            Settings.SCEP_CA_IN_REPLY, ScepEndpoint.Option.CA_IN_REPLY)
        .forEach((setting, option) -> {
          switch (section.get(setting)) {
            case PRESET -> {
              // Stays as the preset has it.
            }
            case YES -> options.add(option);
            case NO -> options.remove(option);
          }
        });
    if (section.get(Settings.SCEP_GET_CERT)) {
      options.add(ScepEndpoint.Option.GET_CERT);
    }
    if (section.get(Settings.SCEP_EMPTY_CONTENT) == Settings.EmptyContent.ABSENT) {
      options.add(ScepEndpoint.Option.ABSENT_CONTENT);
    }
    return options;
  }

  /// A challenge that is named but cannot be read, is short, or is good for any name, stops the
  /// start: it must never mean "no challenge needed" (SCEP-161, SCEP-202).
  private Optional<SharedSecret> staticChallenge(Section section, EcReply ecReply) {
    String name = section.get(Settings.STATIC_FILE);
    List<String> subjects = section.get(Settings.STATIC_SUBJECTS);
    List<String> alternatives = section.get(Settings.STATIC_ALTERNATIVES);
    if (name.isEmpty()) {
      if (!subjects.isEmpty() || !alternatives.isEmpty()) {
        section.report(Settings.STATIC_FILE, "names are given and no secret", "give its file");
      }
      return Optional.empty();
    }
    if (subjects.isEmpty() || subjects.stream().anyMatch(Checks::allowsEverything)) {
      section.report(
          Settings.STATIC_SUBJECTS,
          "a static challenge is bound to subjects",
          "give patterns with something fixed in them, such as CN=phone-*");
    }
    Path file = folder.resolve(name);
    try {
      String secret = Files.readString(file).strip();
      if (secret.length() < MIN_STATIC_CHALLENGE
          || secret.chars().anyMatch(Character::isISOControl)) {
        section.report(
            Settings.STATIC_FILE,
            file + " does not hold one line of at least " + MIN_STATIC_CHALLENGE + " characters",
            "make one: (umask 077; chancery scep challenge > " + file + ")");
        return Optional.empty();
      }
      if (ecReply.usesPassword() && !ChallengeStrength.isEnough(secret)) {
        section.report(
            Settings.STATIC_FILE,
            "the challenge in "
                + file
                + " may have less than 128 bits, and replies to EC keys are"
                + " encrypted with it: who overhears one can try guesses at leisure",
            "make one: (umask 077; chancery scep challenge > "
                + file
                + "); it takes 26 random"
                + " characters of Base32, 32 of hex or 22 of Base64, not words; or set ec-reply to"
                + " key-agreement, if the devices cannot take as many");
        return Optional.empty();
      }
      return Optional.of(SharedSecret.of(new NameSpace(subjects, alternatives), secret));
    } catch (IOException e) {
      section.report(
          Settings.STATIC_FILE, "cannot read " + file, "check the name and who may read it");
    } catch (MalformedException e) {
      section.report(Settings.STATIC_SUBJECTS, e.safeMessage(), "");
    }
    return Optional.empty();
  }

  static boolean allowsEverything(String pattern) {
    return pattern.replaceAll("[A-Za-z0-9.]+\\s*=", "").replaceAll("[*,+\\s]", "").isEmpty();
  }

  private List<DeviceAnchors> deviceAnchors(Section endpoint, Set<String> profiles) {
    List<DeviceAnchors> databases = new ArrayList<>();
    for (Section section : endpoint.items(Settings.DEVICE_ANCHORS)) {
      reference(section, Settings.PROFILE, profiles, "profile");
      template(section);
      List<String> allow = section.get(Settings.ALLOW);
      for (String entry : allow) {
        try {
          checkAllow(entry);
        } catch (MalformedException e) {
          section.report(Settings.ALLOW, "\"" + entry + "\": " + e.safeMessage(), "");
        }
      }
      String intermediates = section.get(Settings.INTERMEDIATES_FILE);
      databases.add(
          new DeviceAnchors(
              new TrustAnchors(
                  section.get(Settings.ANCHORS_NAME),
                  certificates(section, Settings.ANCHORS_FILE, section.get(Settings.ANCHORS_FILE)),
                  intermediates.isEmpty()
                      ? List.of()
                      : certificates(section, Settings.INTERMEDIATES_FILE, intermediates)),
              allow,
              section.get(Settings.DEVICE_EXPIRED),
              files(section.get(Settings.DEVICE_CRLS)),
              section.get(Settings.PROFILE),
              section.get(Settings.SUBJECT_TEMPLATE),
              section.get(Settings.ALTERNATIVES_TEMPLATE)));
    }
    return databases;
  }

  private static void checkAllow(String entry) {
    if (entry.startsWith("serial:")) {
      SerialNumber.parse(entry.substring("serial:".length()));
    } else {
      DistinguishedName.parse(entry);
    }
  }

  private static RegistrationAuthorityScope registrationAuthority(Section section) {
    return new RegistrationAuthorityScope(
        section.get(Settings.AUTHORITY_SUBJECT).toString(),
        nameSpace(
            section.group(Settings.SPACE), Settings.SPACE_SUBJECTS, Settings.SPACE_ALTERNATIVES));
  }

  private static NameSpace nameSpace(
      Section section,
      Declared.Setting<List<String>> subjects,
      Declared.Setting<List<String>> alternatives) {
    try {
      return new NameSpace(section.get(subjects), section.get(alternatives));
    } catch (MalformedException e) {
      section.report(subjects, e.safeMessage(), "");
      return NameSpace.NOTHING;
    }
  }

  List<Certificate> certificates(Section section, Declared.Setting<String> setting, String name) {
    return certificateFiles.read(section, setting, name);
  }

  private static void reference(
      Section section, Declared.Setting<String> setting, Set<String> known, String what) {
    String name = section.get(setting);
    if (!known.contains(name)) {
      section.report(
          setting,
          "there is no " + what + " \"" + name + "\"",
          "there are " + String.join(", ", known.stream().sorted().toList()));
    }
  }
}
