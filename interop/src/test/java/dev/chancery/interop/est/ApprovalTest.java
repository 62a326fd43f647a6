package dev.chancery.interop.est;

import static dev.chancery.interop.Installation.certificateIn;
import static dev.chancery.interop.Installation.request;
import static org.assertj.core.api.Assertions.assertThat;

import dev.chancery.interop.Installation;
import dev.chancery.interop.Requirement;
import dev.chancery.interop.Wire;
import dev.chancery.pki.name.SubjectNames;
import dev.chancery.pki.request.CertificationRequestBuilder;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/// Requests that wait for an operator.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ApprovalTest {
  static final String MANUAL =
      """
      profiles:
        device: {}
        guarded: {approval: manual, retry-after: 1s}
      est:
        endpoints:
          - {label: "", issuer: issuing, profile: guarded}
      """;

  private Path folder;
  private Installation chancery;

  @BeforeAll
  void start(@TempDir Path temporary) {
    folder = temporary;
    chancery = Installation.start(folder, MANUAL);
  }

  @AfterAll
  void stop() {
    chancery.close();
  }

  @Test
  @Requirement({"EST-122", "EST-126"})
  void theDeviceIsToldToComeBackAndHowLate() {
    var credential = chancery.credential("guarded", 1, "CN=waits");

    Wire.Answer answer = chancery.enroll(credential, request("CN=waits"));

    assertThat(answer.status()).isEqualTo(202);
    assertThat(answer.headers()).containsEntry("Retry-After", "1");
    assertThat(answer.headers()).containsEntry("Content-Length", "0");
    assertThat(answer.text()).isEmpty();
  }

  @Test
  @Requirement("EST-124")
  void askingAgainMakesNoSecondOrderAndApprovalBringsTheCertificate() {
    var credential = chancery.credential("guarded", 1, "CN=patient");
    var made = request("CN=patient");
    chancery.enroll(credential, made);

    Wire.Answer again = chancery.enroll(credential, signedAfresh("CN=patient", made));

    assertThat(again.status()).isEqualTo(202);
    var waiting =
        chancery.services().pendingRequests().list(100).stream()
            .filter(pending -> pending.names().subject().toString().equals("CN=patient"))
            .toList();
    assertThat(waiting).hasSize(1);
    chancery.services().pendingRequests().approve(waiting.getFirst().ticket(), "test");
    var first = certificateIn(chancery.enroll(credential, signedAfresh("CN=patient", made)));
    var second = certificateIn(chancery.enroll(credential, signedAfresh("CN=patient", made)));
    assertThat(second).isEqualTo(first);
  }

  @Test
  @Requirement("EST-124")
  void aDenialIs403WithTheOperatorsWords() {
    var credential = chancery.credential("guarded", 1, "CN=denied");
    var made = request("CN=denied");
    chancery.enroll(credential, made);
    var ticket =
        chancery.services().pendingRequests().list(100).stream()
            .filter(pending -> pending.names().subject().toString().equals("CN=denied"))
            .findFirst()
            .orElseThrow()
            .ticket();
    chancery.services().pendingRequests().deny(ticket, "call extension 42 first", "test");

    Wire.Answer answer = chancery.enroll(credential, made);

    assertThat(answer.status()).isEqualTo(403);
    assertThat(answer.text()).contains("denied", "call extension 42 first");
  }

  @Test
  @Requirement("EST-089")
  void aPendingRequestHasUsedTheCredential() {
    var credential = chancery.credential("guarded", 1, "CN=once");
    chancery.enroll(credential, request("CN=once"));

    Wire.Answer other = chancery.enroll(credential, request("CN=once"));

    assertThat(other.status()).isEqualTo(403);
    assertThat(other.text()).contains("credential-exhausted");
  }

  private static Installation.Made signedAfresh(String subject, Installation.Made made) {
    return new Installation.Made(
        CertificationRequestBuilder.builder(SubjectNames.parse(subject, List.of()), made.keyPair())
            .build(),
        made.keyPair());
  }
}
