package dev.chancery.interop;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.type;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import dev.chancery.authority.Authority;
import dev.chancery.authority.fault.FaultPoint;
import dev.chancery.authority.issuance.Issuers;
import dev.chancery.authority.policy.Grant;
import dev.chancery.authority.policy.Policy;
import dev.chancery.authority.requester.HandshakeSecret;
import dev.chancery.authority.requester.Requester;
import dev.chancery.pki.key.GeneratedKey;
import dev.chancery.pki.request.ProofOfPossession;
import dev.chancery.transport.Body;
import org.junit.jupiter.api.Test;

/// The house as `docs/design.md` draws it. Whoever builds a second road to the signing key fails
/// here.
class ArchitectureTest {
  private static final JavaClasses CHANCERY =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("dev.chancery");

  @Test
  void onlyTheAuthorityAsksTheIssuersToSign() {
    noClasses()
        .that(not(type(Authority.class)).and(not(type(Issuers.class))))
        .should()
        .callMethod(Issuers.class, "issue", Grant.class)
        .because("Authority.enroll is the only way to a certificate")
        .check(CHANCERY);
  }

  @Test
  void onlyPolicyMakesGrants() {
    noClasses()
        .that(not(type(Policy.class)))
        .should()
        .callConstructorWhere(
            com.tngtech.archunit.core.domain.JavaCall.Predicates.target(
                com.tngtech.archunit.core.domain.properties.HasOwner.Predicates.With.owner(
                    type(Grant.class))))
        .because("a grant is evidence that policy has decided")
        .check(CHANCERY);
  }

  @Test
  void onlyTheLedgerOpensJdbc() {
    noClasses()
        .that()
        .resideOutsideOfPackage("dev.chancery.ledger..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "java.sql..",
            "javax.sql..",
            "org.sqlite..",
            "org.postgresql..",
            "com.zaxxer..",
            "org.flywaydb..")
        .because("a protocol handler never touches the database")
        .check(CHANCERY);
  }

  @Test
  void protocolsKnowNeitherIssuersNorLedger() {
    noClasses()
        .that()
        .resideInAnyPackage("dev.chancery.est..", "dev.chancery.scep..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "dev.chancery.ledger..",
            "dev.chancery.authority.issuance..",
            "dev.chancery.authority.policy..")
        .because("a responder translates; it neither signs nor stores")
        .check(CHANCERY);
  }

  @Test
  void protocolsReachNoPrivateKeyOfTheAuthority() {
    noClasses()
        .that()
        .resideInAnyPackage(
            "dev.chancery.est.responder..",
            "dev.chancery.est.wire..",
            "dev.chancery.scep.responder..",
            "dev.chancery.scep.wire..",
            "dev.chancery.transport..")
        .should()
        .dependOnClassesThat(assignableTo(java.security.PrivateKey.class))
        .check(CHANCERY);
  }

  @Test
  void wirePackagesKnowNoSocketNoClockNoAuthority() {
    noClasses()
        .that()
        .resideInAPackage("dev.chancery.*.wire..")
        .should()
        .dependOnClassesThat(
            resideInAnyPackage(
                    "java.net..",
                    "java.nio.channels..",
                    "dev.chancery.authority..",
                    "dev.chancery.transport..",
                    "dev.chancery.ledger..")
                // Immutable bytes and nothing else.
                .and(not(type(Body.class))))
        .orShould()
        .dependOnClassesThat(type(java.time.Clock.class))
        .because("codec, policy and I/O are three rooms")
        .check(CHANCERY);
  }

