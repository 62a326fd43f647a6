package dev.chancery.server.tls;

import dev.chancery.authority.Authority;
import dev.chancery.authority.EnrollmentRequest;
import dev.chancery.authority.EnrollmentRequest.Operation;
import dev.chancery.authority.Outcome;
import dev.chancery.authority.endpoint.Endpoint;
import dev.chancery.authority.files.DurableFile;
import dev.chancery.authority.files.DurableFile.Access;
import dev.chancery.authority.requester.Requester;
import dev.chancery.pki.MalformedException;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.certificate.CertificateChain;
import dev.chancery.pki.crypto.SignatureAlgorithm;
import dev.chancery.pki.key.KeyPairs;
import dev.chancery.pki.key.KeyType;
import dev.chancery.pki.name.SubjectNames;
import dev.chancery.pki.request.CertificationRequest;
import dev.chancery.pki.request.CertificationRequestBuilder;
import dev.chancery.pki.request.ProofOfPossession;
import dev.chancery.transport.RequestId;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import javax.net.ssl.X509ExtendedKeyManager;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The server's own TLS certificate: issued through the one door like every other, kept in
/// `server.key` and `server.pem`, renewed with a new key when a third of its lifetime is left or
/// its names no longer fit. Thread-safe.
public final class ServerCertificate {
  private static final Logger LOG = LoggerFactory.getLogger(ServerCertificate.class);

  /// The profile that the server's certificate has.
  public static final String PROFILE = "server";

  /// What the certificate must fit.
  ///
  /// @param issuer whose certificate it shall be
  public record Demand(SubjectNames names, String issuer) {}

  private final Path folder;
  private final Authority authority;
  private final Clock clock;
  private final CurrentKey keys = new CurrentKey();
  private final ReentrantLock renewing = new ReentrantLock();
  private volatile Demand demand;
  private volatile @Nullable ServerIdentity current;

  public ServerCertificate(Path folder, Authority authority, Demand demand, Clock clock) {
    this.folder = folder;
    this.authority = authority;
    this.demand = demand;
    this.clock = clock;
  }

  /// Takes the certificate from disk, or gets a new one if that is missing or no longer good.
  ///
  /// @throws IllegalStateException with the reason if policy refuses it
  public void prepare() {
    load().ifPresent(this::use);
    renewIfDue();
  }

  /// Asks for other names or another issuer from now on; [#renewIfDue] acts on it.
  public void demand(Demand other) {
    demand = other;
  }

  /// Renews if it is time. Connections that are open keep their old certificate.
  ///
  /// @return whether there is a new certificate now
  /// @throws IllegalStateException with the reason if policy refuses it
  public boolean renewIfDue() {
    renewing.lock();
    try {
      ServerIdentity held = current;
      if (held != null && !isDue(held)) {
        linkAnew(held);
        return false;
      }
      use(enroll());
      return true;
    } finally {
      renewing.unlock();
    }
  }

  /// A root that comes or goes changes what has to be sent with the same certificate.
  private void linkAnew(ServerIdentity held) {
    List<Certificate> chain = chainOf(held.leaf());
    if (!chain.equals(held.chain())) {
      writeChain(chain);
      use(new ServerIdentity(held.alias(), held.key(), chain));
    }
  }

  /// The certificate, its issuer's, and what certifies the root above by another root in use: who
  /// trusts only the old root, or only the new one, gets on with it.
  private List<Certificate> chainOf(Certificate leaf) {
    List<Certificate> chain = new ArrayList<>();
    chain.add(leaf);
    authority.generationsOf(demand.issuer()).stream()
        .filter(one -> leaf.isSignedBy(one.certificate()))
        .findFirst()
        .ifPresent(one -> {
          chain.add(one.certificate());
          chain.addAll(authority.linksAbove(one));
        });
    return chain;
  }

  private void writeChain(List<Certificate> chain) {
    DurableFile.write(
        folder.resolve("server.pem"),
        new CertificateChain(chain.getFirst(), chain.subList(1, chain.size())).toPem(),
        Access.PUBLIC);
  }

  /// The certificate in use; empty before there is one.
  public Optional<Certificate> current() {
    return Optional.ofNullable(current).map(ServerIdentity::leaf);
  }

