package dev.chancery.authority.issuance;

import dev.chancery.authority.Refusal;
import dev.chancery.authority.RefusedException;
import dev.chancery.authority.files.DurableFile;
import dev.chancery.authority.ledger.Ledger;
import dev.chancery.authority.ledger.LedgerUnavailableException;
import dev.chancery.authority.policy.Grant;
import dev.chancery.authority.rollover.Generation;
import dev.chancery.authority.rollover.Generation.State;
import dev.chancery.authority.rollover.Generations;
import dev.chancery.pki.Der;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.certificate.CertificateContent;
import dev.chancery.pki.certificate.CertificateContent.Role;
import dev.chancery.pki.certificate.CertificateExtension;
import dev.chancery.pki.certificate.RevocationListContent;
import dev.chancery.pki.certificate.SerialNumber;
import dev.chancery.pki.cms.CertsOnly;
import dev.chancery.pki.cms.DigestAlgorithm;
import dev.chancery.pki.cms.MessageKey;
import dev.chancery.pki.cms.SignedMessage;
import dev.chancery.pki.crypto.SignatureAlgorithm;
import dev.chancery.pki.key.KeyType;
import dev.chancery.pki.key.SubjectPublicKeyInfo;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The issuers: each a line of generations, CA keys and certificates below a root. Private keys
/// stay inside this package; what leaves are certificates, each signed against a [Grant], CRLs, and
/// the announcement of a next generation. Which generation is what follows from their dates in the
/// ledger and from the clock. Thread-safe.
public final class Issuers {
  private static final Logger LOG = LoggerFactory.getLogger(Issuers.class);

  /// How old what is known of the generations may get before the ledger is asked again. What is
  /// scheduled further ahead than this happens at the same instant on all nodes.
  public static final Duration KNOWN_FOR = Duration.ofMinutes(1);

  /// A generation with its key, where that is here.
  private record Held(Generation generation, Optional<PrivateKey> key) {}

  /// What is known.
  private record Known(
      Map<String, Generations> byIssuer,
      Map<String, Held> byId,
      Set<SubjectPublicKeyInfo> keys,
      Instant since) {}

  private final Map<String, IssuerSettings> settings = new LinkedHashMap<>();
  private final Map<String, Held> first = new LinkedHashMap<>();
  private final List<String> created;
  private final IssuerFiles files;
  private final Clock clock;

  /// Held while the ledger is asked.
  private final ReentrantLock refreshing = new ReentrantLock();

  private volatile Known known;
  private volatile @Nullable Ledger ledger;

  private Issuers(IssuerFiles files, Collection<IssuerSettings> settings, Clock clock) {
    this.files = files;
    this.clock = clock;
    List<String> made = new ArrayList<>();
    for (IssuerSettings one : settings) {
      if (!files.hasFirst(one.name())) {
        files.createFirst(one, clock.instant());
        made.add(one.name());
      }
      this.settings.put(one.name(), one);
      first.put(one.name(), firstOf(one));
    }
    this.created = List.copyOf(made);
    this.known = known(List.of(), Map.of(), clock.instant());
  }

  private Held firstOf(IssuerSettings one) {
    IssuerFiles.Signing loaded = files.loadFirst(one.name());
    if (!loaded.certificate().subject().equals(one.subject())) {
      throw new IllegalStateException(
          "the issuer in "
              + one.name()
              + ".pem is called "
              + loaded.certificate().subject()
              + ", the configured one "
              + one.subject());
    }
    Instant from = loaded.certificate().notBefore();
    return new Held(
        new Generation(
            one.name(),
            1,
            loaded.certificate(),
            loaded.root(),
            List.of(),
            from,
            Optional.of(from),
            Optional.of(from),
            Optional.empty()),
        Optional.of(loaded.key()));
  }

  /// Opens the issuers kept in `folder`, making those that are not there yet; [IssuerFiles] has the
  /// names of the files. Only first generations are known until [#follow].
  ///
  /// @throws IllegalStateException if files are there but do not belong together
  public static Issuers open(Path folder, List<IssuerSettings> settings, Clock clock) {
    refuseNamesThatShareFiles(settings);
    DurableFile.privateFolder(folder);
    return new Issuers(new IssuerFiles(folder), settings, clock);
  }

