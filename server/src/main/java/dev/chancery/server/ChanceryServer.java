package dev.chancery.server;

import dev.chancery.authority.Authority;
import dev.chancery.authority.Exchanges;
import dev.chancery.authority.PendingRequests;
import dev.chancery.authority.Rehearsal;
import dev.chancery.authority.RevocationLists;
import dev.chancery.authority.Revocations;
import dev.chancery.authority.ServerKeys;
import dev.chancery.authority.audit.AuditEntry;
import dev.chancery.authority.audit.AuditEvent;
import dev.chancery.authority.audit.AuditEvent.Action;
import dev.chancery.authority.credential.Credentials;
import dev.chancery.authority.credential.SecretBox;
import dev.chancery.authority.endpoint.Endpoint;
import dev.chancery.authority.issuance.Issuers;
import dev.chancery.authority.ledger.Ledger;
import dev.chancery.authority.ledger.LedgerUnavailableException;
import dev.chancery.authority.ledger.Transaction;
import dev.chancery.authority.notification.Notifications;
import dev.chancery.authority.profile.Profile;
import dev.chancery.authority.relay.Relay;
import dev.chancery.authority.requester.AccountAuthentication;
import dev.chancery.authority.requester.CertificateAuthentication;
import dev.chancery.authority.requester.CredentialAuthentication;
import dev.chancery.authority.requester.ExternalAuthentication;
import dev.chancery.authority.requester.FailureLimit;
import dev.chancery.authority.rollover.AutomaticRollover;
import dev.chancery.authority.rollover.Rollover;
import dev.chancery.authority.rollover.RolloverSettings;
import dev.chancery.configuration.ConfigurationException;
import dev.chancery.est.client.EstClient;
import dev.chancery.est.responder.EstCoapResponder;
import dev.chancery.est.responder.EstEndpoint;
import dev.chancery.est.responder.EstResponder;
import dev.chancery.est.responder.EstUpstream;
import dev.chancery.est.responder.EstUpstreams;
import dev.chancery.ledger.AuditCheckpoints;
import dev.chancery.ledger.CheckpointFile;
import dev.chancery.pki.Der;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.crypto.Providers;
import dev.chancery.pki.name.SubjectNames;
import dev.chancery.scep.responder.ScepEndpoint;
import dev.chancery.scep.responder.ScepResponder;
import dev.chancery.server.admin.AdminSocket;
import dev.chancery.server.audit.Anchors;
import dev.chancery.server.coap.CoapAdapter;
import dev.chancery.server.coap.CoapRoutes;
import dev.chancery.server.coap.CoapsListener;
import dev.chancery.server.configuration.Configuration;
import dev.chancery.server.configuration.Configuration.ClientCaNames;
import dev.chancery.server.configuration.Risk;
import dev.chancery.server.http.HealthResponder;
import dev.chancery.server.http.HttpAdapter;
import dev.chancery.server.http.Listeners;
import dev.chancery.server.http.RevocationListResponder;
import dev.chancery.server.http.RoutingTable;
import dev.chancery.server.keys.KeyMakerCertificates;
import dev.chancery.server.log.LogOutput;
import dev.chancery.server.metrics.MeasuredLedger;
import dev.chancery.server.metrics.Metrics;
import dev.chancery.server.metrics.MetricsResponder;
import dev.chancery.server.proxy.TrustedProxies;
import dev.chancery.server.scep.DeviceManagers;
import dev.chancery.server.scep.FolderKeys;
import dev.chancery.server.scep.LedgerKeys;
import dev.chancery.server.scep.Registrations;
import dev.chancery.server.scep.handout.HandOutResponder;
import dev.chancery.server.tls.ServerCertificate;
import dev.chancery.server.tls.TlsBackend;
import dev.chancery.server.tls.TlsListener;
import dev.chancery.server.tls.TlsPeers;
import dev.chancery.server.tls.certificateless.CertificatelessListener;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A running server. Everything is wired here, by hand, in the order in which it is needed.
/// Thread-safe.
public final class ChanceryServer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ChanceryServer.class);

  /// How often the server's certificate is looked at and the audit is signed.
  private static final Duration TURN = Duration.ofMinutes(1);

  /// How soon it is known that a certificate was delivered.
  private static final Duration DELIVERY_TURN = Duration.ofSeconds(1);

  private static final Duration MAINTENANCE = Duration.ofHours(1);
  private static final Duration MAINTENANCE_LEASE = Duration.ofMinutes(10);

  /// Room is made for certificates that will be issued in the next two months.
  private static final Duration MAINTAINED_AHEAD = Duration.ofDays(62);

  /// How often notifications that could not be delivered are looked at.
  private static final Duration NOTIFICATION_TURN = Duration.ofSeconds(10);

  /// How long the server behind an endpoint may take for each step of an exchange.
  private static final Duration UPSTREAM_TIMEOUT = Duration.ofSeconds(20);

  private final DataFolder data;
  private final Clock clock;
  private final Metrics metrics;
  private final Services services;
  private final Relay relay;
  private final SecretBox secrets;
  private final AuditCheckpoints checkpoints;
  private final ServerCertificate certificate;
  private final ServerKeys serverKeys;
  private final Registrations registrations;
  private final OwnCertificates ownCertificates;
  private final Exchanges exchanges;
  private final DeviceManagers deviceManagers;
  private final Deliveries deliveries;
  private final HttpAdapter adapter;
  private final Listeners listeners;
  private final Optional<Coaps> coaps;
  private final boolean firstStart;
  private final ReentrantLock reloading = new ReentrantLock();
  private final AtomicBoolean closed = new AtomicBoolean();

  /// Last opened, first closed.
  private final Deque<AutoCloseable> opened;

  /// The CoAP listener, with what a reload changes in it.
  private record Coaps(CoapsListener listener, CoapAdapter adapter) {}

  private volatile Configuration configuration;
  private volatile Anchors anchors;
  private volatile FailureLimit failures;

  /// Starts a server on `dataFolder`, with its `chancery.yaml`. The first start makes the folder,
  /// the file, the issuers, the database and the keys. Returns when it serves.
  ///
  /// @throws ConfigurationException if the file is not sound
  /// @throws StartException if something else stands in the way
  public static ChanceryServer start(Path dataFolder, Clock clock) {
    Deque<AutoCloseable> opened = new ArrayDeque<>();
    try {
      DataFolder data = DataFolder.open(dataFolder);
      opened.push(data);
      Beside beside = Beside.start();
      opened.push(beside);
      Configuration configuration = Configuration.load(data.configuration());
      LogOutput.use(configuration.server().log());
      if (configuration.database() instanceof Configuration.Database.Sqlite) {
        // Before there is a ledger: a crash in between must not leave one without its key.
        SecretBox _ = data.secretBox();
      }
      beside.open(() -> Ledgers.open(configuration.database(), data.folder(), clock.instant()));
      new SharedKeysCheck(beside.ledger()).beforeKeysAreMade(data, configuration.issuers());
      SecretBox secrets = data.secretBox();
      ChanceryServer server =
          new ChanceryServer(data, configuration, secrets, beside, clock, opened);
      server.serve();
      return server;
    } catch (ConfigurationException | StartException e) {
      closeAll(opened);
      throw e;
    } catch (LedgerUnavailableException e) {
      closeAll(opened);
      throw new StartException(
          messageOf(e), "check that no other server uses it and that the disk is not full", e);
    } catch (IllegalStateException | UncheckedIOException e) {
      closeAll(opened);
      throw new StartException(messageOf(e), "see the log for what came before", e);
    }
  }

  private ChanceryServer(
      DataFolder data,
      Configuration configuration,
      SecretBox secrets,
      Beside beside,
      Clock clock,
      Deque<AutoCloseable> opened) {
    this.data = data;
    this.configuration = configuration;
    this.clock = clock;
    this.opened = opened;

    this.metrics = new Metrics();
    this.secrets = secrets;
    DataFolder.AuditKey auditKey = data.auditKey();
    Issuers issuers = Issuers.open(data.issuers(), configuration.issuers(), clock);
    new SharedKeysCheck(beside.ledger())
        .whenKeysAreThere(secrets, auditKey.fingerprint(), configuration.issuers());
    TlsBackend tls = TlsBackend.of(configuration.server().tls().provider());

    Ledger ledger = new MeasuredLedger(beside.ledger(), metrics);
    Rollover rollover =
        new Rollover(
            ledger,
            issuers,
            configuration.database() instanceof Configuration.Database.Postgres,
            clock);
    rollover.begin();
    Authority authority = new Authority(ledger, issuers, configuration.profiles(), clock);
    authority.limitWaitingRequests(configuration.server().limits().waitingRequests());
    this.services =
        new Services(
            ledger,
            authority,
            issuers,
            new Credentials(ledger, secrets, clock),
            new PendingRequests(ledger, clock),
            new Revocations(ledger, clock),
            new RevocationLists(ledger, issuers, configuration.revocationLists(), clock),
            rollover,
            new AutomaticRollover(
                rollover,
                issuers,
                ledger,
                configuration.rollovers(),
                () -> longestValidity(authority),
                clock),
            this::followRollover,
            this::endpointNames,
            this::lint,
            clock);
    this.relay = new Relay(ledger, issuers, authority::profiles, clock);
    this.firstStart = hasNeverServed(ledger);
    this.checkpoints =
        new AuditCheckpoints(ledger, new CheckpointFile(data.checkpoints()), auditKey::sign);
    this.anchors = Anchors.of(configuration.audit());
    this.failures = failureLimit(configuration);
    this.certificate = new ServerCertificate(data.tls(), authority, demand(configuration), clock);
    this.serverKeys =
        new ServerKeys(
            authority,
            ledger,
            new KeyMakerCertificates(authority, this::certificateNames, clock),
            clock);
    this.registrations =
        new Registrations(keyHomes(configuration, ledger, data), authority, this::overlapOf, clock);
    this.ownCertificates = new OwnCertificates(issuers, registrations, certificate, clock);
    this.exchanges = new Exchanges(ledger, secrets, clock);
    this.deviceManagers =
        new DeviceManagers(new Notifications(ledger, secrets, clock), ledger, authority, clock);
    this.deliveries = new Deliveries(ledger, clock);
    this.adapter =
        new HttpAdapter(
            new TlsPeers(tls),
            metrics,
            routes(configuration),
            new TrustedProxies(configuration.server().trustedProxies()),
            configuration.server().limits(),
            deliveries);
    this.listeners =
        Listeners.prepare(
            beside.threads(),
            configuration.server(),
            adapter,
            (server, http) ->
                TlsListener.connector(
                    server,
                    http,
                    configuration.server().tls(),
                    tls,
                    certificate,
                    this::announcedAuthorities),
            configuration.server().certificatelessTls().map(this::certificateless));
    this.coaps = configuration.server().coaps().map(address -> coaps(address, configuration));
    LOG.atInfo()
        .addKeyValue("tls", tls.description())
        .addKeyValue("cryptography", Providers.description())
        .log("starting");
  }

  /// Where several nodes work, any of them must be able to open a message for any other.
  private Registrations.Homes keyHomes(Configuration settings, Ledger ledger, DataFolder folder) {
    return switch (settings.database()) {
      case Configuration.Database.Sqlite _ ->
          (endpoint, generation, kind) -> new FolderKeys(folder.scep(), endpoint, generation, kind);
      case Configuration.Database.Postgres _ ->
          (endpoint, generation, kind) ->
              new LedgerKeys(ledger, secrets, endpoint, generation, kind, clock);
    };
  }

  private Duration overlapOf(String issuer) {
    RolloverSettings settings = configuration.rollovers().get(issuer);
    return settings == null ? Duration.ZERO : settings.overlap();
  }

  private Listeners.Further certificateless(Configuration.CertificatelessTls settings) {
    return new Listeners.Further(
        (server, http) ->
            CertificatelessListener.connector(
                server,
                http,
                settings.mechanisms(),
                this::credentialAuthentication,
                services.authority()),
        settings.address());
  }

  private Coaps coaps(Configuration.Address address, Configuration settings) {
    CoapAdapter coapAdapter = new CoapAdapter(metrics, coapRoutes(settings), deliveries);
    return new Coaps(
        CoapsListener.prepare(
            address,
            settings.server().limits(),
            certificate.keyManager(),
            this::announcedAuthorities,
            coapAdapter),
        coapAdapter);
  }

  /// A start that failed, on a port that was taken for instance, has left few entries and no start.
  private static boolean hasNeverServed(Ledger ledger) {
    return ledger.nodes().stream().allMatch(node -> hasNeverServed(ledger, node));
  }

  private static boolean hasNeverServed(Ledger ledger, String node) {
    List<AuditEntry> newest = ledger.newestAuditEntries(node, 100);
    return newest.size() < 100
        && newest.stream().noneMatch(entry -> entry.event().action() == Action.SERVER_STARTED);
  }

  private static void warnOfRisks(Configuration settings) {
    for (Risk risk : settings.risks()) {
      LOG.atWarn().addKeyValue("where", risk.where()).log("risk: " + risk.what());
    }
  }

  private void serve() {
    warnOfRisks(configuration);
    maintainLedger();
    services.revocationLists().publishFirst();
    certificate.prepare();
    registrations.prepare(configuration.scepEndpoints());
    ownCertificates.warn();
    opened.push(deliveries);
    open(listeners);
    coaps.map(Coaps::listener).ifPresent(this::open);
    metrics.watchIssuerKeys(() -> services.issuers().withoutKey().size());
    metrics.watchCertificates(ownCertificates::ends);
    for (String listener : listeners.names()) {
      metrics.watchConnections(listener, () -> listeners.connections(listener));
    }
    coaps.ifPresent(it -> metrics.watchConnections("coaps", () -> it.listener().connections()));
    opened.push(AdminSocket.open(data.adminSocket(), services));
    ScheduledWork work = new ScheduledWork();
    opened.push(work);
    work.every(TURN, "rollover", services.automaticRollover()::takeTurn);
    work.every(TURN, "server certificate", certificate::renewIfDue);
    work.every(TURN, "registration authority certificates", registrations::renewIfDue);
    work.every(TURN, "ends of certificates", ownCertificates::warn);
    // The list of a million takes seconds: until then there is the last one.
    work.atOnceAndEvery(
        TURN, "certificate revocation lists", services.revocationLists()::publishIfDue);
    work.every(DELIVERY_TURN, "deliveries", deliveries::record);
    work.every(TURN, "audit checkpoint", this::signAudit);
    work.every(MAINTENANCE, "ledger maintenance", this::maintainLedger);
    opened.push(deviceManagers);
    work.every(NOTIFICATION_TURN, "notifications", deviceManagers::wake);
    work.every(TURN, "revocations wanted outside", deviceManagers::revokeIfDue);
    deviceManagers.wake();
    audit(
        Action.SERVER_STARTED,
        Map.of(
            "tls-port", Integer.toString(tlsPort()), "clear-port", Integer.toString(clearPort())));
    LOG.atInfo()
        .addKeyValue("tls-port", tlsPort())
        .addKeyValue("clear-port", clearPort())
        .addKeyValue("host-names", hostNames())
        .log("ready");
    Thread.ofPlatform().daemon().name("self-tests").start(Providers::selfTest);
  }

  private void open(Listeners prepared) {
    opened.push(prepared);
    try {
      prepared.open();
    } catch (Exception e) {
      throw new StartException(
          "cannot listen: " + messageOf(e),
          "another program may have the port: change server.tls.port, server.clear.port or"
              + " server.certificate-less-tls.port",
          e);
    }
  }

  private void open(CoapsListener prepared) {
    opened.push(prepared);
    try {
      prepared.open();
    } catch (IOException e) {
      throw new StartException(
          "cannot listen: " + messageOf(e),
          "another program may have the port: change server.coaps.port",
          e);
    }
  }

  /// Whether no server has served from this data folder before.
  public boolean firstStart() {
    return firstStart;
  }

  /// The port on which TLS is served.
  public int tlsPort() {
    return listeners.tlsPort();
  }

  /// The port without TLS.
  public int clearPort() {
    return listeners.clearPort();
  }

  /// The UDP port of EST-coaps, if it is served.
  public OptionalInt coapsPort() {
    return coaps.map(it -> OptionalInt.of(it.listener().port())).orElseGet(OptionalInt::empty);
  }

  /// The port for TLS without certificates, if it is served.
  public OptionalInt certificatelessTlsPort() {
    return listeners.certificatelessPort();
  }

  /// The names under which clients reach this server, the most important first.
  public List<String> hostNames() {
    return HostNames.of(configuration.server().hostNames()).names();
  }

  /// The root above the default EST endpoint's issuer: what its clients trust.
  public Certificate root() {
    return services.issuers().rootOf(configuration.defaultEndpoint().endpoint().issuer());
  }

  public Services services() {
    return services;
  }

  public Configuration configuration() {
    return configuration;
  }

  /// Reads `chancery.yaml` again and works with it from now on; requests under way finish as they
  /// began. Changes to what needs a restart are logged as warnings.
  ///
  /// @throws ConfigurationException if it is not sound; the old one stays in force
  public void reload() {
    reloading.lock();
    try {
      Configuration fresh = Configuration.load(data.configuration());
      Reload.check(fresh, services.issuers());
      List<String> later = Reload.needsRestart(configuration, fresh);
      if (configuration.server().limits().wrongSecretsPerMinute()
          != fresh.server().limits().wrongSecretsPerMinute()) {
        failures = failureLimit(fresh);
      }
      RoutingTable routes = routes(fresh);
      registrations.prepare(fresh.scepEndpoints());
      services.authority().use(fresh.profiles());
      services.authority().limitWaitingRequests(fresh.server().limits().waitingRequests());
      services.revocationLists().use(fresh.revocationLists());
      services.automaticRollover().use(fresh.rollovers());
      adapter.use(
          routes, new TrustedProxies(fresh.server().trustedProxies()), fresh.server().limits());
      if (coaps.isPresent() && fresh.server().coaps().isPresent()) {
        // Otherwise the old routes stay until the listener goes.
        coaps.get().adapter().use(coapRoutes(fresh));
      }
      if (!configuration.audit().equals(fresh.audit())) {
        anchors = Anchors.of(fresh.audit());
      }
      configuration = fresh;
      warnOfRisks(fresh);
      maintainLedger();
      LogOutput.use(fresh.server().log());
      certificate.demand(demand(fresh));
      later.forEach(what ->
          LOG.atWarn().addKeyValue("setting", what).log("this changes at the next start only"));
      audit(
          Action.CONFIGURATION_RELOADED,
          later.isEmpty() ? Map.of() : Map.of("needs-restart", String.join(", ", later)));
      LOG.info("configuration reloaded");
    } finally {
      reloading.unlock();
    }
    renewCertificate();
  }

  private void renewCertificate() {
    try {
      certificate.renewIfDue();
    } catch (IllegalStateException e) {
      LOG.atError().setCause(e).log("the server keeps its old certificate");
    }
  }

  /// For tests with a clock of their own: what otherwise happens every minute.
  public boolean renewIfDue() {
    services.automaticRollover().takeTurn();
    services.revocationLists().publishIfDue();
    registrations.renewIfDue();
    deviceManagers.revokeIfDue();
    boolean renewed = certificate.renewIfDue();
    ownCertificates.warn();
    return renewed;
  }

  /// What otherwise happens within the minute.
  private void followRollover() {
    services.revocationLists().publishIfDue();
    registrations.renewIfDue();
    renewCertificate();
  }

  /// Stops accepting, lets the requests under way finish (10 seconds at most), writes the end into
  /// the audit, signs it, and releases the folder. Closing twice does nothing.
  @Override
  public void close() {
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    LOG.info("stopping");
    // All but ledger and folder, which come last.
    while (opened.size() > 2) {
      closeOne(opened.pop());
    }
    try {
      audit(Action.SERVER_STOPPED, Map.of());
      signAudit();
    } catch (LedgerUnavailableException | UncheckedIOException e) {
      LOG.atError().setCause(e).log("the end could not be written into the audit");
    }
    closeAll(opened);
    LOG.info("stopped");
  }

  /// By one node at a time. A node that was paused in the middle does no harm when it goes on.
  private void maintainLedger() {
    Instant now = clock.instant();
    if (!services.ledger().takesLease("maintenance", now, MAINTENANCE_LEASE)) {
      return;
    }
    Duration longest = longestValidity(services.authority());
    services
        .ledger()
        .maintain(now, longest.plus(MAINTAINED_AHEAD), configuration.database().keepExpired());
  }

  private static Duration longestValidity(Authority authority) {
    return authority.profiles().byName().values().stream()
        .map(Profile::validity)
        .max(Comparator.naturalOrder())
        .orElse(Duration.ZERO);
  }

  private void audit(Action action, Map<String, String> details) {
    services
        .ledger()
        .commit(
            Transaction.of(
                new AuditEvent(clock.instant(), action, "", "server", new TreeMap<>(details))));
  }

  private void signAudit() {
    anchors.publish(checkpoints.sign(clock.instant()));
  }

  private RoutingTable routes(Configuration settings) {
    Ledger ledger = services.ledger();
    return new RoutingTable(
        List.of(
            new EstResponder(
                settings.estEndpoints(),
                services.authority(),
                new CertificateAuthentication(ledger, services.issuers(), clock),
                credentialAuthentication(),
                serverKeys,
                upstreams(settings),
                clock),
            new ScepResponder(
                registrations.keysOf(settings.scepEndpoints()),
                services.authority(),
                exchanges,
                new CertificateAuthentication(ledger, services.issuers(), clock),
                credentialAuthentication(),
                services.revocationLists(),
                deviceManagers.decisions(
                    settings.deviceManagement(),
                    settings.scepEndpoints().stream()
                        .map(ScepEndpoint::endpoint)
                        .collect(Collectors.toMap(Endpoint::name, Endpoint::issuer)),
                    new ExternalAuthentication(secrets, failures)),
                clock),
            new RevocationListResponder(services.revocationLists(), clock),
            new HandOutResponder(
                settings.deviceManagement().handOuts(),
                services.authority(),
                services.credentials(),
                new AccountAuthentication(failures),
                clock),
            new HealthResponder(ledger, services.issuers()),
            new MetricsResponder(metrics, settings.server().metrics())));
  }

  private CredentialAuthentication credentialAuthentication() {
    return new CredentialAuthentication(services.ledger(), secrets, clock, failures);
  }

  private EstUpstreams upstreams(Configuration settings) {
    Map<String, EstUpstream> byEndpoint = new HashMap<>();
    for (Configuration.Upstream upstream : settings.upstreams()) {
      byEndpoint.put(
          upstream.endpoint(),
          new EstUpstream(
              upstream.server().toString(),
              new EstClient(upstream.server(), UPSTREAM_TIMEOUT, clock),
              upstream.anchors(),
              upstream.authority(),
              clock));
    }
    return new EstUpstreams(relay, byEndpoint);
  }

  private CoapRoutes coapRoutes(Configuration settings) {
    Ledger ledger = services.ledger();
    return new CoapRoutes(
        List.of(
            new EstCoapResponder(
                settings.estEndpoints(),
                services.authority(),
                new CertificateAuthentication(ledger, services.issuers(), clock),
                serverKeys,
                upstreams(settings))));
  }

  private FailureLimit failureLimit(Configuration settings) {
    return new FailureLimit(settings.server().limits().wrongSecretsPerMinute(), clock);
  }

  private SubjectNames certificateNames() {
    return HostNames.of(configuration.server().hostNames()).certificateNames();
  }

  private static ServerCertificate.Demand demand(Configuration settings) {
    return new ServerCertificate.Demand(
        HostNames.of(settings.server().hostNames()).certificateNames(),
        settings.defaultEndpoint().endpoint().issuer());
  }

  private List<String> endpointNames() {
    return Stream.concat(
            configuration.estEndpoints().stream().map(EstEndpoint::endpoint),
            configuration.scepEndpoints().stream().map(ScepEndpoint::endpoint))
        .map(Endpoint::name)
        .toList();
  }

  private Rehearsal lint(
      String name,
      byte[] file,
      Optional<String> credential,
      Optional<Certificate> signer,
      String address) {
    Configuration now = configuration;
    Linter linter = new Linter(services, exchanges, secrets);
    Linter.Subject subject = new Linter.Subject(Der.of(file), credential, signer, address);
    Optional<ScepEndpoint> scep =
        now.scepEndpoints().stream().filter(one -> one.endpoint().name().equals(name)).findFirst();
    if (scep.isPresent()) {
      return linter.rehearse(
          scep.get(),
          registrations.keysOf(List.of(scep.get())).values().iterator().next(),
          subject);
    }
    return now.estEndpoints().stream()
        .map(EstEndpoint::endpoint)
        .filter(endpoint -> endpoint.name().equals(name))
        .findFirst()
        .map(endpoint -> linter.rehearse(endpoint, subject))
        .orElseThrow(() -> new IllegalArgumentException("there is no endpoint " + name));
  }

  /// The CAs whose certificates some endpoint takes.
  private List<X509Certificate> announcedAuthorities() {
    Configuration now = configuration;
    if (now.server().tls().clientCaNames() == ClientCaNames.NONE) {
      return List.of();
    }
    Set<Certificate> authorities = new HashSet<>();
    for (EstEndpoint endpoint : now.estEndpoints()) {
      services
          .issuers()
          .living(endpoint.endpoint().issuer())
          .forEach(one -> authorities.addAll(one.chain()));
      endpoint
          .endpoint()
          .deviceAnchors()
          .forEach(database -> {
            authorities.addAll(database.anchors().anchors());
            authorities.addAll(database.anchors().intermediates());
          });
    }
    return authorities.stream().map(Certificate::toX509).toList();
  }

  private static void closeAll(Deque<AutoCloseable> opened) {
    while (!opened.isEmpty()) {
      closeOne(opened.pop());
    }
  }

  private static void closeOne(AutoCloseable one) {
    try {
      one.close();
    } catch (Exception e) {
      LOG.atError().setCause(e).log("something did not close cleanly");
    }
  }

  private static String messageOf(Throwable e) {
    String message = e.getMessage();
    return message == null ? e.toString() : message;
  }
}
