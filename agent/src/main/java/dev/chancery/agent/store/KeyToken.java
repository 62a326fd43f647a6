package dev.chancery.agent.store;

import dev.chancery.agent.configuration.AgentConfiguration;
import dev.chancery.pki.Der;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.certificate.CertificateContent;
import dev.chancery.pki.certificate.CertificateContent.Role;
import dev.chancery.pki.certificate.SerialNumber;
import dev.chancery.pki.crypto.SignatureAlgorithm;
import dev.chancery.pki.key.KeyType;
import dev.chancery.pki.key.SubjectPublicKeyInfo;
import dev.chancery.pki.name.SubjectNames;
import java.io.IOException;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.Provider;
import java.security.Security;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/// Keys in a PKCS#11 token, through Java's SunPKCS11. Each version's key is an object of its own,
/// called NAME-VERSION, so that the one before stays until it is not needed. The waiting one's name
/// is in a file of the agent's.
final class KeyToken implements KeyPlace {
  /// A token may be opened once in a process only.
  private static final Map<Path, Provider> PROVIDERS = new ConcurrentHashMap<>();

  private static final String URI = "pkcs11:object=";

  private final String name;
  private final AgentConfiguration.Token token;
  private final Path waiting;
  private final FileOperations files;

  KeyToken(String name, AgentConfiguration.Token token, Path own, FileOperations files) {
    this.name = name;
    this.token = token;
    this.waiting = own.resolve("waiting-key.uri");
    this.files = files;
  }

  /// Names the object as RFC 7512 has it.
  static String uri(String alias) {
    return URI + URLEncoder.encode(alias, StandardCharsets.UTF_8) + ";type=private";
  }

  static String aliasIn(String uri) throws IOException {
    String text = uri.strip();
    int end = text.indexOf(';');
    if (!text.startsWith(URI) || end < 0) {
      throw new IOException("not the URI of an object in a token");
    }
    return URLDecoder.decode(text.substring(URI.length(), end), StandardCharsets.UTF_8);
  }

  @Override
  public Optional<FreshKey> waiting() throws IOException {
    if (!Files.exists(waiting)) {
      return Optional.empty();
    }
    String alias = aliasIn(Files.readString(waiting));
    try {
      KeyStore store = open();
      return store.getKey(alias, null) instanceof PrivateKey key
          ? Optional.of(
              new FreshKey(
                  new KeyPair(
                      Certificate.of((X509Certificate) store.getCertificate(alias))
                          .subjectPublicKeyInfo()
                          .toPublicKey(),
                      key),
                  Optional.of(alias)))
          : Optional.empty();
    } catch (GeneralSecurityException e) {
      throw failed(e);
    }
  }

  /// The name first, then the key: an object that nobody remembers would stay for ever.
  @Override
  public FreshKey make(KeyType type, long version) throws IOException {
    settle(false);
    String alias = name + "-" + version;
    files.replace(
        waiting, (uri(alias) + "\n").getBytes(StandardCharsets.US_ASCII), Attributes.PRIVATE);
    try {
      KeyStore store = open();
      if (store.containsAlias(alias)) {
        store.deleteEntry(alias);
      }
      KeyPairGenerator generator =
          KeyPairGenerator.getInstance(type.keyAlgorithm(), store.getProvider());
      if (type.isEc()) {
        generator.initialize(new ECGenParameterSpec("sec" + type.id().replace("-", "") + "r1"));
      } else if (type.isRsa()) {
        generator.initialize(type.rsaBits());
      }
      KeyPair pair = generator.generateKeyPair();
      SubjectPublicKeyInfo publicKey = SubjectPublicKeyInfo.of(pair.getPublic());
      store.setKeyEntry(
          alias, pair.getPrivate(), null, new X509Certificate[] {placeholder(publicKey, pair)});
      return new FreshKey(
          new KeyPair(publicKey.toPublicKey(), key(store, alias)), Optional.of(alias));
    } catch (GeneralSecurityException e) {
      throw failed(e);
    }
  }

  private static PrivateKey key(KeyStore store, String alias)
      throws IOException, GeneralSecurityException {
    if (store.getKey(alias, null) instanceof PrivateKey key) {
      return key;
    }
    throw new IOException("the token does not find the key " + alias + " that it has just made");
  }

  /// Java's key stores know no key without a certificate, and a self-signed one does no harm: other
  /// programs take the certificate from `chain.pem`.
  private X509Certificate placeholder(SubjectPublicKeyInfo publicKey, KeyPair pair) {
    SignatureAlgorithm algorithm =
        SignatureAlgorithm.of(
            publicKey.type().orElse(publicKey.isRsa() ? KeyType.RSA_2048 : KeyType.P_256));
    SubjectNames names = SubjectNames.parse("CN=" + name, List.of());
    Instant from = Instant.EPOCH;
    return new CertificateContent(
            SerialNumber.fresh(from),
            names.subject(),
            Der.of(publicKey.keyIdentifier()),
            from,
            from.plus(36_500, ChronoUnit.DAYS),
            names,
            publicKey,
            new Role.EndEntity(),
            List.of(),
            List.of(),
            List.of())
        .sign(algorithm, tbs -> algorithm.sign(pair.getPrivate(), tbs))
        .toX509();
  }

  @Override
  public void settle(boolean used) throws IOException {
    if (Files.exists(waiting)) {
      if (!used) {
        forget(aliasIn(Files.readString(waiting)));
      }
      files.delete(waiting);
    }
  }

  @Override
  public Optional<PrivateKey> find(String alias) throws IOException {
    try {
      return open().getKey(alias, null) instanceof PrivateKey key
          ? Optional.of(key)
          : Optional.empty();
    } catch (GeneralSecurityException e) {
      throw failed(e);
    }
  }

  @Override
  public void forget(String alias) throws IOException {
    try {
      KeyStore store = open();
      if (store.containsAlias(alias)) {
        store.deleteEntry(alias);
      }
    } catch (GeneralSecurityException e) {
      throw failed(e);
    }
  }

  private KeyStore open() throws IOException, GeneralSecurityException {
    KeyStore store = KeyStore.getInstance("PKCS11", provider());
    store.load(null, Secrets.firstLine(token.pinFile()).toCharArray());
    return store;
  }

  /// Joins the platform's list, behind all others, so that TLS finds it for a key that is in it.
  private Provider provider() throws IOException {
    Path configuration = token.configuration().toRealPath();
    try {
      return PROVIDERS.computeIfAbsent(
          configuration,
          file -> {
            Provider sun = Security.getProvider("SunPKCS11");
            if (sun == null) {
              throw new IllegalStateException("this Java has no SunPKCS11");
            }
            Provider made = sun.configure(file.toString());
            Security.addProvider(made);
            return made;
          });
    } catch (IllegalStateException
        | java.security.InvalidParameterException
        | java.security.ProviderException e) {
      throw new IOException("the token of " + configuration + " does not open: " + reason(e), e);
    }
  }

  private static IOException failed(GeneralSecurityException e) {
    return new IOException("the token refuses: " + reason(e), e);
  }

  private static String reason(Throwable e) {
    Throwable innermost = e;
    while (innermost.getCause() != null) {
      innermost = innermost.getCause();
    }
    return String.valueOf(innermost.getMessage());
  }
}