  /// The issuer `a-root` would write its key where the root of the issuer `a` has its own.
  private static void refuseNamesThatShareFiles(List<IssuerSettings> settings) {
    Set<String> stems = new HashSet<>();
    for (IssuerSettings one : settings) {
      if (!stems.add(one.name()) || !stems.add(one.name() + "-root")) {
        throw new IllegalStateException(
            "the issuer \"" + one.name() + "\" would share files with another: rename one of them");
      }
    }
  }

  /// Takes the generations from `followed` from now on. Those that opened here without it must be
  /// there.
  ///
  /// @throws IllegalStateException if a first generation there is another one than here
  /// @throws LedgerUnavailableException if it cannot be asked
  public void follow(Ledger followed) {
    refreshing.lock();
    try {
      known = known(followed.generations(), known.byId(), clock.instant());
      ledger = followed;
    } finally {
      refreshing.unlock();
    }
  }

  /// Asks the ledger again, now. An answer that does not come leaves everything as it is.
  public void refresh() {
    Ledger followed = ledger;
    if (followed == null) {
      return;
    }
    refreshing.lock();
    try {
      known = known(followed.generations(), known.byId(), clock.instant());
    } catch (LedgerUnavailableException e) {
      Known old = known;
      known = new Known(old.byIssuer(), old.byId(), old.keys(), clock.instant());
      LOG.atWarn().setCause(e).log("the generations of the issuers could not be read again");
    } finally {
      refreshing.unlock();
    }
  }

  private Known current() {
    Known now = known;
    if (ledger == null || isFresh(now)) {
      return now;
    }
    refreshing.lock();
    try {
      if (!isFresh(known)) {
        refresh();
      }
      return known;
    } finally {
      refreshing.unlock();
    }
  }

  private boolean isFresh(Known one) {
    Duration age = Duration.between(one.since(), clock.instant()).abs();
    return age.compareTo(KNOWN_FOR) < 0;
  }

  private Known known(List<Generation> stored, Map<String, Held> before, Instant now) {
    Map<String, Generations> byIssuer = new LinkedHashMap<>();
    Map<String, Held> byId = new HashMap<>();
    Set<SubjectPublicKeyInfo> keys = new HashSet<>();
    first.forEach((issuer, held) -> {
      List<Held> all = new ArrayList<>();
      all.add(held);
      for (Generation generation : stored) {
        if (generation.issuer().equals(issuer)) {
          if (generation.number() == 1) {
            all.set(0, new Held(sameAs(held, generation), held.key()));
          } else {
            all.add(held(generation, before));
          }
        }
      }
      byIssuer.put(issuer, new Generations(all.stream().map(Held::generation).toList()));
      for (Held one : all) {
        byId.put(one.generation().id(), one);
        one.generation().chain().forEach(each -> keys.add(each.subjectPublicKeyInfo()));
      }
    });
    return new Known(byIssuer, byId, keys, now);
  }

  private static Generation sameAs(Held held, Generation stored) {
    if (!held.generation().certificate().equals(stored.certificate())) {
      throw new IllegalStateException(
          "the certificate in "
              + stored.id()
              + ".pem is not the one with which this ledger was begun; copy issuers/ from another"
              + " node or a backup");
    }
    return stored;
  }

  /// A key that does not fit is none: nothing is ever signed with it.
  private Held held(Generation generation, Map<String, Held> before) {
    Held same = before.get(generation.id());
    if (same != null
        && same.key().isPresent()
        && same.generation().certificate().equals(generation.certificate())) {
      return new Held(generation, same.key());
    }
    try {
      return new Held(generation, files.load(generation).map(IssuerFiles.Signing::key));
    } catch (IllegalStateException | java.io.UncheckedIOException e) {
      LOG.atError()
          .addKeyValue("generation", generation.id())
          .addKeyValue("reason", e.getMessage())
          .log("the key files of a generation are not usable");
      return new Held(generation, Optional.empty());
    }
  }

  /// Names of the issuers that [#open] has made.
  public List<String> created() {
    return created;
  }

