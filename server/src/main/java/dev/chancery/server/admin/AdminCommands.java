package dev.chancery.server.admin;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.chancery.authority.Refusal;
import dev.chancery.authority.RefusedException;
import dev.chancery.authority.Ticket;
import dev.chancery.authority.audit.AuditEntry;
import dev.chancery.authority.audit.Checkpoint;
import dev.chancery.authority.credential.Binding;
import dev.chancery.authority.credential.CredentialRecord.EntitledNames;
import dev.chancery.authority.credential.Credentials;
import dev.chancery.authority.credential.Network;
import dev.chancery.authority.endpoint.NameSpace;
import dev.chancery.authority.ledger.CertificateQuery;
import dev.chancery.authority.ledger.CertificateRecord;
import dev.chancery.authority.ledger.PendingRecord;
import dev.chancery.authority.rollover.Generation;
import dev.chancery.ledger.CheckpointFile;
import dev.chancery.pki.MalformedException;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.certificate.CertificateChain;
import dev.chancery.pki.certificate.SerialNumber;
import dev.chancery.pki.name.SubjectNames;
import dev.chancery.server.Services;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.regex.Pattern;

/// What the admin socket can do, by command. Everything here happens as [#ACTOR]. Thread-safe.
final class AdminCommands {
  /// The operator's name in the audit.
  private static final String ACTOR = "operator";

  private static final int MAX_ROWS = 10_000;
  private static final long DEFAULT_ROWS = 100;
  private static final long LONGEST_LIFETIME_SECONDS = Duration.ofDays(3660).toSeconds();
  private static final int SHORTEST_SEARCH_TEXT = 3;
  private static final Pattern SHA256_HEX = Pattern.compile("[0-9a-f]{64}");

  private interface Action {
    ObjectNode run(Arguments arguments, Progress progress);
  }

  private record Command(List<String> arguments, Action action) {}

  private final Services services;
  private final Path dataFolder;
  private final Map<String, Command> commands;

  /// @param dataFolder has the audit's public key and the copies of its checkpoints
  AdminCommands(Services services, Path dataFolder) {
    this.services = services;
    this.dataFolder = dataFolder;
    GenerationCommands generations = new GenerationCommands(services, ACTOR);
    this.commands =
        Map.ofEntries(
            command("server.status", this::status),
            command("ca.show", this::showAuthorities, "issuer"),
            command("ca.crl", this::publishLists, "issuer"),
            command("ca.list", (arguments, _) -> generations.list(arguments), "issuer"),
            command(
                "ca.prepare",
                (arguments, _) -> generations.prepare(arguments),
                "issuer",
                "newRoot",
                "dryRun"),
            command(
                "ca.announce",
                (arguments, _) -> generations.announce(arguments),
                "issuer",
                "at",
                "dryRun",
                "force"),
            command(
                "ca.activate",
                (arguments, _) -> generations.activate(arguments),
                "issuer",
                "at",
                "dryRun",
                "force"),
            command(
                "ca.retire",
                (arguments, _) -> generations.retire(arguments),
                "issuer",
                "generation",
                "dryRun",
                "force"),
            command(
                "credential.create",
                this::createCredential,
                "id",
                "subject",
                "sans",
                "allowSubjects",
                "allowSans",
                "profile",
                "endpoints",
                "uses",
                "lifetimeSeconds",
                "keySha256",
                "devices",
                "networks"),
            command("credential.show", this::showCredential, "id"),
            command("credential.list", this::listCredentials, "limit"),
            command("credential.revoke", this::revokeCredential, "id"),
            command("lint", this::lint, "endpoint", "file", "credential", "signer", "address"),
            command("request.list", this::listRequests, "limit", "all"),
            command("request.approve", this::approveRequest, "ticket"),
            command("request.deny", this::denyRequest, "ticket", "reason"),
            command(
                "cert.list",
                this::listCertificates,
                "subject",
                "san",
                "serial",
                "requester",
                "expiresAfter",
                "expiresBefore",
                "uncollected",
                "limit"),
            command("cert.show", this::showCertificate, "serial", "issuer"),
            command("cert.export", this::exportCertificate, "serial", "issuer"),
            command("cert.revoke", this::revokeCertificate, "serial", "issuer", "reason"),
            command("audit.list", this::listAudit, "limit"),
            command("audit.verify", this::verifyAudit, "anchors"));
  }

  private static Map.Entry<String, Command> command(
      String name, Action action, String... arguments) {
    return Map.entry(name, new Command(List.of(arguments), action));
  }

