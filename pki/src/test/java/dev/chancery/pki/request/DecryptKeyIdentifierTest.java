package dev.chancery.pki.request;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.chancery.pki.Der;
import dev.chancery.pki.MalformedException;
import dev.chancery.pki.cms.SmimeCapabilities;
import dev.chancery.pki.cms.SmimeCapabilities.Capability;
import dev.chancery.pki.key.GeneratedKey;
import dev.chancery.pki.key.KeyPairs;
import dev.chancery.pki.key.KeyType;
import dev.chancery.pki.name.SubjectNames;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.DERUTF8String;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The attributes by which a request for a server-generated key asks for encryption (RFC 7030
/// §4.4.1).
class DecryptKeyIdentifierTest {
  private static final String DECRYPT_KEY_IDENTIFIER = "1.2.840.113549.1.9.16.2.37";

  @Test
  void theSharedKeysNameAndTheCapabilitiesComeThrough() {
    var request =
        builder().decryptKeyIdentifier(Der.of(new byte[] {1, 2}), SmimeCapabilities.ours()).build();

    assertThat(request.attributes())
        .containsExactlyInAnyOrder(
            new RequestAttribute.DecryptKeyIdentifier(Der.of(new byte[] {1, 2})),
            new RequestAttribute.Capabilities(SmimeCapabilities.ours()));
  }

  @Test
  void theAsymmetricKeysNameComesThrough() {
    var request =
        builder()
            .asymmetricDecryptKeyIdentifier(Der.of(new byte[20]), SmimeCapabilities.of("1.2.3"))
            .build();

    assertThat(request.attributes())
        .containsExactlyInAnyOrder(
            new RequestAttribute.AsymmetricDecryptKeyIdentifier(Der.of(new byte[20])),
            new RequestAttribute.Capabilities(SmimeCapabilities.of("1.2.3")));
  }

  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
  void anyCapabilitiesComeThrough(long seed) {
    Random random = new Random(seed);
    List<Capability> some = new ArrayList<>();
    for (int i = random.nextInt(20); i > 0; i--) {
      some.add(
          new Capability(
              "1.2.840." + random.nextInt(1 << 20) + "." + random.nextInt(300),
              random.nextBoolean()
                  ? Optional.empty()
                  : Optional.of(Der.of(new byte[] {4, 1, (byte) random.nextInt()}))));
    }
    SmimeCapabilities capabilities = new SmimeCapabilities(some);

    assertThat(SmimeCapabilities.of(capabilities.toAsn1())).isEqualTo(capabilities);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 257})
  void anIdentifierOfSuchALengthIsMalformed(int length) {
    assertThatThrownBy(() ->
            builder()
                .attribute(DECRYPT_KEY_IDENTIFIER, new DEROctetString(new byte[length]))
                .build())
        .isInstanceOf(MalformedException.class)
        .hasMessageContaining("1 to 256 octets");
  }

  @Test
  void anIdentifierOfAnotherTypeIsMalformed() {
    assertThatThrownBy(
            () -> builder().attribute(DECRYPT_KEY_IDENTIFIER, new DERUTF8String("key")).build())
        .isInstanceOf(MalformedException.class);
  }

  @Test
  void capabilitiesWithoutEndAreMalformed() {
    SmimeCapabilities many =
        new SmimeCapabilities(
            java.util.Collections.nCopies(65, new Capability("1.2.3", Optional.empty())));

    assertThatThrownBy(() -> SmimeCapabilities.of(many.toAsn1()))
        .isInstanceOf(MalformedException.class);
  }

  @Test
  void havingMadeTheKeyIsProofOfPossession() {
    try (GeneratedKey key = GeneratedKey.make(KeyType.P_256)) {
      ProofOfPossession proof = ProofOfPossession.byMaking(key);

      assertThat(proof.key()).isEqualTo(key.publicKey());
      assertThat(proof.holder()).isEqualTo(ProofOfPossession.Holder.MAKER);
    }
  }

  @Test
  void aRequestReadWithoutItsSignatureProvesNothing() {
    byte[] der = builder().build().der().toByteArray();

    var request = CertificationRequest.parseIgnoringSignature(der);

    assertThatThrownBy(() -> ProofOfPossession.verify(request))
        .isInstanceOf(ProofInvalidException.class);
  }

  private static CertificationRequestBuilder builder() {
    return CertificationRequestBuilder.builder(
        SubjectNames.parse("CN=device", List.of()), KeyPairs.generate(KeyType.P_256));
  }
}