  @Test
  void clientsWorkWithoutTheServersRooms() {
    noClasses()
        .that()
        .resideInAnyPackage(
            "dev.chancery.est.client..",
            "dev.chancery.est.wire..",
            "dev.chancery.scep.client..",
            "dev.chancery.scep.wire..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("dev.chancery.authority..", "dev.chancery.server..")
        .check(CHANCERY);
  }

  @Test
  void theAgentWorksWithoutTheServersRooms() {
    noClasses()
        .that()
        .resideInAPackage("dev.chancery.agent..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "dev.chancery.authority..", "dev.chancery.ledger..", "dev.chancery.server..")
        .because("it runs on other machines, and inside other programs")
        .check(CHANCERY);
  }

  @Test
  void theAgentChangesTheDiskThroughItsPortAlone() {
    noClasses()
        .that()
        .resideInAPackage("dev.chancery.agent..")
        .and()
        .doNotHaveFullyQualifiedName("dev.chancery.agent.store.Disk")
        .should()
        .callMethod(
            java.nio.file.Files.class,
            "move",
            java.nio.file.Path.class,
            java.nio.file.Path.class,
            java.nio.file.CopyOption[].class)
        .orShould()
        .callMethod(
            java.nio.file.Files.class,
            "write",
            java.nio.file.Path.class,
            byte[].class,
            java.nio.file.OpenOption[].class)
        .because("each step is made to fail in the agent's tests")
        .check(CHANCERY);
  }

  @Test
  void pkiDoesNoInputOrOutputAndKnowsNoPolicy() {
    noClasses()
        .that()
        .resideInAPackage("dev.chancery.pki..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "java.nio.file..",
            "java.nio.channels..",
            "dev.chancery.authority..",
            "dev.chancery.transport..")
        .check(CHANCERY);
  }

  @Test
  void theAuthorityDependsOnPkiAlone() {
    noClasses()
        .that()
        .resideInAPackage("dev.chancery.authority..")
        .should()
        .dependOnClassesThat(
            resideInAPackage("dev.chancery..")
                .and(not(resideInAPackage("dev.chancery.authority..")))
                .and(not(resideInAPackage("dev.chancery.pki.."))))
        .check(CHANCERY);
  }

  @Test
  void settingsAreReadWithoutKnowingWhatTheyAreFor() {
    noClasses()
        .that()
        .resideInAPackage("dev.chancery.configuration..")
        .should()
        .dependOnClassesThat(
            resideInAPackage("dev.chancery..")
                .and(not(resideInAPackage("dev.chancery.configuration..")))
                .and(not(resideInAPackage("dev.chancery.pki.."))))
        .check(CHANCERY);
  }

  @Test
  void onlyTheServersStartSpeaksForTheServerItself() {
    noClasses()
        .that()
        .resideOutsideOfPackages(
            "dev.chancery.server.tls..", "dev.chancery.server.keys..", "dev.chancery.server.scep..")
        .and(not(assignableTo(Requester.ServerItself.class)))
        .should()
        .callMethod(
            Requester.ServerItself.class,
            "of",
            dev.chancery.pki.name.SubjectNames.class,
            String.class)
        .orShould()
        .callMethod(
            Requester.ServerItself.class,
            "asKeyMaker",
            dev.chancery.pki.name.SubjectNames.class,
            String.class)
        .orShould()
        .callMethod(
            Requester.ServerItself.class,
            "of",
            String.class,
            dev.chancery.pki.name.SubjectNames.class,
            String.class)
        .because("its entitlement is whatever the caller says")
        .check(CHANCERY);
  }

  @Test
  void onlyAHandshakeProvesThatAPeerKnowsASecret() {
    noClasses()
        .that()
        .resideOutsideOfPackage("dev.chancery.server.tls.certificateless")
        .should()
        .callMethod(HandshakeSecret.class, "proven")
        .because("what it returns is evidence that the handshake is complete")
        .check(CHANCERY);
  }

  @Test
  void theTlsLibraryOfOneListenerStaysThere() {
    noClasses()
        .that()
        .resideOutsideOfPackage("dev.chancery.server.tls.certificateless")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("org.bouncycastle.tls..")
        .orShould()
        .dependOnClassesThat()
        .resideInAnyPackage("org.bouncycastle.jsse..")
        .because("it is loaded only where that listener is on, and its JSSE provider never")
        .check(CHANCERY);
  }

  @Test
  void onlyTheAuthorityMakesKeysForOthers() {
    noClasses()
        .that()
        .resideOutsideOfPackage("dev.chancery.authority")
        .and(not(type(GeneratedKey.class)))
        .should()
        .callMethod(GeneratedKey.class, "make", dev.chancery.pki.key.KeyType.class)
        .orShould()
        .callMethod(ProofOfPossession.class, "byMaking", GeneratedKey.class)
        .because("a key that was made here is proof of possession")
        .check(CHANCERY);
  }

  @Test
  void noProgramOfOursArmsAFaultPoint() {
    noClasses()
        .that(not(type(FaultPoint.class)))
        .should()
        .callMethod(FaultPoint.class, "arm", FaultPoint.Harm.class)
        .because("only tests do harm, and they bring the code for it")
        .check(CHANCERY);
  }

  @Test
  void theLabKnowsTheServerFromOutsideAlone() {
    noClasses()
        .that()
        .resideInAPackage("dev.chancery.lab..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "dev.chancery.authority..",
            "dev.chancery.ledger..",
            "dev.chancery.server..",
            "dev.chancery.cli..")
        .because("whoever experiments with a server brings it along")
        .check(CHANCERY);
  }

  @Test
  void roomsDoNotDependOnEachOtherInCircles() {
    slices().matching("dev.chancery.(*)..").should().beFreeOfCycles().check(CHANCERY);
  }

  @Test
  void randomnessHasOneSource() {
    noClasses()
        .that()
        .doNotHaveFullyQualifiedName("dev.chancery.pki.crypto.Randomness")
        .and()
        .resideOutsideOfPackage("dev.chancery.bench..")
        .should()
        .callConstructor(java.security.SecureRandom.class)
        .orShould()
        .callConstructor(java.util.Random.class)
        .check(CHANCERY);
  }

  @Test
  void timeComesFromAnInjectedClock() {
    noClasses()
        .that()
        .resideInAnyPackage(
            "dev.chancery.pki..",
            "dev.chancery.authority..",
            "dev.chancery.ledger..",
            "dev.chancery.est..",
            "dev.chancery.agent..",
            "dev.chancery.scep..")
        .should()
        .callMethod(java.time.Instant.class, "now")
        .orShould()
        .callMethod(System.class, "currentTimeMillis")
        .check(CHANCERY);
  }
}
