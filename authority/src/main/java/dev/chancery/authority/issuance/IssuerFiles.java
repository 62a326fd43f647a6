package dev.chancery.authority.issuance;

import dev.chancery.authority.files.DurableFile;
import dev.chancery.authority.files.DurableFile.Access;
import dev.chancery.authority.rollover.Generation;
import dev.chancery.pki.Der;
import dev.chancery.pki.MalformedException;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.certificate.CertificateContent;
import dev.chancery.pki.certificate.CertificateContent.Role;
import dev.chancery.pki.certificate.KeyUsageBit;
import dev.chancery.pki.certificate.SerialNumber;
import dev.chancery.pki.crypto.SignatureAlgorithm;
import dev.chancery.pki.key.KeyPairs;
import dev.chancery.pki.key.KeyType;
import dev.chancery.pki.key.SubjectPublicKeyInfo;
import dev.chancery.pki.name.DistinguishedName;
import dev.chancery.pki.name.SubjectNames;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/// The files of the issuers' keys, and the CA certificates that are made with them. Those of the
/// first generation of issuer `x` are `x.pem`, `x.key`, `x-root.pem` and `x-root.key`; those of the
/// second `x.2.pem`, `x.2.key` and, if it has a root of its own, `x.2-root.pem` and `x.2-root.key`.
/// Keys are PKCS#8 with mode 0600. The issuing certificate is written last: its presence says that
/// the others are there.
final class IssuerFiles {
  /// Slow clocks of the first devices shall not make the CA certificate "not yet valid".
  private static final Duration BACKDATE = Duration.ofHours(1);

  private final Path folder;

  IssuerFiles(Path folder) {
    this.folder = folder;
  }

  /// A CA's key pair with its certificate.
  private record Authority(Certificate certificate, PrivateKey key) {
    SubjectPublicKeyInfo publicKey() {
      return certificate.subjectPublicKeyInfo();
    }
  }

  /// A key, and what it signs with.
  record Signing(Certificate certificate, Certificate root, PrivateKey key) {}

  boolean hasFirst(String issuer) {
    return Files.exists(certificateFile(issuer));
  }

  private Path certificateFile(String stem) {
    return folder.resolve(stem + ".pem");
  }

  private Path keyFile(String stem) {
    return folder.resolve(stem + ".key");
  }

  private static String rootStem(String stem) {
    return stem + "-root";
  }

  /// Makes the first generation.
  void createFirst(IssuerSettings settings, Instant now) {
    Authority root = newRoot(settings, now);
    write(settings.name(), issuing(settings, root, now), Optional.of(root));
  }

