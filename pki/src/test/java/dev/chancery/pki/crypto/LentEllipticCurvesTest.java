package dev.chancery.pki.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.chancery.pki.key.KeyPairs;
import dev.chancery.pki.key.KeyType;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.Security;
import java.security.Signature;
import java.security.interfaces.ECPrivateKey;
import java.security.spec.ECGenParameterSpec;
import javax.crypto.KeyAgreement;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class LentEllipticCurvesTest {
  @BeforeAll
  static void lend() {
    assumeThat(Providers.description()).contains("AmazonCorretto");
    Providers.lendEllipticCurves();
    Providers.lendEllipticCurves();
  }

  @AfterAll
  static void takeBack() {
    Security.removeProvider(NativeEllipticCurves.NAME);
  }

  @Test
  void aLibraryThatNamesNoProviderMakesKeysAgreesSignsAndVerifiesWithThem()
      throws GeneralSecurityException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec("secp256r1"));
    KeyPair mine = generator.generateKeyPair();
    KeyPair theirs = generator.generateKeyPair();
    Signature signer = Signature.getInstance("SHA256withECDSA");
    signer.initSign(mine.getPrivate());
    byte[] signature = signer.sign();
    Signature verifier = Signature.getInstance("SHA256withECDSA");
    verifier.initVerify(mine.getPublic());

    assertThat(generator.getProvider().getName()).isEqualTo(NativeEllipticCurves.NAME);
    assertThat(signer.getProvider().getName()).isEqualTo(NativeEllipticCurves.NAME);
    assertThat(verifier.verify(signature)).isTrue();
    assertThat(agreed(mine, theirs)).isEqualTo(agreed(theirs, mine));
  }

  private static byte[] agreed(KeyPair mine, KeyPair theirs) throws GeneralSecurityException {
    KeyAgreement agreement = KeyAgreement.getInstance("ECDH");
    agreement.init(mine.getPrivate());
    agreement.doPhase(theirs.getPublic(), true);
    return agreement.generateSecret();
  }

  @Test
  void mlDsaAndRsaStayWithThePlatform() throws GeneralSecurityException {
    assertThat(Signature.getInstance("SHA256withRSA").getProvider().getName())
        .isNotEqualTo(NativeEllipticCurves.NAME);
    assertThat(KeyPairGenerator.getInstance("ML-DSA-65").getProvider().getName()).isEqualTo("SUN");
  }

  @Test
  void theyStandInTheListOnce() {
    assertThat(Security.getProviders())
        .filteredOn(provider -> provider.getName().equals(NativeEllipticCurves.NAME))
        .hasSize(1);
  }

  @Test
  void aKeyThatDoesNotShowItselfIsNotForThem() {
    ECPrivateKey real = (ECPrivateKey) KeyPairs.generate(KeyType.P_256).getPrivate();
    PrivateKey inToken =
        new PrivateKey() {
          private static final long serialVersionUID = 1L;

          @Override
          public String getAlgorithm() {
            return real.getAlgorithm();
          }

          @Override
          @SuppressWarnings("NullAway") // As the platform's own tokens do.
          public String getFormat() {
            return null;
          }

          @Override
          @SuppressWarnings("NullAway")
          public byte[] getEncoded() {
            return null;
          }
        };

    assertThat(
            Security.getProvider(NativeEllipticCurves.NAME)
                .getService("Signature", "SHA256withECDSA")
                .supportsParameter(inToken))
        .isFalse();
  }
}