  /// Gives each handshake the key of the moment.
  public X509ExtendedKeyManager keyManager() {
    return keys;
  }

  private void use(ServerIdentity identity) {
    current = identity;
    keys.use(identity);
  }

  private boolean isDue(ServerIdentity identity) {
    Certificate leaf = identity.leaf();
    Instant now = clock.instant();
    // In seconds: a Duration divides by way of BigDecimal, which takes 20 ms to come up at a start.
    long lifetime = Duration.between(leaf.notBefore(), leaf.notAfter()).toSeconds();
    return !leaf.names().equals(demand.names())
        || !leaf.isSignedBy(issuerCertificate())
        || now.isBefore(leaf.notBefore())
        || now.isAfter(leaf.notAfter().minusSeconds(lifetime / 3));
  }

  private Certificate issuerCertificate() {
    return authority.certificatesOf(demand.issuer()).getFirst();
  }

  private ServerIdentity enroll() {
    KeyPair keyPair = KeyPairs.generate(KeyType.P_256);
    CertificationRequest request =
        CertificationRequestBuilder.builder(demand.names(), keyPair).build();
    Outcome outcome =
        authority.enroll(
            new EnrollmentRequest(
                endpoint(),
                Operation.INITIAL,
                Requester.ServerItself.of(demand.names(), PROFILE),
                request.template(),
                ProofOfPossession.verify(request),
                RequestId.fresh().value()));
    return switch (outcome) {
      case Outcome.Issued issued -> keep(keyPair.getPrivate(), issued.chain());
      case Outcome.Pending _ ->
          throw new IllegalStateException(
              "the profile \"server\" has manual approval, so this server cannot get its own"
                  + " certificate");
      case Outcome.Refused refused ->
          throw new IllegalStateException(
              "this server's own certificate was refused: " + refused.refusal().sentence());
    };
  }

  private Endpoint endpoint() {
    return new Endpoint(
        "server",
        "",
        demand.issuer(),
        PROFILE,
        Endpoint.Authentication.CERTIFICATE,
        List.of(),
        List.of(),
        Duration.ZERO);
  }

  private ServerIdentity keep(PrivateKey key, CertificateChain issued) {
    List<Certificate> chain = chainOf(issued.leaf());
    DurableFile.privateFolder(folder);
    // The key first: a crash between the two leaves a pair that does not match, which load() finds.
    DurableFile.write(folder.resolve("server.key"), KeyPairs.toPem(key), Access.PRIVATE);
    writeChain(chain);
    LOG.atInfo()
        .addKeyValue("serial", issued.leaf().serialNumber())
        .addKeyValue("names", issued.leaf().names())
        .addKeyValue("not-after", issued.leaf().notAfter())
        .log("server certificate issued");
    return new ServerIdentity(issued.leaf().serialNumber().toString(), key, chain);
  }

  private Optional<ServerIdentity> load() {
    Path keyFile = folder.resolve("server.key");
    Path chainFile = folder.resolve("server.pem");
    if (!Files.exists(keyFile) || !Files.exists(chainFile)) {
      return Optional.empty();
    }
    try {
      PrivateKey key = KeyPairs.privateKeyOf(Files.readString(keyFile));
      List<Certificate> chain = Certificate.parsePem(Files.readString(chainFile));
      if (!chain.isEmpty() && belongTogether(key, chain.getFirst())) {
        return Optional.of(
            new ServerIdentity(chain.getFirst().serialNumber().toString(), key, chain));
      }
      LOG.warn("key and certificate of the server do not belong together; getting new ones");
    } catch (IOException | MalformedException e) {
      LOG.atWarn().setCause(e).log("the server's certificate is unreadable; getting a new one");
    }
    return Optional.empty();
  }

  private static boolean belongTogether(PrivateKey key, Certificate leaf) {
    byte[] probe = "server".getBytes(StandardCharsets.UTF_8);
    return leaf.subjectPublicKeyInfo()
        .type()
        .map(SignatureAlgorithm::of)
        .filter(algorithm ->
            algorithm.verifies(leaf.subjectPublicKeyInfo(), probe, algorithm.sign(key, probe)))
        .isPresent();
  }
}