  /// Makes the next generation, in the place of one that was begun and of which nobody knows. When
  /// this returns, its files are on disk; it counts once the ledger has it.
  ///
  /// @param newest the newest generation there is
  /// @param number of the one to make
  /// @throws IllegalStateException if the key of the root so far is not here
  Generation createNext(
      IssuerSettings settings, Generation newest, int number, boolean newRoot, Instant now) {
    String stem = Generation.id(settings.name(), number);
    discard(stem);
    Authority oldRoot = rootOf(newest);
    Optional<Authority> ownRoot = newRoot ? Optional.of(newRoot(settings, now)) : Optional.empty();
    Authority root = ownRoot.orElse(oldRoot);
    Authority issuing = issuing(settings, root, now);
    List<Certificate> links = new ArrayList<>();
    ownRoot.ifPresent(made -> {
      links.add(link(made, oldRoot, now.minus(BACKDATE), oldRoot.certificate().notAfter()));
      links.add(
          link(oldRoot, made, oldRoot.certificate().notBefore(), oldRoot.certificate().notAfter()));
    });
    write(stem, issuing, ownRoot);
    return new Generation(
        settings.name(),
        number,
        issuing.certificate(),
        root.certificate(),
        links,
        now,
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  /// Removes files that no generation of the ledger belongs to; the mark of completeness first.
  void discard(String stem) {
    try {
      Files.deleteIfExists(certificateFile(stem));
      Files.deleteIfExists(keyFile(stem));
      Files.deleteIfExists(certificateFile(rootStem(stem)));
      Files.deleteIfExists(keyFile(rootStem(stem)));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot remove the files of " + stem + " in " + folder, e);
    }
  }

  /// The root above a generation, with its key: it lies beside the generation that brought it.
  private Authority rootOf(Generation generation) {
    for (int number = generation.number(); number >= 1; number--) {
      String stem = rootStem(Generation.id(generation.issuer(), number));
      if (Files.exists(certificateFile(stem)) && Files.exists(keyFile(stem))) {
        Authority root = new Authority(certificateIn(stem), keyIn(stem));
        if (root.certificate().equals(generation.root())) {
          requireMatch(stem, root.certificate(), root.key());
          return root;
        }
      }
    }
    throw new IllegalStateException(
        "the key of the root of " + generation.id() + " is not in " + folder);
  }

  /// A generation's key, if its files are here.
  ///
  /// @throws IllegalStateException if they are, and are not those of that generation
  Optional<Signing> load(Generation generation) {
    String stem = generation.id();
    if (!Files.exists(certificateFile(stem)) || !Files.exists(keyFile(stem))) {
      return Optional.empty();
    }
    if (!certificateIn(stem).equals(generation.certificate())) {
      throw new IllegalStateException(
          "the certificate in " + stem + ".pem is not that of the generation in the ledger");
    }
    PrivateKey key = keyIn(stem);
    requireMatch(stem, generation.certificate(), key);
    return Optional.of(new Signing(generation.certificate(), generation.root(), key));
  }

  /// The first generation's.
  ///
  /// @throws IllegalStateException if the files do not belong together
  Signing loadFirst(String issuer) {
    Certificate certificate = certificateIn(issuer);
    Certificate root = certificateIn(rootStem(issuer));
    PrivateKey key = keyIn(issuer);
    requireMatch(issuer, certificate, key);
    if (!certificate.isSignedBy(root)) {
      throw new IllegalStateException(
          "the certificate in "
              + issuer
              + ".pem was not signed by the root in "
              + issuer
              + "-root.pem");
    }
    return new Signing(certificate, root, key);
  }

  private static void requireMatch(String stem, Certificate certificate, PrivateKey key) {
    byte[] probe = stem.getBytes(StandardCharsets.UTF_8);
    SignatureAlgorithm algorithm = algorithmOf(certificate.subjectPublicKeyInfo());
    if (!key.getAlgorithm().equals(certificate.subjectPublicKeyInfo().toPublicKey().getAlgorithm())
        || !algorithm.verifies(
            certificate.subjectPublicKeyInfo(), probe, algorithm.sign(key, probe))) {
      throw new IllegalStateException(
          "the key in " + stem + ".key does not belong to the certificate in " + stem + ".pem");
    }
  }

  private Certificate certificateIn(String stem) {
    Path file = certificateFile(stem);
    List<Certificate> certificates = read(stem, file, Certificate::parsePem);
    if (certificates.size() != 1) {
      throw new IllegalStateException(file + " does not hold exactly one certificate");
    }
    return certificates.getFirst();
  }

  private PrivateKey keyIn(String stem) {
    return read(stem, keyFile(stem), KeyPairs::privateKeyOf);
  }

  private <T> T read(String stem, Path file, java.util.function.Function<String, T> parser) {
    try {
      return parser.apply(Files.readString(file));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read the issuer " + stem + " in " + folder, e);
    } catch (MalformedException e) {
      throw new IllegalStateException(
          "a file of the issuer " + stem + " in " + folder + " is damaged: " + e.safeMessage(), e);
    }
  }

  private void write(String stem, Authority issuing, Optional<Authority> root) {
    root.ifPresent(own -> {
      DurableFile.write(keyFile(rootStem(stem)), KeyPairs.toPem(own.key()), Access.PRIVATE);
      DurableFile.write(certificateFile(rootStem(stem)), own.certificate().toPem(), Access.PUBLIC);
    });
    DurableFile.write(keyFile(stem), KeyPairs.toPem(issuing.key()), Access.PRIVATE);
    // Last, because its presence says that all of them are there.
    DurableFile.write(certificateFile(stem), issuing.certificate().toPem(), Access.PUBLIC);
  }

  private static Authority newRoot(IssuerSettings settings, Instant now) {
    KeyPair pair = KeyPairs.generate(settings.keyType());
    SubjectPublicKeyInfo publicKey = SubjectPublicKeyInfo.of(pair.getPublic());
    Certificate certificate =
        certificate(
            settings.rootSubject(),
            publicKey,
            List.of(KeyUsageBit.KEY_CERT_SIGN, KeyUsageBit.CRL_SIGN),
            settings.rootSubject(),
            publicKey,
            pair.getPrivate(),
            now.minus(BACKDATE),
            now.plus(settings.rootValidity()),
            OptionalInt.empty());
    return new Authority(certificate, pair.getPrivate());
  }

  /// Never valid for longer than its root. It may sign messages, since it answers GetNextCACert.
  private static Authority issuing(IssuerSettings settings, Authority root, Instant now) {
    KeyPair pair = KeyPairs.generate(settings.keyType());
    Instant end = now.plus(settings.validity());
    Instant rootEnd = root.certificate().notAfter();
    Certificate certificate =
        certificate(
            settings.subject(),
            SubjectPublicKeyInfo.of(pair.getPublic()),
            List.of(KeyUsageBit.DIGITAL_SIGNATURE, KeyUsageBit.KEY_CERT_SIGN, KeyUsageBit.CRL_SIGN),
            root.certificate().subject(),
            root.publicKey(),
            root.key(),
            now.minus(BACKDATE),
            end.isAfter(rootEnd) ? rootEnd : end,
            OptionalInt.of(0));
    return new Authority(certificate, pair.getPrivate());
  }

  /// A root's name and key, certified by another root (RFC 4210 §4.4.1).
  private static Certificate link(
      Authority subject, Authority issuer, Instant notBefore, Instant notAfter) {
    return certificate(
        subject.certificate().subject(),
        subject.publicKey(),
        List.of(KeyUsageBit.KEY_CERT_SIGN, KeyUsageBit.CRL_SIGN),
        issuer.certificate().subject(),
        issuer.publicKey(),
        issuer.key(),
        notBefore,
        notAfter,
        OptionalInt.empty());
  }

  private static Certificate certificate(
      DistinguishedName subject,
      SubjectPublicKeyInfo key,
      List<KeyUsageBit> keyUsage,
      DistinguishedName issuer,
      SubjectPublicKeyInfo issuerPublicKey,
      PrivateKey issuerKey,
      Instant notBefore,
      Instant notAfter,
      OptionalInt pathLength) {
    SignatureAlgorithm algorithm = algorithmOf(issuerPublicKey);
    return new CertificateContent(
            SerialNumber.fresh(notBefore),
            issuer,
            Der.of(issuerPublicKey.keyIdentifier()),
            notBefore,
            notAfter,
            new SubjectNames(subject, List.of()),
            key,
            new Role.CertificationAuthority(pathLength),
            keyUsage,
            List.of(),
            List.of())
        .sign(algorithm, tbs -> algorithm.sign(issuerKey, tbs));
  }

  static SignatureAlgorithm algorithmOf(SubjectPublicKeyInfo key) {
    return SignatureAlgorithm.of(key.type().orElse(KeyType.RSA_3072));
  }
}
