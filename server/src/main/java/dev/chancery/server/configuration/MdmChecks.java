package dev.chancery.server.configuration;

import dev.chancery.authority.endpoint.NameSpace;
import dev.chancery.authority.profile.Profile;
import dev.chancery.authority.requester.Account;
import dev.chancery.configuration.Declared.Setting;
import dev.chancery.pki.MalformedException;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.key.KeyPairs;
import dev.chancery.scep.responder.ScepEndpoint;
import dev.chancery.scep.responder.ScepEndpoint.Challenges;
import dev.chancery.server.configuration.Configuration.Decider;
import dev.chancery.server.configuration.Configuration.Decision;
import dev.chancery.server.configuration.Configuration.DeviceManagement;
import dev.chancery.server.scep.handout.HandOutSettings;
import dev.chancery.server.scep.intune.IntuneSettings;
import dev.chancery.server.scep.outbound.FileSecret;
import dev.chancery.server.scep.outbound.OutboundTrust;
import dev.chancery.server.scep.webhook.WebhookSettings;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Checks what is said about device managers. Something that is half there stops the start: it must
/// never mean that nobody needs to be asked (SCEP-161).
final class MdmChecks {
  private static final int MIN_WEBHOOK_SECRET = 20;
  private static final int MIN_PASSWORD = 12;
  private static final Set<String> LOOPBACK = Set.of("localhost", "127.0.0.1", "[::1]");

  private final Checks checks;
  private final Path folder;
  private final List<Decision> decisions = new ArrayList<>();
  private final List<HandOutSettings> handOuts = new ArrayList<>();

  MdmChecks(Checks checks, Path folder) {
    this.checks = checks;
    this.folder = folder;
  }

  /// What all endpoints together have.
  DeviceManagement found() {
    return new DeviceManagement(decisions, handOuts);
  }

  /// The endpoint with what its section says about device managers.
  ///
  /// @param profiles those of the endpoint that there are
  ScepEndpoint completed(Section section, ScepEndpoint endpoint, List<Profile> profiles) {
    Section decision = section.group(MdmSettings.DECISION);
    Section handOut = section.group(MdmSettings.HAND_OUT);
    boolean handsOut = handOut.get(MdmSettings.FORM) != MdmSettings.Form.OFF;
    boolean decides = isMeant(decision);
    if (decides && (handsOut || endpoint.sharedSecret().isPresent())) {
      decision.report(
          "somebody outside decides about challenges here, so none can be handed out or shared",
          "give hand-out or static-challenge an endpoint of its own");
    }
    if (decides
        && profiles.stream().anyMatch(one -> one.approval() instanceof Profile.Approval.Manual)) {
      decision.report(
          "a request that was allowed outside cannot wait for an operator too",
          "choose a profile with approval: automatic");
    }
    ScepEndpoint with = decides ? decided(decision, endpoint) : endpoint;
    return handsOut ? handing(handOut, with) : with;
  }

  private static boolean isMeant(Section decision) {
    return !decision.get(MdmSettings.DECIDED_SUBJECTS).isEmpty()
        || !decision.get(MdmSettings.DECIDED_ALTERNATIVES).isEmpty()
        || !decision.group(MdmSettings.WEBHOOK).get(MdmSettings.WEBHOOK_URL).isEmpty()
        || !decision.group(MdmSettings.WEBHOOK).get(MdmSettings.WEBHOOK_SECRET).isEmpty()
        || !decision.group(MdmSettings.WEBHOOK).get(MdmSettings.NOTIFY_URL).isEmpty()
        || !decision.group(MdmSettings.INTUNE).get(MdmSettings.TENANT).isEmpty()
        || !decision.group(MdmSettings.INTUNE).get(MdmSettings.CLIENT_ID).isEmpty()
        || !decision.group(MdmSettings.INTUNE).get(MdmSettings.CLIENT_SECRET).isEmpty();
  }

  private ScepEndpoint decided(Section section, ScepEndpoint endpoint) {
    NameSpace names =
        names(section, MdmSettings.DECIDED_SUBJECTS, MdmSettings.DECIDED_ALTERNATIVES);
    Section webhook = section.group(MdmSettings.WEBHOOK);
    Section intune = section.group(MdmSettings.INTUNE);
    boolean byWebhook = !webhook.get(MdmSettings.WEBHOOK_URL).isEmpty();
    boolean byIntune = !intune.get(MdmSettings.TENANT).isEmpty();
    if (byWebhook == byIntune) {
      section.report(
          byWebhook ? "two cannot decide" : "nobody is named who decides",
          "set webhook.url or intune.tenant");
    } else {
      Optional<? extends Decider> decider =
          byWebhook
              ? webhook(webhook).map(Decider.Webhook::new)
              : intune(intune).map(Decider.Intune::new);
      decider.ifPresent(one -> decisions.add(new Decision(endpoint.endpoint().name(), one)));
    }
    return with(endpoint, endpoint.options(), new Challenges.Decided(names));
  }

