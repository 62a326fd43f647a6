package dev.chancery.authority.issuance;

import dev.chancery.authority.files.DurableFile;
import dev.chancery.authority.files.DurableFile.Access;
import dev.chancery.authority.policy.Grant;
import dev.chancery.pki.Der;
import dev.chancery.pki.MalformedException;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.certificate.CertificateContent;
import dev.chancery.pki.certificate.CertificateContent.Role;
import dev.chancery.pki.certificate.CertificateExtension;
import dev.chancery.pki.certificate.KeyUsageBit;
import dev.chancery.pki.certificate.RevocationListContent;
import dev.chancery.pki.certificate.SerialNumber;
import dev.chancery.pki.crypto.SignatureAlgorithm;
import dev.chancery.pki.key.KeyPairs;
import dev.chancery.pki.key.KeyType;
import dev.chancery.pki.key.SubjectPublicKeyInfo;
import dev.chancery.pki.name.DistinguishedName;
import dev.chancery.pki.name.SubjectNames;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Consumer;

/// The issuers: each a CA key and certificate below a root of its own. Private keys stay inside
/// this class; what leaves are certificates, each signed against a [Grant], and CRLs. Immutable and
/// thread-safe.
public final class Issuers {
  /// Slow clocks of the first devices shall not make the CA certificate "not yet valid".
  private static final Duration BACKDATE = Duration.ofHours(1);

  private record Issuer(
      Certificate certificate,
      Certificate root,
      PrivateKey key,
      Optional<CertificateExtension> distributionPoint) {}

  private final Map<String, Issuer> issuers;
  private final List<String> created;
  private final Set<SubjectPublicKeyInfo> keys;

  private Issuers(Map<String, Issuer> issuers, List<String> created) {
    this.issuers = issuers;
    this.created = List.copyOf(created);
    this.keys = new HashSet<>();
    for (Issuer issuer : issuers.values()) {
      keys.add(issuer.certificate().subjectPublicKeyInfo());
      keys.add(issuer.root().subjectPublicKeyInfo());
    }
  }

