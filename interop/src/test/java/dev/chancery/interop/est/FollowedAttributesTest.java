package dev.chancery.interop.est;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chancery.est.client.EstClientException;
import dev.chancery.est.client.EstClientException.Code;
import dev.chancery.est.client.Linking;
import dev.chancery.est.client.RequestPlan;
import dev.chancery.est.wire.CsrAttribute;
import dev.chancery.est.wire.CsrAttributes;
import dev.chancery.interop.Requirement;
import dev.chancery.interop.est.HostilePeer.Reply;
import dev.chancery.pki.Der;
import dev.chancery.pki.certificate.CertificateExtension;
import dev.chancery.pki.key.KeyPairs;
import dev.chancery.pki.key.KeyType;
import dev.chancery.pki.name.SubjectNames;
import java.security.KeyPair;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The client asks what the server wants to see, and does so.
class FollowedAttributesTest extends HostileClientSetup {
  /// RFC 9908 §3.4: CN to be filled in, OU=myDept and OU=myGroup given, P-256, and a SAN with one
  /// name given and an IP address to be filled in, keyUsage given, extKeyUsage to be filled in.
  private static final String TEMPLATE_3_4 =
      "MIGpMIGmBgsqhkiG9w0BCRACPTGBljCBkwIBADAsMQcwBQYDVQQDMQ8wDQYDVQQLDAZteURlcHQxEDAOBgNVBAsMB215"
          + "R3JvdXCgFTATBgcqhkjOPQIBBggqhkjOPQMBB6FJMEcGCyqGSIb3DQEJEAI+MTgwNjAdBgNVHREEFjAUghB3d3cub"
          + "XlTZXJ2ZXIuY29thwAwDgYDVR0PAQH/BAQDAgOIMAUGA1UdJQ==";

  /// RFC 9908 §5.4.
  private static final String RSA_4096 =
      "MCkGCSqGSIb3DQEJBzARBgkqhkiG9w0BAQExBAICEAAGCSqGSIb3DQEBCw==";

  /// RFC 9908 §5.5.
  private static final String P_384 =
      "MC4GCSqGSIb3DQEJBzASBgcqhkjOPQIBMQcGBSuBBAAiBgNVBAUGCCqGSM49BAMD";

  /// RFC 7030 §4.5.2, with the macAddress that RFC 9908 §5.2 declares wrong.
  private static final String RFC_7030 =
      "MEEGCSqGSIb3DQEJBzASBgcqhkjOPQIBMQcGBSuBBAAiMBYGCSqGSIb3DQEJDjEJBgcrBgEBAQEWBggqhkjOPQQDAw==";

  private CsrAttributes announced(String base64) {
    peer.on(
        "csrattrs", request -> Reply.of(200, "Content-Type", "application/csrattrs").with(base64));
    return client().csrAttributes(explicit());
  }

  private RequestPlan plan(String base64, SubjectNames names, Optional<KeyType> key) {
    return RequestPlan.following(announced(base64), names, key);
  }

  @Test
  @Requirement({"EST-197", "EST-199"})
  void everythingThatTheTemplateDemandsAndNobodyHasIsNamed() {
    EstClientException failure =
        failure(() -> plan(TEMPLATE_3_4, SubjectNames.parse("", List.of()), Optional.empty()));

    assertThat(failure.code()).isEqualTo(Code.ATTRIBUTES_UNMET);
    assertThat(((EstClientException.Unable) failure).reasons())
        .containsExactly(
            "a value for CN in the subject",
            "an IP address as subject alternative name",
            "a value for the extension 2.5.29.37");
  }

  @Test
  @Requirement("EST-197")
  void whatTheTemplateHasNoPlaceForIsNamedToo() {
    SubjectNames names =
        SubjectNames.parse("CN=a,O=Other", List.of("ip:192.0.2.1", "dns:a.example"));

    EstClientException failure =
        failure(() -> plan(TEMPLATE_3_4, names, Optional.of(KeyType.RSA_2048)));

    assertThat(((EstClientException.Unable) failure).reasons())
        .anyMatch(reason -> reason.contains("no place for O"))
        .anyMatch(reason -> reason.contains("no place for the alternative name dns:a.example"))
        .anyMatch(reason -> reason.contains("a key of type p-256 instead of rsa-2048"));
  }

  @ParameterizedTest
  @CsvSource({RSA_4096 + ", RSA_4096", P_384 + ", P_384", RFC_7030 + ", P_384", "MAA=, P_256"})
  @Requirement({"EST-191", "EST-194"})
  void theKindOfKeyIsTheServers(String base64, KeyType type) {
    RequestPlan plan = plan(base64, NAMES, Optional.empty());

    assertThat(plan.keyType()).isEqualTo(type);
    assertThat(plan.names()).isEqualTo(NAMES);
    assertThat(plan.linkDemanded()).isEqualTo(!base64.equals("MAA="));
  }

  @Test
  @Requirement("EST-194")
  void aKeyThatTheServerDoesNotTakeIsNotMade() {
    assertFails(Code.ATTRIBUTES_UNMET, () -> plan(P_384, NAMES, Optional.of(KeyType.P_256)));
  }

  @Test
  @Requirement("EST-191")
  void wishesThatNeedNotBeMetAreTold() {
    assertThat(plan(P_384, NAMES, Optional.empty()).notes())
        .anyMatch(note -> note.contains("SERIALNUMBER") || note.contains("serialNumber"));
  }

  @Test
  @Requirement({"EST-193", "EST-240"})
  void extensionsAndTheLinkAreInTheRequest() {
    CertificateExtension keyUsage =
        new CertificateExtension("2.5.29.15", true, Der.of(new byte[] {3, 2, 7, (byte) 0x80}));
    CsrAttributes wishes =
        new CsrAttributes(
            List.of(
                new CsrAttribute.Named(CsrAttributes.CHALLENGE_PASSWORD),
                new CsrAttribute.ExtensionWish(List.of(keyUsage))));
    RequestPlan plan =
        plan(Base64.getEncoder().encodeToString(wishes.encode()), NAMES, Optional.empty());
    KeyPair key = KeyPairs.generate(plan.keyType());

    client().enroll(explicit(), CREDENTIAL, plan.draft(key, Optional.empty(), Linking.REQUIRED));

    var request = peer.received("simpleenroll").getFirst().request();
    assertThat(request.template().names()).isEqualTo(NAMES);
    assertThat(request.challengePassword()).isPresent();
    assertThat(request.template().extensions())
        .contains(keyUsage)
        .extracting(extension -> extension.oid())
        .contains("2.5.29.17");
  }
}
