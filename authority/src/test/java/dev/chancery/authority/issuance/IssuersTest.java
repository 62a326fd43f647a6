package dev.chancery.authority.issuance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.chancery.authority.SettableClock;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.key.KeyPairs;
import dev.chancery.pki.key.KeyType;
import dev.chancery.pki.key.SubjectPublicKeyInfo;
import dev.chancery.pki.name.DistinguishedName;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class IssuersTest {
  private final SettableClock clock = new SettableClock();

  @TempDir Path data;

  @Test
  void theFirstOpeningMakesTheFilesAndKeysAreForTheOwnerAlone() throws IOException {
    Issuers issuers = open(settings("a"));

    assertThat(issuers.created()).containsExactly("a");
    assertThat(mode("")).isEqualTo("rwx------");
    assertThat(mode("a.key")).isEqualTo("rw-------");
    assertThat(mode("a-root.key")).isEqualTo("rw-------");
    assertThat(mode("a.pem")).isEqualTo("rw-r--r--");
    assertThat(mode("a-root.pem")).isEqualTo("rw-r--r--");
    try (var files = Files.list(folder())) {
      assertThat(files).hasSize(4);
    }
  }

  @Test
  void theSecondOpeningFindsThem() {
    Issuers first = open(settings("a"));
    clock.advance(Duration.ofDays(1));

    Issuers second = open(settings("a"));

    assertThat(second.created()).isEmpty();
    assertThat(second.certificatesOf("a")).isEqualTo(first.certificatesOf("a"));
  }

  @Test
  void aNewIssuerBesideAnOldOneIsMadeAlone() {
    Certificate old = open(settings("a")).rootOf("a");

    Issuers both = open(settings("a"), settings("b"));

    assertThat(both.created()).containsExactly("b");
    assertThat(both.names()).containsExactlyInAnyOrder("a", "b");
    assertThat(both.rootOf("a")).isEqualTo(old);
    assertThat(both.rootOf("b")).isNotEqualTo(old);
  }

  @ParameterizedTest(name = "{0}")
  @EnumSource(
      value = KeyType.class,
      names = {"P_256", "P_384", "RSA_2048", "ED25519", "ML_DSA_65"})
  void theIssuerIsACaBelowItsRootAndMayHaveNoneBelowIt(KeyType type) {
    IssuerSettings settings = settings("a", type, "CN=Issuing a");

    Issuers issuers = open(settings);

    Certificate issuing = issuers.certificatesOf("a").getFirst();
    Certificate root = issuers.rootOf("a");
    assertThat(issuers.certificatesOf("a")).containsExactly(issuing, root);
    assertThat(issuing.subject()).isEqualTo(settings.subject());
    assertThat(issuing.isSignedBy(root)).isTrue();
    assertThat(issuing.toX509().getBasicConstraints()).isZero();
    assertThat(root.isSelfIssued()).isTrue();
    assertThat(root.isSignedBy(root)).isTrue();
    assertThat(issuing.isValidAt(clock.instant())).isTrue();
    assertThat(issuing.notAfter()).isEqualTo(clock.instant().plus(settings.validity()));
  }

  @Test
  void theKeysOfIssuersAndRootsAreKnownAsTheirOwn() {
    Issuers issuers = open(settings("a"));

    assertThat(issuers.certificatesOf("a"))
        .allSatisfy(
            certificate -> assertThat(issuers.owns(certificate.subjectPublicKeyInfo())).isTrue());
    assertThat(issuers.owns(SubjectPublicKeyInfo.of(KeyPairs.generate(KeyType.P_256).getPublic())))
        .isFalse();
  }

  @ParameterizedTest(name = "{0}")
  @EnumSource(
      value = KeyType.class,
      names = {"P_256", "P_384", "RSA_2048", "ED25519", "ML_DSA_44"})
  void aKeyThatDoesNotBelongToTheCertificateIsRefused(KeyType type) throws IOException {
    open(settings("a"));
    Files.writeString(
        folder().resolve("a.key"), KeyPairs.toPem(KeyPairs.generate(type).getPrivate()));

    assertThatThrownBy(() -> open(settings("a")))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("the key in a.key does not belong to the certificate in a.pem");
  }

  @Test
  void aRootThatDidNotSignIsRefused() throws IOException {
    open(settings("a"), settings("b"));
    Files.copy(
        folder().resolve("b-root.pem"),
        folder().resolve("a-root.pem"),
        StandardCopyOption.REPLACE_EXISTING);

    assertThatThrownBy(() -> open(settings("a")))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("was not signed by the root in a-root.pem");
  }

  @ParameterizedTest(name = "{0}")
  @ValueSource(strings = {"a.pem", "a.key", "a-root.pem"})
  void aDamagedFileIsRefused(String file) throws IOException {
    open(settings("a"));
    Files.writeString(folder().resolve(file), "nothing");

    assertThatThrownBy(() -> open(settings("a"))).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void anIssuerOfAnotherNameIsRefused() {
    open(settings("a"));

    assertThatThrownBy(() -> open(settings("a", KeyType.P_256, "CN=Other")))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("CN=Issuing a")
        .hasMessageContaining("CN=Other");
  }

  /// The second would write its key over the root key of the first.
  @Test
  void namesThatShareFilesAreRefused() {
    assertThatThrownBy(() -> open(settings("a-root"), settings("a")))
        .isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> open(settings("a"), settings("a-root")))
        .isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> open(settings("a"), settings("a")))
        .isInstanceOf(IllegalStateException.class);
    assertThat(folder()).doesNotExist();
  }

  @Test
  void whoAsksForAnIssuerThatIsNotThereIsTold() {
    Issuers issuers = open(settings("a"));

    assertThatThrownBy(() -> issuers.rootOf("b"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("\"b\"");
  }

  private Issuers open(IssuerSettings... settings) {
    return Issuers.open(folder(), List.of(settings), clock);
  }

  private Path folder() {
    return data.resolve("issuers");
  }

  private String mode(String file) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(folder().resolve(file)));
  }

  private static IssuerSettings settings(String name) {
    return settings(name, KeyType.P_256, "CN=Issuing " + name);
  }

  private static IssuerSettings settings(String name, KeyType type, String subject) {
    return new IssuerSettings(
        name,
        type,
        DistinguishedName.parse(subject),
        Duration.ofDays(1000),
        DistinguishedName.parse("CN=Root of " + name),
        Duration.ofDays(3000),
        Optional.empty());
  }
}
