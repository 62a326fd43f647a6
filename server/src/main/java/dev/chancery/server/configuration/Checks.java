package dev.chancery.server.configuration;

import dev.chancery.authority.endpoint.Endpoint;
import dev.chancery.authority.endpoint.Endpoint.DeviceAnchors;
import dev.chancery.authority.endpoint.Endpoint.RegistrationAuthorityScope;
import dev.chancery.authority.endpoint.NameSpace;
import dev.chancery.authority.issuance.IssuerSettings;
import dev.chancery.authority.profile.NameTemplate;
import dev.chancery.authority.profile.Profile;
import dev.chancery.authority.profile.Profiles;
import dev.chancery.authority.profile.Rule;
import dev.chancery.authority.profile.RuleMode;
import dev.chancery.authority.requester.SharedSecret;
import dev.chancery.est.responder.ChannelBindingDemand;
import dev.chancery.est.responder.EstEndpoint;
import dev.chancery.est.wire.EstBase64;
import dev.chancery.pki.MalformedException;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.certificate.SerialNumber;
import dev.chancery.pki.certificate.TrustAnchors;
import dev.chancery.pki.name.DistinguishedName;
import dev.chancery.scep.responder.ScepEndpoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
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
  private static final NameSpace NOTHING = new NameSpace(List.of(), List.of());

  /// A reply that is encrypted by it can be tried offline (SCEP-147).
  private static final int MIN_STATIC_CHALLENGE = 20;

  private final Section root;
  private final Path folder;
  private final List<Problem> problems;

  Checks(Section root, Path folder, List<Problem> problems) {
    this.root = root;
    this.folder = folder;
    this.problems = problems;
  }

  /// The configuration.
  ///
  /// @throws ConfigurationException if there are problems, these or earlier ones
  Configuration configuration(String show) {
    Configuration.Server server = server(root.group(Settings.SERVER));
    List<IssuerSettings> issuers = new ArrayList<>();
    root.entries(Settings.ISSUERS)
        .forEach((name, section) -> {
          checkName(name, section);
          issuers.add(issuer(name, section));
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
    List<ScepEndpoint> scep =
        scepEndpoints(root.group(Settings.SCEP), issuerNames, profiles.keySet());
    if (!problems.isEmpty()) {
      throw new ConfigurationException(problems);
    }
    return new Configuration(server, issuers, new Profiles(profiles), endpoints, scep, show);
  }

  private static Configuration.Server server(Section section) {
    Section tls = section.group(Settings.TLS);
    Section clear = section.group(Settings.CLEAR);
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
        new Configuration.Limits(
            limits.get(Settings.BODY),
            limits.get(Settings.HEADER),
            limits.get(Settings.IDLE_TIMEOUT),
            limits.get(Settings.REQUEST_DEADLINE),
            limits.get(Settings.MIN_DATA_RATE),
            limits.get(Settings.MAX_CONNECTIONS),
            limits.get(Settings.WRONG_SECRETS)),
        new Configuration.Log(log.get(Settings.LOG_FORMAT), log.get(Settings.LOG_LEVEL)),
        section.get(Settings.METRICS));
  }

  private static void checkName(String name, Section section) {
    try {
      Settings.ENTRY_NAME.read(new Written.Scalar(name, 0));
    } catch (MalformedException e) {
      section.report("a name has lower-case letters, digits and hyphens", "rename it");
    }
  }

  private static IssuerSettings issuer(String name, Section section) {
    return new IssuerSettings(
        name,
        section.get(Settings.ISSUER_KEY_TYPE),
        section.get(Settings.ISSUER_SUBJECT),
        section.get(Settings.ISSUER_VALIDITY),
        section.get(Settings.ROOT_SUBJECT),
        section.get(Settings.ROOT_VALIDITY));
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
            section.get(Settings.EXPIRED_GRACE));
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
              }));
    } catch (MalformedException e) {
      section.report(Settings.LABEL_SETTING, e.safeMessage(), "choose another label");
      return Optional.empty();
    }
  }

  private List<ScepEndpoint> scepEndpoints(
      Section scep, Set<String> issuers, Set<String> profiles) {
    List<ScepEndpoint> endpoints = new ArrayList<>();
    Set<String> labels = new HashSet<>();
    for (Section section : scep.items(Settings.SCEP_ENDPOINTS)) {
      String label = section.get(Settings.SCEP_LABEL);
      if (!labels.add(label)) {
        section.report(Settings.SCEP_LABEL, "another endpoint has this label", "");
      }
      reference(section, Settings.ISSUER, issuers, "issuer");
      reference(section, Settings.PROFILE, profiles, "profile");
      ScepPreset preset = section.get(Settings.SCEP_CLIENT);
      List<String> capabilities = new ArrayList<>(preset.extraCapabilities());
      capabilities.addAll(section.get(Settings.SCEP_EXTRA_CAPABILITIES));
      endpoints.add(
          new ScepEndpoint(
              new Endpoint(
                  "scep",
                  label,
                  section.get(Settings.ISSUER),
                  section.get(Settings.PROFILE),
                  Endpoint.Authentication.EITHER,
                  List.of(),
                  List.of(),
                  section.get(Settings.EXPIRED_GRACE)),
              section.get(Settings.SCEP_ALGORITHMS),
              scepOptions(section, preset),
              section.get(Settings.SCEP_EC_REPLY),
              capabilities,
              staticChallenge(section.group(Settings.STATIC_CHALLENGE))));
    }
    return endpoints;
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
  private Optional<SharedSecret> staticChallenge(Section section) {
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
            "make one with: openssl rand -hex 16");
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

  private static boolean allowsEverything(String pattern) {
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
    Section names = section.group(Settings.SPACE);
    NameSpace space = NOTHING;
    try {
      space =
          new NameSpace(names.get(Settings.SPACE_SUBJECTS), names.get(Settings.SPACE_ALTERNATIVES));
    } catch (MalformedException e) {
      names.report(Settings.SPACE_SUBJECTS, e.safeMessage(), "");
    }
    return new RegistrationAuthorityScope(
        section.get(Settings.AUTHORITY_SUBJECT).toString(), space);
  }

  private List<Certificate> certificates(
      Section section, Declared.Setting<String> setting, String name) {
    Path file = folder.resolve(name);
    try {
      List<Certificate> certificates = Certificate.parsePem(Files.readString(file));
      if (certificates.isEmpty()) {
        section.report(setting, file + " holds no certificate", "it must be PEM");
      }
      return certificates;
    } catch (IOException e) {
      section.report(setting, "cannot read " + file, "check the name and who may read it");
    } catch (MalformedException e) {
      section.report(setting, file + ": " + e.safeMessage(), "");
    }
    return List.of();
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
