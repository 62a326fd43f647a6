package dev.chancery.pki.cms;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.chancery.pki.Der;
import dev.chancery.pki.MalformedException;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.certificate.CertificateChain;
import dev.chancery.pki.certificate.KeyUsageBit;
import dev.chancery.pki.certificate.TestAuthority;
import dev.chancery.pki.key.GeneratedKey;
import dev.chancery.pki.key.KeyPairs;
import dev.chancery.pki.key.KeyType;
import dev.chancery.pki.key.SubjectPublicKeyInfo;
import dev.chancery.pki.name.SubjectNames;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.cms.CMSEnvelopedData;
import org.bouncycastle.cms.RecipientInformation;
import org.bouncycastle.cms.jcajce.JceKEKEnvelopedRecipient;
import org.bouncycastle.cms.jcajce.JceKeyAgreeEnvelopedRecipient;
import org.bouncycastle.cms.jcajce.JceKeyTransEnvelopedRecipient;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ServerGeneratedKeyTest {
  private static final TestAuthority AUTHORITY = TestAuthority.root("CN=Test Root");
  private static final KeyPairAndCertificate SIGNER =
      holder(KeyType.P_256, KeyUsageBit.DIGITAL_SIGNATURE);
  private static final KeyPackageSigner MAKER = signer(SIGNER);
  private static final KeyPairAndCertificate RSA =
      holder(KeyType.RSA_2048, KeyUsageBit.KEY_ENCIPHERMENT);
  private static final KeyPairAndCertificate EC = holder(KeyType.P_384, KeyUsageBit.KEY_AGREEMENT);

  private static final String OAEP = "1.2.840.113549.1.1.7";
  private static final String PKCS1 = "1.2.840.113549.1.1.1";
  private static final String ECDH_SHA256 = "1.3.132.1.11.1";
  private static final String AES128_WRAP = "2.16.840.1.101.3.4.1.5";
  private static final String AES256_WRAP = "2.16.840.1.101.3.4.1.45";
  private static final String AES128_CBC = "2.16.840.1.101.3.4.1.2";
  private static final String AES256_CBC = "2.16.840.1.101.3.4.1.42";
  private static final String AES256_GCM = "2.16.840.1.101.3.4.1.46";
  private static final String TRIPLE_DES = "1.2.840.113549.3.7";

  private record KeyPairAndCertificate(KeyPair pair, Certificate certificate) {
    Der keyIdentifier() {
      return Der.of(certificate.subjectKeyIdentifier().orElseThrow());
    }

    KeyDecryption decryption() {
      return new KeyDecryption.ByCertificate(pair.getPrivate(), certificate);
    }
  }

  /// A recipient on both sides.
  record Recipient(String name, KeyEncipherment encipherment, KeyDecryption decryption) {
    @Override
    public String toString() {
      return name;
    }
  }

  /// Made once: RSA keys take their time.
  private static final List<Recipient> RECIPIENTS = everyRecipient().toList();

  static List<Recipient> recipients() {
    return RECIPIENTS;
  }

  private static Stream<Recipient> everyRecipient() {
    Stream<Recipient> shared =
        Stream.of(16, 24, 32)
            .map(ServerGeneratedKeyTest::sharedKey)
            .map(key ->
                new Recipient(
                    "shared " + key.strength(),
                    KeyEncipherment.withKey(key, SmimeCapabilities.ours()),
                    new KeyDecryption.BySharedKey(key)));
    Stream<Recipient> holders =
        Stream.of(KeyType.RSA_2048, KeyType.RSA_3072, KeyType.P_256, KeyType.P_384, KeyType.P_521)
            .map(type -> {
              KeyPairAndCertificate holder = holder(type);
              return recipient(type.id(), holder, SmimeCapabilities.ours());
            });
    Stream<Recipient> others =
        Stream.of(
            recipient("pkcs1", RSA, SmimeCapabilities.of(PKCS1)),
            recipient(
                "another hash than the curve's",
                EC,
                SmimeCapabilities.of(ECDH_SHA256, AES128_WRAP)));
    return Stream.of(shared, holders, others).flatMap(all -> all);
  }

  @ParameterizedTest
  @MethodSource("recipients")
  void whoeverItIsForOpensIt(Recipient recipient) {
    try (GeneratedKey key = GeneratedKey.make(KeyType.P_256)) {
      byte[] message = ServerGeneratedKey.seal(key, MAKER, recipient.encipherment());

      try (var opened = ServerGeneratedKey.open(message, recipient.decryption())) {
        assertThat(PrivateKeyInfo.getInstance(opened.pkcs8()).getPrivateKeyAlgorithm())
            .isEqualTo(PrivateKeyInfo.getInstance(key.pkcs8()).getPrivateKeyAlgorithm());
        assertThat(KeyPairs.belongTogether(KeyPairs.privateKeyOf(opened.pkcs8()), key.publicKey()))
            .isTrue();
        assertThat(opened.signer()).isEqualTo(SIGNER.certificate());
        assertThat(opened.others()).containsExactly(AUTHORITY.certificate());
      }
    }
  }

  @ParameterizedTest
  @MethodSource("recipients")
  void anotherLibraryDecryptsIt(Recipient recipient) throws Exception {
    try (GeneratedKey key = GeneratedKey.make(KeyType.P_256)) {
      byte[] message = ServerGeneratedKey.seal(key, MAKER, recipient.encipherment());
      RecipientInformation information =
          new CMSEnvelopedData(message).getRecipientInfos().iterator().next();

      byte[] content =
          information.getContent(
              switch (recipient.decryption()) {
                case KeyDecryption.BySharedKey(KeyEncryptionKey shared) ->
                    new JceKEKEnvelopedRecipient(
                        new javax.crypto.spec.SecretKeySpec(shared.bytes(), "AES"));
                case KeyDecryption.ByCertificate(PrivateKey own, Certificate _certificate) ->
                    own.getAlgorithm().equals("RSA")
                        ? new JceKeyTransEnvelopedRecipient(own)
                            .setProvider(new BouncyCastleProvider())
                        : new JceKeyAgreeEnvelopedRecipient(own)
                            .setProvider(new BouncyCastleProvider());
              });

      assertThat(
              org.bouncycastle.asn1.cms.SignedData.getInstance(content)
                  .getVersion()
                  .intValueExact())
          .isEqualTo(3);
    }
  }

  @ParameterizedTest
  @EnumSource(value = KeyType.class, mode = EnumSource.Mode.EXCLUDE, names = "RSA_4096")
  void everyTypeOfKeyTravels(KeyType type) {
    KeyEncryptionKey shared = sharedKey(32);
    try (GeneratedKey key = GeneratedKey.make(type)) {
      byte[] message =
          ServerGeneratedKey.seal(
              key, MAKER, KeyEncipherment.withKey(shared, SmimeCapabilities.ours()));

      try (var opened = ServerGeneratedKey.open(message, new KeyDecryption.BySharedKey(shared))) {
        assertThat(KeyPairs.belongTogether(KeyPairs.privateKeyOf(opened.pkcs8()), key.publicKey()))
            .isTrue();
      }
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = KeyType.class,
      names = {"P_384", "P_521", "RSA_2048", "ED25519", "ML_DSA_65"})
  void everyTypeOfSignerIsVerified(KeyType type) {
    KeyEncryptionKey shared = sharedKey(32);
    KeyPairAndCertificate signer = holder(type);
    try (GeneratedKey key = GeneratedKey.make(KeyType.ED25519)) {
      byte[] message =
          ServerGeneratedKey.seal(
              key, signer(signer), KeyEncipherment.withKey(shared, SmimeCapabilities.ours()));

      try (var opened = ServerGeneratedKey.open(message, new KeyDecryption.BySharedKey(shared))) {
        assertThat(opened.signer()).isEqualTo(signer.certificate());
      }
    }
  }

  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void aChangedMessageNeverYieldsAnotherKey(long seed) {
    Random random = new Random(seed);
    Recipient recipient = RECIPIENTS.get(random.nextInt(RECIPIENTS.size()));
    try (GeneratedKey key = GeneratedKey.make(KeyType.P_256)) {
      byte[] message = ServerGeneratedKey.seal(key, MAKER, recipient.encipherment());
      byte[] unchanged = opened(message, recipient.decryption());
      for (int i = 0; i < 100; i++) {
        byte[] changed = message.clone();
        changed[random.nextInt(changed.length)] ^= (byte) (1 + random.nextInt(255));
        try {
          assertThat(opened(changed, recipient.decryption())).isEqualTo(unchanged);
        } catch (MalformedException refused) {
          assertThat(refused.safeMessage()).isNotEmpty();
        }
      }
    }
  }

  @Test
  void theAlgorithmsMatchTheRecipient() throws Exception {
    assertThat(algorithms(recipient("", RSA, SmimeCapabilities.ours())))
        .containsExactly(OAEP, AES256_CBC);
    assertThat(algorithms(recipient("", holder(KeyType.P_256), SmimeCapabilities.ours())))
        .containsExactly(ECDH_SHA256, AES256_CBC);
    assertThat(algorithms(recipient("", EC, SmimeCapabilities.ours())))
        .containsExactly("1.3.132.1.11.2", AES256_CBC);
    assertThat(algorithms(recipient("", RSA, SmimeCapabilities.of(PKCS1, OAEP, AES128_CBC))))
        .containsExactly(OAEP, AES128_CBC);
    assertThat(algorithms(recipient("", RSA, SmimeCapabilities.of(PKCS1, AES128_CBC, AES256_CBC))))
        .containsExactly(PKCS1, AES256_CBC);
  }

  @Test
  void theRecipientIsNamedByTheIdentifierItSent() {
    KeyEncryptionKey shared = sharedKey(16);
    try (GeneratedKey key = GeneratedKey.make(KeyType.P_256)) {
      var enveloped =
          org.bouncycastle.asn1.cms.EnvelopedData.getInstance(
              org.bouncycastle.asn1.cms.ContentInfo.getInstance(
                      ServerGeneratedKey.seal(
                          key, MAKER, KeyEncipherment.withKey(shared, SmimeCapabilities.ours())))
                  .getContent());
      var kek =
          (org.bouncycastle.asn1.cms.KEKRecipientInfo)
              org.bouncycastle.asn1.cms.RecipientInfo.getInstance(
                      enveloped.getRecipientInfos().getObjectAt(0))
                  .getInfo();

      assertThat(kek.getVersion().intValueExact()).isEqualTo(4);
      assertThat(kek.getKekid().getKeyIdentifier().getOctets())
          .isEqualTo(shared.identifier().toByteArray());
      assertThat(enveloped.getVersion().intValueExact()).isEqualTo(2);
    }
  }

  @Test
  void nothingIsEncryptedByAlgorithmsThatTheRecipientDoesNotList() {
    KeyEncryptionKey shared = sharedKey(32);

    unfit(() -> KeyEncipherment.withKey(shared, SmimeCapabilities.of(AES128_WRAP)));
    unfit(() -> KeyEncipherment.withKey(shared, SmimeCapabilities.of(TRIPLE_DES)));
    unfit(() -> KeyEncipherment.withKey(shared, SmimeCapabilities.of(AES256_WRAP, TRIPLE_DES)));
    unfit(() -> KeyEncipherment.withKey(shared, SmimeCapabilities.of(AES256_WRAP, AES256_GCM)));
    unfit(() -> recipient("", RSA, SmimeCapabilities.of(AES256_WRAP, ECDH_SHA256)));
    unfit(() -> recipient("", EC, SmimeCapabilities.of(OAEP, PKCS1)));
    unfit(() -> recipient("", EC, SmimeCapabilities.of(ECDH_SHA256)));
    unfit(() -> recipient("", EC, SmimeCapabilities.of()));
  }

  @Test
  void aCertificateThatMayNotDecryptIsNoRecipient() {
    unfit(() ->
        recipient(
            "", holder(KeyType.P_256, KeyUsageBit.DIGITAL_SIGNATURE), SmimeCapabilities.ours()));
    unfit(() ->
        recipient(
            "", holder(KeyType.RSA_2048, KeyUsageBit.DIGITAL_SIGNATURE), SmimeCapabilities.ours()));
    unfit(() -> recipient("", holder(KeyType.ED25519), SmimeCapabilities.ours()));
  }

  @Test
  void aWeakKeyProtectsNothing() throws Exception {
    var generator = java.security.KeyPairGenerator.getInstance("RSA");
    generator.initialize(1024);
    KeyPair weak = generator.generateKeyPair();
    Certificate certificate =
        AUTHORITY.leaf(
            SubjectNames.parse("CN=weak", List.of()), SubjectPublicKeyInfo.of(weak.getPublic()));

    unfit(() ->
        KeyEncipherment.toCertificate(
            certificate, Der.of(new byte[] {1}), SmimeCapabilities.ours()));
  }

  @Test
  void somebodyElseDoesNotOpenIt() {
    try (GeneratedKey key = GeneratedKey.make(KeyType.P_256)) {
      byte[] forRsa =
          ServerGeneratedKey.seal(
              key, MAKER, recipient("", RSA, SmimeCapabilities.ours()).encipherment());

      assertThatThrownBy(() -> ServerGeneratedKey.open(forRsa, EC.decryption()))
          .isInstanceOf(MalformedException.class)
          .hasMessageContaining("somebody else");
      assertThatThrownBy(
              () -> ServerGeneratedKey.open(forRsa, new KeyDecryption.BySharedKey(sharedKey(32))))
          .isInstanceOf(MalformedException.class)
          .hasMessageContaining("somebody else");
    }
  }

  @Test
  void aClosedKeyIsWiped() {
    GeneratedKey key = GeneratedKey.make(KeyType.P_256);
    key.close();

    assertThatThrownBy(key::pkcs8).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void nothingThatIsPrintedShowsAKey() {
    KeyEncryptionKey shared =
        KeyEncryptionKey.parse(KeyEncryptionKey.identifier("device-1"), "5e".repeat(16) + "\n");

    assertThat(shared.toString()).doesNotContain("5e5e5e");
    assertThat(new KeyDecryption.BySharedKey(shared).toString()).doesNotContain("5e5e5e");
    assertThat(KeyEncipherment.withKey(shared, SmimeCapabilities.ours()).toString())
        .doesNotContain("5e5e5e");
    assertThatThrownBy(() -> KeyEncryptionKey.parse(shared.identifier(), "5e5e5e"))
        .isInstanceOf(MalformedException.class)
        .hasMessageNotContaining("5e5e5e");
  }

  @Test
  void identifiersAreTextOrHex() {
    assertThat(KeyEncryptionKey.identifier("abc"))
        .isEqualTo(KeyEncryptionKey.identifier("hex:616263"));
    assertThatThrownBy(() -> KeyEncryptionKey.identifier("hex:6"))
        .isInstanceOf(MalformedException.class);
    assertThatThrownBy(() -> KeyEncryptionKey.identifier(""))
        .isInstanceOf(MalformedException.class);
  }

  private static void unfit(org.assertj.core.api.ThrowableAssert.ThrowingCallable attempt) {
    assertThatThrownBy(attempt).isInstanceOf(UnfitRecipientException.class);
  }

  private static byte[] opened(byte[] message, KeyDecryption by) {
    try (var opened = ServerGeneratedKey.open(message, by)) {
      return opened.pkcs8();
    }
  }

  private static List<String> algorithms(Recipient recipient) throws Exception {
    try (GeneratedKey key = GeneratedKey.make(KeyType.P_256)) {
      CMSEnvelopedData data =
          new CMSEnvelopedData(ServerGeneratedKey.seal(key, MAKER, recipient.encipherment()));
      return List.of(
          data.getRecipientInfos().iterator().next().getKeyEncryptionAlgOID(),
          data.getEncryptionAlgOID());
    }
  }

  private static Recipient recipient(
      String name, KeyPairAndCertificate holder, SmimeCapabilities capabilities) {
    return new Recipient(
        name,
        KeyEncipherment.toCertificate(holder.certificate(), holder.keyIdentifier(), capabilities),
        holder.decryption());
  }

  private static KeyEncryptionKey sharedKey(int bytes) {
    byte[] key = new byte[bytes];
    Arrays.fill(key, (byte) 7);
    return KeyEncryptionKey.of(KeyEncryptionKey.identifier("shared"), key);
  }

  private static KeyPackageSigner signer(KeyPairAndCertificate holder) {
    return new KeyPackageSigner(
        holder.pair().getPrivate(),
        new CertificateChain(holder.certificate(), List.of(AUTHORITY.certificate())));
  }

  private static KeyPairAndCertificate holder(KeyType type, KeyUsageBit... usage) {
    KeyPair pair = KeyPairs.generate(type);
    return new KeyPairAndCertificate(
        pair,
        AUTHORITY.leaf(
            SubjectNames.parse("CN=holder", List.of()),
            SubjectPublicKeyInfo.of(pair.getPublic()),
            usage));
  }
}