  /// Runs the command of a request.
  ///
  /// @throws RefusedException if it cannot be done
  /// @throws MalformedException if the request is not one
  ObjectNode run(JsonNode request, Progress progress) {
    Arguments envelope = Arguments.of(request, List.of("command", "arguments"));
    Command command = commands.get(envelope.requiredText("command"));
    if (command == null) {
      throw new RefusedException(
          Refusal.Code.NOT_FOUND,
          "there is no such command",
          "known are " + String.join(", ", new TreeSet<>(commands.keySet())));
    }
    JsonNode arguments = request.has("arguments") ? request.path("arguments") : Json.object();
    return command.action().run(Arguments.of(arguments, command.arguments()), progress);
  }

  private ObjectNode status(Arguments _arguments, Progress _progress) {
    ObjectNode result = Json.object();
    result.put("time", services.clock().instant().toString());
    result.put("ledgerWritable", services.ledger().isWritable());
    result.put("certificates", services.ledger().certificateCount());
    result.set("issuers", Json.texts(new TreeSet<>(services.issuers().names())));
    result.set("profiles", Json.texts(profiles()));
    result.set("endpoints", Json.texts(services.endpoints().get()));
    return result;
  }

  private ObjectNode showAuthorities(Arguments arguments, Progress _progress) {
    Optional<String> wanted = arguments.text("issuer");
    wanted.ifPresent(name -> known("issuer", name, services.issuers().names()));
    ObjectNode result = Json.object();
    ArrayNode issuers = result.putArray("issuers");
    for (String name : services.issuers().names()) {
      if (wanted.isEmpty() || wanted.get().equals(name)) {
        ObjectNode issuer = issuers.addObject().put("name", name);
        issuer.put("generation", services.issuers().active(name).number());
        issuer.put("rootSha256", services.issuers().rootOf(name).sha256Hex());
        ArrayNode certificates = issuer.putArray("certificates");
        for (Certificate certificate : services.issuers().certificatesOf(name)) {
          certificates.add(Descriptions.of(certificate).put("pem", certificate.toPem()));
        }
      }
    }
    return result;
  }

  private ObjectNode publishLists(Arguments arguments, Progress _progress) {
    Optional<String> wanted = arguments.text("issuer");
    wanted.ifPresent(name -> known("issuer", name, services.issuers().names()));
    services.revocationLists().publishIfDue();
    ObjectNode result = Json.object();
    ArrayNode lists = result.putArray("lists");
    for (String name : services.issuers().names()) {
      if (wanted.isEmpty() || wanted.get().equals(name)) {
        services.issuers().living(name).stream()
            .flatMap(one -> services.revocationLists().newest(one.id()).stream())
            .forEach(list -> lists.add(Descriptions.of(list)));
      }
    }
    return result;
  }

  private ObjectNode createCredential(Arguments arguments, Progress _progress) {
    String profile = arguments.text("profile").orElse("device");
    known("profile", profile, profiles());
    List<String> endpoints = arguments.texts("endpoints");
    endpoints.forEach(endpoint -> known("endpoint", endpoint, services.endpoints().get()));
    Credentials.Created created =
        services
            .credentials()
            .create(
                new Credentials.Order(
                    arguments.text("id"),
                    entitledNames(arguments),
                    profile,
                    endpoints,
                    (int) arguments.number("uses", 1, 1, Integer.MAX_VALUE),
                    Duration.ofSeconds(
                        arguments.number(
                            "lifetimeSeconds", 24 * 3600, 1, LONGEST_LIFETIME_SECONDS)),
                    arguments.text("keySha256").map(AdminCommands::sha256),
                    new Binding(
                        arguments.texts("devices"),
                        arguments.texts("networks").stream().map(Network::new).toList())),
                ACTOR);
    ObjectNode result = Descriptions.of(created.credential(), services.clock().instant());
    return result.put("secret", created.secret());
  }

  private static EntitledNames entitledNames(Arguments arguments) {
    String subject = arguments.text("subject").orElse("");
    List<String> sans = arguments.texts("sans");
    NameSpace space = new NameSpace(arguments.texts("allowSubjects"), arguments.texts("allowSans"));
    boolean exactly = !subject.isEmpty() || !sans.isEmpty();
    boolean within = !space.subjects().isEmpty() || !space.alternatives().isEmpty();
    if (exactly && within) {
      throw new RefusedException(
          Refusal.Code.MALFORMED,
          "a credential is bound to exact names or to patterns, not to both",
          "leave out --subject and --san, or --allow-subject and --allow-san");
    }
    space.alternatives().forEach(AdminCommands::checkAlternativePattern);
    return within
        ? new EntitledNames.Within(space)
        : new EntitledNames.Exactly(SubjectNames.parse(subject, sans));
  }