  /// Opens the issuers kept in `folder`, making those that are not there yet. Files of issuer `x`:
  /// `x.pem`, `x.key`, `x-root.pem`, `x-root.key`; keys are PKCS#8 with mode 0600.
  ///
  /// @throws IllegalStateException if files are there but do not belong together
  public static Issuers open(Path folder, List<IssuerSettings> settings, Clock clock) {
    refuseNamesThatShareFiles(settings);
    DurableFile.privateFolder(folder);
    Map<String, Issuer> issuers = new LinkedHashMap<>();
    List<String> created = new ArrayList<>();
    for (IssuerSettings one : settings) {
      if (!Files.exists(folder.resolve(one.name() + ".pem"))) {
        create(folder, one, clock.instant());
        created.add(one.name());
      }
      Issuer issuer = load(folder, one);
      if (!issuer.certificate().subject().equals(one.subject())) {
        throw new IllegalStateException(
            "the issuer in "
                + one.name()
                + ".pem is called "
                + issuer.certificate().subject()
                + ", the configured one "
                + one.subject());
      }
      issuers.put(one.name(), issuer);
    }
    return new Issuers(issuers, created);
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

  /// Names of the issuers that [#open] has made.
  public List<String> created() {
    return created;
  }

  public Set<String> names() {
    return issuers.keySet();
  }

  /// The issuer's certificate and what is above it, root last.
  public List<Certificate> certificatesOf(String issuer) {
    Issuer one = get(issuer);
    return List.of(one.certificate(), one.root());
  }

  /// The root above the issuer: what its clients trust.
  public Certificate rootOf(String issuer) {
    return get(issuer).root();
  }

  /// True if `key` is one of the issuers' or roots' own.
  public boolean owns(SubjectPublicKeyInfo key) {
    return keys.contains(key);
  }

  /// Redeems a grant: signs what policy has granted, nothing else.
  public Certificate issue(Grant grant) {
    Issuer issuer = get(grant.issuer());
    SignatureAlgorithm algorithm = algorithmOf(issuer.certificate());
    return new CertificateContent(
            SerialNumber.fresh(grant.now()),
            issuer.certificate().subject(),
            keyIdentifierOf(issuer.certificate()),
            grant.notBefore(),
            grant.notAfter(),
            grant.names(),
            grant.key(),
            new Role.EndEntity(),
            grant.profile().keyUsage(),
            grant.profile().extendedKeyUsage(),
            furtherExtensions(issuer, grant))
        .sign(algorithm, tbs -> algorithm.sign(issuer.key(), tbs));
  }

  /// Signs the issuer's CRL (RFC 5280 §5).
  ///
  /// @param number greater than that of every list before it
  /// @param revoked adds the entries
  public Der revocationList(
      String issuer,
      long number,
      Instant thisUpdate,
      Instant nextUpdate,
      Consumer<RevocationListContent> revoked) {
    Issuer signing = get(issuer);
    RevocationListContent content =
        new RevocationListContent(
            signing.certificate().subject(),
            keyIdentifierOf(signing.certificate()),
            number,
            thisUpdate,
            nextUpdate);
    revoked.accept(content);
    SignatureAlgorithm algorithm = algorithmOf(signing.certificate());
    return content.sign(algorithm, tbs -> algorithm.sign(signing.key(), tbs));
  }

  private Issuer get(String name) {
    Issuer issuer = issuers.get(name);
    if (issuer == null) {
      throw new IllegalStateException("there is no issuer \"" + name + "\"");
    }
    return issuer;
  }

  private static List<CertificateExtension> furtherExtensions(Issuer issuer, Grant grant) {
    if (issuer.distributionPoint().isEmpty()) {
      return grant.copiedExtensions();
    }
    List<CertificateExtension> extensions = new ArrayList<>(grant.copiedExtensions());
    extensions.add(issuer.distributionPoint().get());
    return extensions;
  }

  private static void create(Path folder, IssuerSettings settings, Instant now) {
    Instant from = now.minus(BACKDATE);
    KeyPair rootKey = KeyPairs.generate(settings.keyType());
    Certificate root =
        authority(
            settings.rootSubject(),
            rootKey,
            settings.rootSubject(),
            rootKey,
            from,
            now.plus(settings.rootValidity()),
            OptionalInt.empty());
    KeyPair issuingKey = KeyPairs.generate(settings.keyType());
    Certificate issuing =
        authority(
            settings.subject(),
            issuingKey,
            settings.rootSubject(),
            rootKey,
            from,
            now.plus(settings.validity()),
            OptionalInt.of(0));
    String name = settings.name();
    DurableFile.write(
        folder.resolve(name + "-root.key"), KeyPairs.toPem(rootKey.getPrivate()), Access.PRIVATE);
    DurableFile.write(folder.resolve(name + "-root.pem"), root.toPem(), Access.PUBLIC);
    DurableFile.write(
        folder.resolve(name + ".key"), KeyPairs.toPem(issuingKey.getPrivate()), Access.PRIVATE);
    // Last, because its presence says that all of them are there.
    DurableFile.write(folder.resolve(name + ".pem"), issuing.toPem(), Access.PUBLIC);
  }

  private static Certificate authority(
      DistinguishedName subject,
      KeyPair key,
      DistinguishedName issuer,
      KeyPair issuerKey,
      Instant notBefore,
      Instant notAfter,
      OptionalInt pathLength) {
    SubjectPublicKeyInfo issuerPublicKey = SubjectPublicKeyInfo.of(issuerKey.getPublic());
    SignatureAlgorithm algorithm = SignatureAlgorithm.of(issuerPublicKey.type().orElseThrow());
    return new CertificateContent(
            SerialNumber.fresh(notBefore),
            issuer,
            Der.of(issuerPublicKey.keyIdentifier()),
            notBefore,
            notAfter,
            new SubjectNames(subject, List.of()),
            SubjectPublicKeyInfo.of(key.getPublic()),
            new Role.CertificationAuthority(pathLength),
            List.of(KeyUsageBit.KEY_CERT_SIGN, KeyUsageBit.CRL_SIGN),
            List.of(),
            List.of())
        .sign(algorithm, tbs -> algorithm.sign(issuerKey.getPrivate(), tbs));
  }

  private static Issuer load(Path folder, IssuerSettings settings) {
    String name = settings.name();
    try {
      Certificate certificate = only(folder.resolve(name + ".pem"));
      Certificate root = only(folder.resolve(name + "-root.pem"));
      PrivateKey key = KeyPairs.privateKeyOf(Files.readString(folder.resolve(name + ".key")));
      byte[] probe = name.getBytes(java.nio.charset.StandardCharsets.UTF_8);
      SignatureAlgorithm algorithm = algorithmOf(certificate);
      if (!key.getAlgorithm()
              .equals(certificate.subjectPublicKeyInfo().toPublicKey().getAlgorithm())
          || !algorithm.verifies(
              certificate.subjectPublicKeyInfo(), probe, algorithm.sign(key, probe))) {
        throw new IllegalStateException(
            "the key in " + name + ".key does not belong to the certificate in " + name + ".pem");
      }
      if (!certificate.isSignedBy(root)) {
        throw new IllegalStateException(
            "the certificate in "
                + name
                + ".pem was not signed by the root in "
                + name
                + "-root.pem");
      }
      return new Issuer(
          certificate,
          root,
          key,
          settings.distributionPoint().map(CertificateExtension::crlDistributionPoint));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read the issuer " + name + " in " + folder, e);
    } catch (MalformedException e) {
      throw new IllegalStateException(
          "a file of the issuer " + name + " in " + folder + " is damaged: " + e.safeMessage(), e);
    }
  }

  private static Certificate only(Path file) throws IOException {
    List<Certificate> certificates = Certificate.parsePem(Files.readString(file));
    if (certificates.size() != 1) {
      throw new IllegalStateException(file + " does not hold exactly one certificate");
    }
    return certificates.getFirst();
  }

  private static SignatureAlgorithm algorithmOf(Certificate certificate) {
    SubjectPublicKeyInfo key = certificate.subjectPublicKeyInfo();
    return SignatureAlgorithm.of(key.type().orElse(KeyType.RSA_3072));
  }

  private static Der keyIdentifierOf(Certificate certificate) {
    return Der.of(
        certificate
            .subjectKeyIdentifier()
            .orElseGet(() -> certificate.subjectPublicKeyInfo().keyIdentifier()));
  }
}