  public Set<String> names() {
    return settings.keySet();
  }

  /// The generations of an issuer.
  ///
  /// @param issuer its name
  public Generations generations(String issuer) {
    Generations all = current().byIssuer().get(issuer);
    if (all == null) {
      throw new IllegalStateException("there is no issuer \"" + issuer + "\"");
    }
    return all;
  }

  /// The generation that signs now.
  ///
  /// @param issuer its name
  public Generation active(String issuer) {
    return generations(issuer).activeAt(clock.instant());
  }

  /// The generation that signs for a request.
  ///
  /// @param asked the generation that the request asks for; it has its way while that one is
  ///   announced
  public Generation signing(String issuer, Optional<String> asked) {
    Generations all = generations(issuer);
    Instant now = clock.instant();
    return all.in(Set.of(State.ANNOUNCED), now).stream()
        .filter(one -> asked.isPresent() && asked.get().equals(one.id()))
        .findFirst()
        .orElseGet(() -> all.activeAt(now));
  }

  /// Those whose certificates count now, the active one first.
  ///
  /// @param issuer its name
  public List<Generation> living(String issuer) {
    return generations(issuer).livingAt(clock.instant());
  }

  /// The generation with that [Generation#id()], if there is one.
  public Optional<Generation> generation(String id) {
    return Optional.ofNullable(current().byId().get(id)).map(Held::generation);
  }

  /// Whether the key of a generation is here.
  public boolean holdsKey(Generation generation) {
    return Optional.ofNullable(current().byId().get(generation.id()))
        .flatMap(Held::key)
        .isPresent();
  }

  /// Generations that are active, or announced to be, without their key here.
  public List<Generation> withoutKey() {
    Instant now = clock.instant();
    return names().stream()
        .flatMap(
            issuer -> generations(issuer).in(Set.of(State.ACTIVE, State.ANNOUNCED), now).stream())
        .filter(one -> !holdsKey(one))
        .toList();
  }

  /// The active generation's certificate and what is above it, root last.
  ///
  /// @param issuer its name
  public List<Certificate> certificatesOf(String issuer) {
    return active(issuer).chain();
  }

  /// The root above the active generation: what clients trust.
  ///
  /// @param issuer its name
  public Certificate rootOf(String issuer) {
    return active(issuer).root();
  }

  /// True if `key` is one of the issuers' or roots' own.
  public boolean owns(SubjectPublicKeyInfo key) {
    return current().keys().contains(key);
  }

  /// Redeems a grant: signs what policy has granted, nothing else.
  ///
  /// @throws RefusedException if the key of the generation that should sign is not here
  public Certificate issue(Grant grant) {
    Held signing = get(grant.issuer());
    Certificate issuer = signing.generation().certificate();
    PrivateKey key = keyOf(signing);
    SignatureAlgorithm algorithm = IssuerFiles.algorithmOf(issuer.subjectPublicKeyInfo());
    return new CertificateContent(
            SerialNumber.fresh(grant.now()),
            issuer.subject(),
            keyIdentifierOf(issuer),
            grant.notBefore(),
            grant.notAfter(),
            grant.names(),
            grant.key(),
            new Role.EndEntity(),
            grant.profile().keyUsage(),
            grant.profile().extendedKeyUsage(),
            furtherExtensions(signing.generation(), grant))
        .sign(algorithm, tbs -> algorithm.sign(key, tbs));
  }

  /// Signs a generation's CRL (RFC 5280 §5).
  ///
  /// @param id see [Generation#id()]
  /// @param number greater than that of every list of that generation before it
  /// @param revoked adds the entries
  public Der revocationList(
      String id,
      long number,
      Instant thisUpdate,
      Instant nextUpdate,
      Consumer<RevocationListContent> revoked) {
    Held signing = get(id);
    Certificate issuer = signing.generation().certificate();
    PrivateKey key = keyOf(signing);
    RevocationListContent content =
        new RevocationListContent(
            issuer.subject(), keyIdentifierOf(issuer), number, thisUpdate, nextUpdate);
    revoked.accept(content);
    SignatureAlgorithm algorithm = IssuerFiles.algorithmOf(issuer.subjectPublicKeyInfo());
    return content.sign(algorithm, tbs -> algorithm.sign(key, tbs));
  }