  private static void checkAlternativePattern(String pattern) {
    if (!pattern.matches("(dns|ip|email|uri|dir|rid|other):.+")) {
      throw new RefusedException(
          Refusal.Code.MALFORMED,
          "\"" + pattern + "\" is no pattern of subject alternative names",
          "begin it with its kind, as in dns:*.factory.example");
    }
  }

  private static String sha256(String hex) {
    if (!SHA256_HEX.matcher(hex).matches()) {
      throw new MalformedException("keySha256 is not a SHA-256 in lower-case hex");
    }
    return hex;
  }

  private ObjectNode showCredential(Arguments arguments, Progress _progress) {
    String id = arguments.requiredText("id");
    return services
        .credentials()
        .find(id)
        .map(credential -> Descriptions.of(credential, services.clock().instant()))
        .orElseThrow(() ->
            new RefusedException(
                Refusal.Code.NOT_FOUND,
                "there is no credential \"" + id + "\"",
                "see chancery credential list"));
  }

  private ObjectNode listCredentials(Arguments arguments, Progress _progress) {
    Instant now = services.clock().instant();
    return rows(
        "credentials",
        arguments,
        limit -> services.credentials().list(limit),
        credential -> Descriptions.of(credential, now));
  }

  private ObjectNode revokeCredential(Arguments arguments, Progress _progress) {
    String id = arguments.requiredText("id");
    services.credentials().revoke(id, ACTOR);
    return Json.object().put("id", id).put("state", "revoked");
  }

  private ObjectNode lint(Arguments arguments, Progress _progress) {
    String endpoint = arguments.requiredText("endpoint");
    known("endpoint", endpoint, services.endpoints().get());
    return Descriptions.of(
        services
            .linting()
            .lint(
                endpoint,
                base64(arguments.requiredText("file"), "file"),
                arguments.text("credential"),
                arguments.text("signer").map(pem -> onlyCertificate(pem)),
                arguments.text("address").orElse("127.0.0.1")));
  }

  private static byte[] base64(String text, String name) {
    try {
      return Base64.getDecoder().decode(text);
    } catch (IllegalArgumentException e) {
      throw new MalformedException(name + " is not Base64", e);
    }
  }

  private static Certificate onlyCertificate(String pem) {
    return Certificate.parsePem(pem).stream()
        .findFirst()
        .orElseThrow(() -> new MalformedException("signer holds no certificate in PEM"));
  }

  private ObjectNode listRequests(Arguments arguments, Progress _progress) {
    boolean all = arguments.flag("all");
    return rows(
        "requests",
        arguments,
        limit ->
            // Those that wait may lie behind many that do not.
            services.pendingRequests().list(all ? limit : MAX_ROWS).stream()
                .filter(pending -> all || pending.state() instanceof PendingRecord.State.Waiting)
                .limit(limit)
                .toList(),
        Descriptions::of);
  }

  private ObjectNode approveRequest(Arguments arguments, Progress _progress) {
    Ticket ticket = new Ticket(arguments.requiredText("ticket"));
    services.pendingRequests().approve(ticket, ACTOR);
    return Json.object().put("ticket", ticket.value()).put("state", "approved");
  }

  private ObjectNode denyRequest(Arguments arguments, Progress _progress) {
    Ticket ticket = new Ticket(arguments.requiredText("ticket"));
    services.pendingRequests().deny(ticket, arguments.text("reason").orElse(""), ACTOR);
    return Json.object().put("ticket", ticket.value()).put("state", "denied");
  }

  private ObjectNode listCertificates(Arguments arguments, Progress _progress) {
    Instant now = services.clock().instant();
    return rows(
        "certificates",
        arguments,
        limit ->
            services
                .ledger()
                .certificates(
                    new CertificateQuery(
                        searchText(arguments, "subject"),
                        searchText(arguments, "san"),
                        arguments.text("serial").map(hex -> SerialNumber.parse(hex).toString()),
                        searchText(arguments, "requester"),
                        arguments.flag("uncollected")
                            ? arguments.time("expiresAfter").or(() -> Optional.of(now))
                            : arguments.time("expiresAfter"),
                        arguments.time("expiresBefore"),
                        arguments.flag("uncollected")
                            ? CertificateQuery.Collection.UNCOLLECTED
                            : CertificateQuery.Collection.ANY,
                        limit)),
        record -> Descriptions.of(record, now));
  }

  private static Optional<String> searchText(Arguments arguments, String name) {
    Optional<String> text = arguments.text(name);
    if (text.isPresent() && text.get().length() < SHORTEST_SEARCH_TEXT) {
      throw new RefusedException(
          Refusal.Code.MALFORMED,
          "\"" + text.get() + "\" is too short to search " + name + " for",
          "give at least " + SHORTEST_SEARCH_TEXT + " characters");
    }
    return text;
  }

