package dev.chancery.agent;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.chancery.agent.configuration.AgentConfiguration.Endpoint;
import dev.chancery.agent.configuration.AgentConfiguration.Trust;
import dev.chancery.agent.enrollment.Enroller;
import dev.chancery.agent.enrollment.FailedException;
import dev.chancery.agent.enrollment.Failure;
import dev.chancery.agent.store.Attributes;
import dev.chancery.agent.store.FileOperations;
import dev.chancery.pki.Der;
import dev.chancery.pki.MalformedException;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.certificate.TrustAnchors;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.SequencedSet;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The explicit trust anchors of one endpoint (RFC 7030 §3.6.1): what the configuration vouches
/// for, and what the server has published since and chains to that (RFC 7030 §4.1.3). Stored, so
/// that a restart does not go back. An anchor leaves when it expires, or when the configuration
/// vouches for something else. Thread-safe.
final class EndpointTrust {
  private static final Logger LOG = LoggerFactory.getLogger(EndpointTrust.class);
  private static final JsonMapper JSON = new JsonMapper();

  /// What is believed now.
  ///
  /// @param refreshed when the server was asked last; the epoch if never
  /// @param published the CA certificates that the server named last; empty if it was never asked
  /// @param digest tells one set of anchors from another
  record Trusted(
      TrustAnchors anchors, List<Certificate> published, Instant refreshed, String digest) {
    Trusted {
      published = List.copyOf(published);
    }

    static Trusted of(
        SequencedSet<Certificate> anchors,
        SequencedSet<Certificate> intermediates,
        List<Certificate> published,
        Instant refreshed) {
      List<Certificate> list = List.copyOf(anchors);
      String names = String.join(" ", list.stream().map(Certificate::sha256Hex).sorted().toList());
      return new Trusted(
          new TrustAnchors("explicit", list, List.copyOf(intermediates)),
          published,
          refreshed,
          Der.of(names.getBytes(StandardCharsets.US_ASCII)).sha256Hex());
    }
  }

  private final Endpoint endpoint;
  private final Path folder;
  private final Path file;
  private final Enroller enroller;
  private final FileOperations files;
  private final Clock clock;

  /// Guards `trusted`; held while the server is asked, so that it is asked once.
  private final ReentrantLock lock = new ReentrantLock();

  private @Nullable Trusted trusted;

  EndpointTrust(
      Endpoint endpoint, Path stateFolder, Enroller enroller, FileOperations files, Clock clock) {
    this.endpoint = endpoint;
    this.folder = stateFolder.resolve("endpoints");
    this.file = folder.resolve(endpoint.name() + ".json");
    this.enroller = enroller;
    this.files = files;
    this.clock = clock;
  }

  Endpoint endpoint() {
    return endpoint;
  }

  Enroller enroller() {
    return enroller;
  }

  /// What is believed, if that is known without asking the server.
  Optional<Trusted> known() throws IOException {
    lock.lock();
    try {
      if (trusted == null) {
        trusted = stored().or(this::configured).orElse(null);
      }
      return Optional.ofNullable(trusted);
    } finally {
      lock.unlock();
    }
  }

  /// What is believed; asks the server the first time, if a fingerprint is all there is.
  ///
  /// @throws FailedException if nothing is to be believed
  Trusted current() throws IOException {
    lock.lock();
    try {
      Optional<Trusted> known = known();
      if (known.isPresent()) {
        return known.get();
      }
      if (!(endpoint.trust() instanceof Trust.Pinned pinned)) {
        throw new FailedException(
            Failure.Code.FILES, "there is no CA certificate in the anchors-file");
      }
      TrustAnchors anchors = enroller.bootstrap(pinned.fingerprint());
      Trusted first =
          Trusted.of(
              new LinkedHashSet<>(anchors.anchors()),
              new LinkedHashSet<>(anchors.intermediates()),
              List.of(),
              Instant.EPOCH);
      store(first);
      trusted = first;
      return first;
    } finally {
      lock.unlock();
    }
  }

  /// When the server was last asked for its CA certificates; the epoch if never.
  Instant refreshed() throws IOException {
    return known().map(Trusted::refreshed).orElse(Instant.EPOCH);
  }

  /// Asks the server for its CA certificates and believes those that chain to what is believed.
  ///
  /// @return true if there are other anchors now, or another CA issues
  /// @throws FailedException if there is no usable answer; nothing has changed then
  boolean refresh() throws IOException {
    lock.lock();
    try {
      Trusted before = current();
      List<Certificate> published = enroller.caCertificates(before.anchors());
      if (published.isEmpty()) {
        LOG.atWarn()
            .addKeyValue("endpoint", endpoint.name())
            .log("none of the server's CA certificates chains to an anchor; keeping what is there");
        return false;
      }
      Trusted after = merge(before, published);
      boolean changed =
          !after.digest().equals(before.digest()) || !after.published().equals(before.published());
      store(after);
      trusted = after;
      if (changed) {
        LOG.atInfo()
            .addKeyValue("endpoint", endpoint.name())
            .addKeyValue("anchors", after.anchors().anchors().size())
            .log("the CA certificates have changed");
      }
      return changed;
    } finally {
      lock.unlock();
    }
  }