  /// The certificates of the announced generation, signed by the active one (RFC 8894 §4.7.1): a
  /// degenerate SignedData as content of type data, and the same certificates around it, since some
  /// clients read only those.
  ///
  /// @param issuer its name
  /// @param next the certificates of the next registration authority
  /// @return empty if none is announced, or the active key is of a type that signs no messages
  public Optional<Der> announcement(String issuer, List<Certificate> next) {
    Generations all = generations(issuer);
    Instant now = clock.instant();
    Held signing = get(all.activeAt(now).id());
    return all.nextAt(now)
        .filter(_following -> signsMessages(signing.generation().certificate()))
        .map(following -> {
          List<Certificate> certificates = new ArrayList<>();
          certificates.addAll(next);
          certificates.addAll(following.chain());
          return Der.of(
              SignedMessage.sign(
                  new MessageKey(signing.generation().certificate(), keyOf(signing)),
                  DigestAlgorithm.SHA_256,
                  Optional.of(Der.of(CertsOnly.encodeInOrder(certificates))),
                  List.of(),
                  certificates));
        });
  }

  /// True if [#announcement] has something to say.
  ///
  /// @param issuer its name
  public boolean announces(String issuer) {
    Generations all = generations(issuer);
    Instant now = clock.instant();
    Generation active = all.activeAt(now);
    return all.nextAt(now).filter(this::holdsKey).isPresent()
        && holdsKey(active)
        && signsMessages(active.certificate());
  }

  /// Messages are signed with RSA or ECDSA alone: SCEP knows no other.
  private static boolean signsMessages(Certificate certificate) {
    return certificate.subjectPublicKeyInfo().isRsa()
        || certificate.subjectPublicKeyInfo().type().filter(KeyType::isEc).isPresent();
  }

  /// Makes the files of the next generation. It exists once the ledger has it.
  ///
  /// @param issuer its name
  /// @param newRoot whether it gets a root of its own
  /// @throws IllegalStateException if the key of the root so far is not here
  public Generation prepare(String issuer, boolean newRoot) {
    List<Generation> all = generations(issuer).all();
    Instant now = clock.instant();
    return files.createNext(
        settingsOf(issuer),
        generations(issuer).activeAt(now),
        all.getLast().number() + 1,
        newRoot,
        now);
  }

  /// True if a next generation under the same root would live shorter than is configured.
  ///
  /// @param issuer its name
  public boolean rootEndsBeforeNext(String issuer) {
    return rootOf(issuer).notAfter().isBefore(clock.instant().plus(settingsOf(issuer).validity()));
  }

  /// Removes the files of a generation that the ledger did not take.
  public void discard(Generation untaken) {
    files.discard(untaken.id());
  }

  private IssuerSettings settingsOf(String issuer) {
    IssuerSettings found = settings.get(issuer);
    if (found == null) {
      throw new IllegalStateException("there is no issuer \"" + issuer + "\"");
    }
    return found;
  }

  private Held get(String id) {
    Held held = current().byId().get(id);
    if (held == null) {
      throw new IllegalStateException("there is no issuer \"" + id + "\"");
    }
    return held;
  }

  private static PrivateKey keyOf(Held held) {
    return held.key()
        .orElseThrow(() ->
            new RefusedException(
                Refusal.Code.INTERNAL,
                "the key of " + held.generation().id() + " is not on this server",
                "the operator copies its files from the node that made them"));
  }

  private List<CertificateExtension> furtherExtensions(Generation generation, Grant grant) {
    List<CertificateExtension> extensions = new ArrayList<>(grant.copiedExtensions());
    settingsOf(generation.issuer())
        .distributionPointOf(generation.id())
        .map(CertificateExtension::crlDistributionPoint)
        .ifPresent(extensions::add);
    return extensions;
  }

  private static Der keyIdentifierOf(Certificate certificate) {
    return Der.of(
        certificate
            .subjectKeyIdentifier()
            .orElseGet(() -> certificate.subjectPublicKeyInfo().keyIdentifier()));
  }
}