  private ObjectNode showCertificate(Arguments arguments, Progress _progress) {
    CertificateRecord record = certificate(arguments);
    return Descriptions.of(record, services.clock().instant())
        .put(
            "collected",
            services
                .ledger()
                .isCollected(record.issuer(), record.certificate().serialNumber().toString()))
        .put("pem", record.certificate().toPem());
  }

  private ObjectNode exportCertificate(Arguments arguments, Progress _progress) {
    CertificateRecord record = certificate(arguments);
    List<Certificate> above =
        services.issuers().generation(record.issuer()).map(Generation::chain).orElse(List.of());
    return Json.object()
        .put("serial", record.certificate().serialNumber().toString())
        .put("issuer", record.issuer())
        .put("pem", record.certificate().toPem())
        .put("chainPem", new CertificateChain(record.certificate(), above).toPem());
  }

  private ObjectNode revokeCertificate(Arguments arguments, Progress _progress) {
    CertificateRecord record = certificate(arguments);
    String reason = arguments.text("reason").orElse("unspecified");
    SerialNumber serial = record.certificate().serialNumber();
    services.revocations().revoke(record.issuer(), serial, reason, ACTOR);
    return Json.object()
        .put("serial", serial.toString())
        .put("issuer", record.issuer())
        .put("state", "revoked")
        .put("reason", reason);
  }

  /// The certificate with the serial number, of the issuer (in any of its generations) or the
  /// generation if one is given, else of any.
  private CertificateRecord certificate(Arguments arguments) {
    String serial = SerialNumber.parse(arguments.requiredText("serial")).toString();
    Optional<String> issuer = arguments.text("issuer");
    issuer.ifPresent(id -> known("issuer", Generation.issuerOf(id), services.issuers().names()));
    return services.issuers().names().stream()
        .flatMap(name -> services.issuers().generations(name).all().stream())
        .filter(one ->
            issuer.isEmpty() || issuer.get().equals(one.issuer()) || issuer.get().equals(one.id()))
        .flatMap(one -> services.ledger().certificate(one.id(), serial).stream())
        .findFirst()
        .orElseThrow(() ->
            new RefusedException(
                Refusal.Code.NOT_FOUND,
                "there is no certificate with serial number " + serial,
                "search for it: chancery cert list --subject TEXT"));
  }

  private ObjectNode listAudit(Arguments arguments, Progress _progress) {
    return rows(
        "entries",
        arguments,
        this::newestOfAllNodes,
        located ->
            located.node().isEmpty()
                ? Descriptions.of(located.entry())
                : Descriptions.of(located.entry()).put("node", located.node()));
  }

  private record Located(String node, AuditEntry entry) {}

  private List<Located> newestOfAllNodes(int limit) {
    return services.ledger().nodes().stream()
        .flatMap(node ->
            services.ledger().newestAuditEntries(node, limit).stream()
                .map(entry -> new Located(node, entry)))
        // Stable: the entries of one node keep their order, whatever its clock did.
        .sorted(Comparator.comparing((Located located) -> located.entry().event().at()).reversed())
        .limit(limit)
        .toList();
  }

  private ObjectNode verifyAudit(Arguments arguments, Progress progress) {
    List<Checkpoint> anchors =
        arguments.texts("anchors").stream()
            .map(line ->
                CheckpointFile.endOf(line)
                    .orElseThrow(() -> new MalformedException("an anchor is no checkpoint")))
            .toList();
    return AuditReport.of(services.ledger(), dataFolder, anchors, progress);
  }

  /// At most `limit` rows, and whether there are more.
  private static <R> ObjectNode rows(
      String name,
      Arguments arguments,
      Function<Integer, List<R>> read,
      Function<R, ObjectNode> describe) {
    int limit = (int) arguments.number("limit", DEFAULT_ROWS, 1, MAX_ROWS);
    List<R> rows = read.apply(Math.min(limit + 1, MAX_ROWS));
    ObjectNode result = Json.object();
    ArrayNode array = result.putArray(name);
    rows.stream().limit(limit).map(describe).forEach(array::add);
    return result.put("more", rows.size() > limit);
  }

  private Collection<String> profiles() {
    return new TreeSet<>(services.authority().profiles().byName().keySet());
  }

  private static void known(String kind, String name, Collection<String> known) {
    if (!known.contains(name)) {
      throw new RefusedException(
          Refusal.Code.NOT_FOUND,
          "there is no " + kind + " \"" + name + "\"",
          "there are " + String.join(", ", known));
    }
  }
}