  private Trusted merge(Trusted before, List<Certificate> published) {
    Instant now = clock.instant();
    SequencedSet<Certificate> anchors = new LinkedHashSet<>(before.anchors().anchors());
    SequencedSet<Certificate> intermediates = new LinkedHashSet<>();
    for (Certificate certificate : published) {
      if (isRoot(certificate)) {
        anchors.add(certificate);
      } else if (!anchors.contains(certificate)) {
        intermediates.add(certificate);
      }
    }
    before.anchors().intermediates().stream()
        .filter(certificate -> !now.isAfter(certificate.notAfter()))
        .forEach(intermediates::add);
    List<Certificate> valid =
        anchors.stream().filter(anchor -> !now.isAfter(anchor.notAfter())).toList();
    // With no valid one left, only the configuration can help; the error then names what is wrong.
    return Trusted.of(
        valid.isEmpty() ? anchors : new LinkedHashSet<>(valid), intermediates, published, now);
  }

  private static boolean isRoot(Certificate certificate) {
    return certificate.isSelfIssued() && certificate.isSignedBy(certificate);
  }

  private Optional<Trusted> configured() {
    if (!(endpoint.trust() instanceof Trust.AnchorsFile from)) {
      return Optional.empty();
    }
    List<Certificate> certificates = read(from.file());
    List<Certificate> roots = certificates.stream().filter(EndpointTrust::isRoot).toList();
    // Without a root, the operator vouches for the lower CA itself.
    List<Certificate> anchors = roots.isEmpty() ? certificates : roots;
    SequencedSet<Certificate> others = new LinkedHashSet<>(certificates);
    anchors.forEach(others::remove);
    return anchors.isEmpty()
        ? Optional.empty()
        : Optional.of(Trusted.of(new LinkedHashSet<>(anchors), others, List.of(), Instant.EPOCH));
  }

  private static List<Certificate> read(Path file) {
    try {
      return Certificate.parsePem(Files.readString(file));
    } catch (IOException e) {
      throw new FailedException(
          Failure.Code.FILES, "cannot read the anchors-file " + file + ": " + e, e);
    } catch (MalformedException e) {
      throw new FailedException(
          Failure.Code.FILES, "the anchors-file " + file + ": " + e.safeMessage(), e);
    }
  }

  /// What the configuration vouches for, as a text: stored trust of another origin is void.
  private String origin() {
    return switch (endpoint.trust()) {
      case Trust.Pinned pinned -> pinned.fingerprint().hex();
      case Trust.AnchorsFile from ->
          String.join(
              " ", read(from.file()).stream().map(Certificate::sha256Hex).sorted().toList());
    };
  }

  private Optional<Trusted> stored() throws IOException {
    try {
      JsonNode json = JSON.readTree(Files.readString(file));
      return json.path("origin").asText().equals(origin())
          ? Optional.of(
              Trusted.of(
                  new LinkedHashSet<>(certificates(json, "anchors")),
                  new LinkedHashSet<>(certificates(json, "intermediates")),
                  certificates(json, "published"),
                  Instant.parse(json.path("refreshed").asText())))
          : Optional.empty();
    } catch (NoSuchFileException none) {
      return Optional.empty();
    } catch (JsonProcessingException | MalformedException | DateTimeException e) {
      LOG.atWarn()
          .addKeyValue("file", file)
          .addKeyValue("reason", e.toString())
          .log("the stored anchors are damaged; starting from the configured ones");
      return Optional.empty();
    }
  }

  private static List<Certificate> certificates(JsonNode json, String field) {
    List<Certificate> certificates = new ArrayList<>();
    json.path(field).forEach(pem -> certificates.addAll(Certificate.parsePem(pem.asText())));
    return certificates;
  }

  private void store(Trusted value) throws IOException {
    ObjectNode json = JSON.createObjectNode();
    json.put("origin", origin());
    json.put("refreshed", value.refreshed().toString());
    put(json, "anchors", value.anchors().anchors());
    put(json, "intermediates", value.anchors().intermediates());
    put(json, "published", value.published());
    files.createFolder(folder, "700");
    files.replace(file, json.toPrettyString().getBytes(StandardCharsets.UTF_8), Attributes.PRIVATE);
  }

  private static void put(ObjectNode json, String field, List<Certificate> certificates) {
    var array = json.putArray(field);
    certificates.forEach(certificate -> array.add(certificate.toPem()));
  }
}