  private static ScepEndpoint with(
      ScepEndpoint endpoint, Set<ScepEndpoint.Option> options, Challenges challenges) {
    return new ScepEndpoint(
        endpoint.endpoint(),
        endpoint.algorithms(),
        options,
        endpoint.ecReply(),
        endpoint.extraCapabilities(),
        endpoint.signingTimeWindow(),
        challenges,
        endpoint.registration());
  }

  private Optional<WebhookSettings> webhook(Section section) {
    Optional<URI> url = url(section, MdmSettings.WEBHOOK_URL, true);
    Optional<URI> notify =
        section.get(MdmSettings.NOTIFY_URL).isEmpty()
            ? Optional.empty()
            : url(section, MdmSettings.NOTIFY_URL, true);
    Optional<FileSecret> secret = secret(section, MdmSettings.WEBHOOK_SECRET, MIN_WEBHOOK_SECRET);
    Optional<OutboundTrust> trust = trust(section);
    return url.isEmpty() || secret.isEmpty() || trust.isEmpty()
        ? Optional.empty()
        : Optional.of(
            new WebhookSettings(
                url.get(),
                notify,
                secret.get(),
                section.get(MdmSettings.WEBHOOK_TIMEOUT),
                section.get(MdmSettings.WEBHOOK_MAX_ANSWER),
                trust.get()));
  }

  private Optional<IntuneSettings> intune(Section section) {
    if (section.get(MdmSettings.CLIENT_ID).isEmpty()) {
      section.report(MdmSettings.CLIENT_ID, "the application id is missing", "");
    }
    Optional<URI> login = url(section, MdmSettings.LOGIN_URL, false);
    Optional<URI> graph = url(section, MdmSettings.GRAPH_URL, false);
    Optional<OutboundTrust> trust = trust(section);
    Optional<IntuneSettings.Proof> proof = proof(section, trust);
    return login.isEmpty() || graph.isEmpty() || trust.isEmpty() || proof.isEmpty()
        ? Optional.empty()
        : Optional.of(
            new IntuneSettings(
                section.get(MdmSettings.TENANT),
                section.get(MdmSettings.CLIENT_ID),
                proof.get(),
                login.get(),
                graph.get(),
                section.get(MdmSettings.GRAPH_SCOPE),
                section.get(MdmSettings.SCOPE),
                section.get(MdmSettings.PROVIDER),
                section.get(MdmSettings.INTUNE_TIMEOUT),
                section.get(MdmSettings.SUCCESS_NOTIFICATION),
                section.get(MdmSettings.REVOCATION_INTERVAL),
                // The certificate proves the application in a message, not in TLS.
                new OutboundTrust(
                    trust.get().anchors(), trust.get().keySha256(), Optional.empty())));
  }

  private Optional<IntuneSettings.Proof> proof(Section section, Optional<OutboundTrust> trust) {
    boolean bySecret = !section.get(MdmSettings.CLIENT_SECRET).isEmpty();
    boolean byCertificate = !section.get(MdmSettings.CLIENT_KEY).isEmpty();
    if (bySecret == byCertificate) {
      section.report(
          MdmSettings.CLIENT_SECRET,
          bySecret ? "a secret and a certificate are given" : "nothing proves the application",
          "give client-secret-file, or client-key and client-certificate");
      return Optional.empty();
    }
    if (bySecret) {
      return secret(section, MdmSettings.CLIENT_SECRET, 1).map(IntuneSettings.Proof.Secret::new);
    }
    Optional<OutboundTrust.Identity> identity = trust.flatMap(OutboundTrust::identity);
    if (identity.filter(one -> !one.key().getAlgorithm().equals("RSA")).isPresent()) {
      section.report(MdmSettings.CLIENT_KEY, "the key is not RSA", "make an RSA key for it");
      return Optional.empty();
    }
    return identity.map(IntuneSettings.Proof.Certificate::new);
  }

  private ScepEndpoint handing(Section section, ScepEndpoint endpoint) {
    NameSpace names = names(section, MdmSettings.HANDED_SUBJECTS, MdmSettings.HANDED_ALTERNATIVES);
    HandOutSettings.Form form =
        section.get(MdmSettings.FORM) == MdmSettings.Form.NDES
            ? HandOutSettings.Form.NDES
            : HandOutSettings.Form.JAMF;
    String user = section.get(MdmSettings.USER);
    if (user.isEmpty() || user.contains(":")) {
      section.report(MdmSettings.USER, "the account has no name, or one with a colon", "");
    }
    if (form == HandOutSettings.Form.NDES
        && handOuts.stream().anyMatch(one -> one.form() == HandOutSettings.Form.NDES)) {
      section.report(
          MdmSettings.FORM, "another endpoint has the page of NDES", "there is one such page");
    }
    secret(section, MdmSettings.PASSWORD_FILE, MIN_PASSWORD)
        .ifPresent(password ->
            handOuts.add(
                new HandOutSettings(
                    endpoint.endpoint(),
                    endpoint.path(),
                    form,
                    Account.of(user, password.text()),
                    names,
                    section.get(MdmSettings.LIFETIME),
                    section.get(MdmSettings.OUTSTANDING),
                    section.get(MdmSettings.ENCODING),
                    section.get(MdmSettings.BIND_DEVICE))));
    EnumSet<ScepEndpoint.Option> options = EnumSet.copyOf(endpoint.options());
    if (form == HandOutSettings.Form.NDES) {
      options.add(ScepEndpoint.Option.NDES);
    }
    return with(endpoint, options, endpoint.challenges());
  }

