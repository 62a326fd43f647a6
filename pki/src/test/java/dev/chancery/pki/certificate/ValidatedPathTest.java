package dev.chancery.pki.certificate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.chancery.pki.Der;
import dev.chancery.pki.certificate.PathInvalidException.Cause;
import dev.chancery.pki.key.KeyPairs;
import dev.chancery.pki.key.KeyType;
import dev.chancery.pki.key.SubjectPublicKeyInfo;
import dev.chancery.pki.name.SubjectNames;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralSubtree;
import org.bouncycastle.asn1.x509.NameConstraints;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class ValidatedPathTest {
  private static final Instant NOW = TestAuthority.NOW;
  private static final TestAuthority ROOT = TestAuthority.root("CN=Root,O=Example");
  private static final TestAuthority INTERMEDIATE =
      ROOT.below("CN=Intermediate,O=Example", OptionalInt.of(0));

  @Test
  void aLeafBelowAnAnchorIsValidAndNamesTheDatabase() {
    Certificate leaf = ROOT.leaf("CN=a");

    ValidatedPath path = validate(NOW, anchors(ROOT), leaf);

    assertThat(path.leaf()).isEqualTo(leaf);
    assertThat(path.anchor()).isEqualTo(ROOT.certificate());
    assertThat(path.anchors()).isEqualTo("factory");
  }

  @Test
  void anIntermediateThatThePeerSendsHelps() {
    Certificate leaf = INTERMEDIATE.leaf("CN=a");

    assertThat(validate(NOW, anchors(ROOT), leaf, INTERMEDIATE.certificate()).leaf())
        .isEqualTo(leaf);
  }

  @Test
  void anIntermediateThatTheDatabaseHoldsHelps() {
    Certificate leaf = INTERMEDIATE.leaf("CN=a");
    TrustAnchors helped =
        new TrustAnchors(
            "factory", List.of(ROOT.certificate()), List.of(INTERMEDIATE.certificate()));

    assertThat(validate(NOW, helped, leaf).anchor()).isEqualTo(ROOT.certificate());
  }

  @Test
  void aMissingIntermediateMakesTheLeafUntrusted() {
    assertThat(refusal(NOW, anchors(ROOT), INTERMEDIATE.leaf("CN=a"))).isEqualTo(Cause.UNTRUSTED);
  }

  /// OldWithNew and NewWithOld (RFC 4210 §4.4) bear one name; only one of them leads to the anchor.
  @Test
  void afterARootsKeyUpdateTheOtherLinkIsNoDeadEnd() {
    TestAuthority next = TestAuthority.root("CN=Root,O=Example");
    Certificate newWithOld = ROOT.link(next);
    Certificate oldWithNew = next.link(ROOT);
    Certificate ofOldRoot = ROOT.leaf("CN=a");
    Certificate ofNewRoot = next.leaf("CN=a");

    assertThat(validate(NOW, anchors(next), ofOldRoot, newWithOld, oldWithNew).anchor())
        .isEqualTo(next.certificate());
    assertThat(validate(NOW, anchors(ROOT), ofNewRoot, newWithOld, oldWithNew).anchor())
        .isEqualTo(ROOT.certificate());
    assertThat(validate(NOW, anchors(ROOT), newWithOld, oldWithNew, next.certificate()).leaf())
        .isEqualTo(newWithOld);
  }

  @Test
  void anotherAuthorityIsUntrustedEvenUnderTheSameName() {
    TestAuthority rogue = TestAuthority.root("CN=Root,O=Example");

    assertThat(refusal(NOW, anchors(ROOT), rogue.leaf("CN=a")))
        .isIn(Cause.UNTRUSTED, Cause.INVALID);
    assertThat(refusal(NOW, anchors(ROOT), rogue.leaf("CN=a"), rogue.certificate()))
        .isIn(Cause.UNTRUSTED, Cause.INVALID);
  }

  @Test
  void aDatabaseWithoutAnchorsTrustsNobody() {
    assertThat(refusal(NOW, anchors(), ROOT.leaf("CN=a"))).isEqualTo(Cause.UNTRUSTED);
  }

  @Test
  void theLastSecondOfValidityIsInside() {
    Certificate leaf = ROOT.leaf("CN=a");

    assertThat(validate(leaf.notAfter(), anchors(ROOT), leaf)).isNotNull();
    assertThat(refusal(leaf.notAfter().plusSeconds(1), anchors(ROOT), leaf))
        .isEqualTo(Cause.EXPIRED);
  }

  @Test
  void theFirstSecondOfValidityIsInside() {
    Certificate leaf = ROOT.leaf("CN=a");

    assertThat(validate(leaf.notBefore(), anchors(ROOT), leaf)).isNotNull();
    assertThat(refusal(leaf.notBefore().minusSeconds(1), anchors(ROOT), leaf))
        .isEqualTo(Cause.NOT_YET_VALID);
  }

  @Test
  void anExpiredIntermediateBreaksThePath() {
    TestAuthority shortLived = ROOT.below("CN=Short,O=Example", OptionalInt.of(0));
    Certificate leaf = shortLived.leaf("CN=a");
    Instant beforeTheIntermediate = NOW.minus(Duration.ofDays(25));

    assertThat(refusal(beforeTheIntermediate, anchors(ROOT), leaf, shortLived.certificate()))
        .isEqualTo(Cause.NOT_YET_VALID);
  }

  @Test
  void anotherPurposeIsRefused() {
    Certificate leaf = leafWith(TestAuthority.SERVER_AUTH);

    assertThat(refusal(NOW, anchors(ROOT), leaf)).isEqualTo(Cause.WRONG_PURPOSE);
  }

  @ParameterizedTest(name = "usages {0}")
  @ValueSource(
      strings = {"", "2.5.29.37.0", "1.3.6.1.5.5.7.3.2", "1.3.6.1.5.5.7.3.1 1.3.6.1.5.5.7.3.2"})
  void noUsageAnyUsageAndTheRightOneAreAccepted(String usages) {
    Certificate leaf =
        leafWith(Arrays.stream(usages.split(" ")).filter(s -> !s.isEmpty()).toArray(String[]::new));

    assertThat(validate(NOW, anchors(ROOT), leaf)).isNotNull();
  }

  @Test
  void aCaBelowOneThatMayHaveNoneIsRefused() {
    TestAuthority tooDeep = INTERMEDIATE.below("CN=Deep,O=Example", OptionalInt.empty());

    assertThat(
            refusal(
                NOW,
                anchors(ROOT),
                tooDeep.leaf("CN=a"),
                tooDeep.certificate(),
                INTERMEDIATE.certificate()))
        .isIn(Cause.INVALID, Cause.UNTRUSTED);
  }

  @Test
  void anEndEntityIsNoAuthority() {
    TestAuthority device = ROOT.below("CN=Device,O=Example", OptionalInt.of(0));
    Certificate asEndEntity =
        ROOT.leaf(
            SubjectNames.parse("CN=Device,O=Example", List.of()),
            device.certificate().subjectPublicKeyInfo(),
            List.of());

    assertThat(refusal(NOW, anchors(ROOT), device.leaf("CN=a"), asEndEntity))
        .isIn(Cause.INVALID, Cause.UNTRUSTED);
  }

  @Test
  void nameConstraintsHold() throws IOException {
    NameConstraints constraints =
        new NameConstraints(
            new GeneralSubtree[] {
              new GeneralSubtree(new GeneralName(GeneralName.dNSName, "factory.example"))
            },
            null);
    TestAuthority constrained =
        ROOT.below(
            "CN=Constrained,O=Example",
            OptionalInt.of(0),
            new CertificateExtension(
                Extension.nameConstraints.getId(), true, Der.of(constraints.getEncoded())));

    Certificate inside = constrained.leaf("CN=a", "dns:a.factory.example");
    Certificate outside = constrained.leaf("CN=a", "dns:a.bank.example");

    assertThat(validate(NOW, anchors(ROOT), inside, constrained.certificate())).isNotNull();
    assertThat(refusal(NOW, anchors(ROOT), outside, constrained.certificate()))
        .isIn(Cause.INVALID, Cause.UNTRUSTED);
  }

  @ParameterizedTest(name = "{0}")
  @EnumSource(
      value = KeyType.class,
      names = {"P_384", "P_521", "RSA_2048", "ED25519", "ML_DSA_44", "ML_DSA_65", "ML_DSA_87"})
  void authoritiesOfEveryKindAreUnderstood(KeyType type) {
    TestAuthority root = TestAuthority.root("CN=Root", type);

    assertThat(validate(NOW, anchors(root), root.leaf("CN=a")).anchor())
        .isEqualTo(root.certificate());
  }

  private static Certificate leafWith(String... usages) {
    return ROOT.leaf(
        SubjectNames.parse("CN=a", List.of()),
        SubjectPublicKeyInfo.of(KeyPairs.generate(KeyType.P_256).getPublic()),
        List.of(usages));
  }

  private static TrustAnchors anchors(TestAuthority... authorities) {
    return new TrustAnchors(
        "factory", Arrays.stream(authorities).map(TestAuthority::certificate).toList(), List.of());
  }

  private static ValidatedPath validate(
      Instant at, TrustAnchors trusted, Certificate... presented) {
    return ValidatedPath.validate(List.of(presented), trusted, at, TestAuthority.CLIENT_AUTH);
  }

  private static Cause refusal(Instant at, TrustAnchors trusted, Certificate... presented) {
    return catchThrowableOfType(PathInvalidException.class, () -> validate(at, trusted, presented))
        .reason();
  }
}