  private static NameSpace names(
      Section section, Setting<List<String>> subjects, Setting<List<String>> alternatives) {
    List<String> patterns = section.get(subjects);
    if (patterns.isEmpty() || patterns.stream().anyMatch(Checks::allowsEverything)) {
      section.report(
          subjects,
          "what may be asked for is bound to subjects, whoever allows it",
          "give patterns with something fixed in them, such as CN=phone-*");
    }
    try {
      return new NameSpace(patterns, section.get(alternatives));
    } catch (MalformedException e) {
      section.report(subjects, e.safeMessage(), "");
      return NameSpace.NOTHING;
    }
  }

  /// @param clear whether http will do on this machine
  private static Optional<URI> url(Section section, Setting<String> setting, boolean clear) {
    try {
      URI url = URI.create(section.get(setting));
      boolean safe =
          "https".equals(url.getScheme())
              || (clear && "http".equals(url.getScheme()) && LOOPBACK.contains(url.getHost()));
      if (safe && url.getHost() != null && url.getUserInfo() == null && url.getFragment() == null) {
        return Optional.of(url);
      }
    } catch (IllegalArgumentException noUrl) {
      // Said below.
    }
    section.report(
        setting,
        "this must be an https URL without a user"
            + (clear ? ", or an http one on this machine" : ""),
        "write it like https://mdm.example/decide");
    return Optional.empty();
  }

  private Optional<FileSecret> secret(Section section, Setting<String> setting, int least) {
    String name = section.get(setting);
    if (name.isEmpty()) {
      section.report(setting, "the secret's file is missing", "name it");
      return Optional.empty();
    }
    Path file = folder.resolve(name);
    try {
      return Optional.of(FileSecret.read(file, least));
    } catch (IOException e) {
      section.report(setting, "cannot read " + file, "check the name and who may read it");
    } catch (MalformedException e) {
      section.report(setting, file + ": " + e.safeMessage(), "make one with: openssl rand -hex 32");
    }
    return Optional.empty();
  }

  private Optional<OutboundTrust> trust(Section section) {
    String anchorsFile = section.get(MdmSettings.ANCHORS);
    List<Certificate> anchors =
        anchorsFile.isEmpty()
            ? List.of()
            : checks.certificates(section, MdmSettings.ANCHORS, anchorsFile);
    if (!anchorsFile.isEmpty() && anchors.isEmpty()) {
      return Optional.empty();
    }
    String pin = section.get(MdmSettings.PIN);
    String keyFile = section.get(MdmSettings.CLIENT_KEY);
    String certificateFile = section.get(MdmSettings.CLIENT_CERTIFICATE);
    if (keyFile.isEmpty() != certificateFile.isEmpty()) {
      section.report(
          MdmSettings.CLIENT_KEY, "key and certificate come together", "give both, or none");
      return Optional.empty();
    }
    Optional<OutboundTrust.Identity> identity =
        keyFile.isEmpty() ? Optional.empty() : identity(section, keyFile, certificateFile);
    return !keyFile.isEmpty() && identity.isEmpty()
        ? Optional.empty()
        : Optional.of(
            new OutboundTrust(
                anchors, pin.isEmpty() ? Optional.empty() : Optional.of(pin), identity));
  }

  private Optional<OutboundTrust.Identity> identity(
      Section section, String keyFile, String certificateFile) {
    List<Certificate> chain =
        checks.certificates(section, MdmSettings.CLIENT_CERTIFICATE, certificateFile);
    Path file = folder.resolve(keyFile);
    try {
      PrivateKey key = KeyPairs.privateKeyOf(Files.readString(file));
      return chain.isEmpty()
          ? Optional.empty()
          : Optional.of(new OutboundTrust.Identity(key, chain));
    } catch (IOException e) {
      section.report(
          MdmSettings.CLIENT_KEY, "cannot read " + file, "check the name and who may read it");
    } catch (MalformedException e) {
      section.report(MdmSettings.CLIENT_KEY, file + ": " + e.safeMessage(), "");
    }
    return Optional.empty();
  }
}
