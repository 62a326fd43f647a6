package dev.chancery.interop.est;

import static dev.chancery.interop.Installation.request;
import static dev.chancery.interop.est.CoapsClient.certificateIn;
import static org.assertj.core.api.Assertions.assertThat;

import dev.chancery.interop.Installation;
import dev.chancery.interop.Requirement;
import dev.chancery.interop.Wire;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.cms.CertsOnly;
import dev.chancery.pki.key.KeyPairs;
import dev.chancery.pki.key.KeyType;
import dev.chancery.pki.name.SubjectNames;
import dev.chancery.pki.request.CertificationRequestBuilder;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executors;
import org.eclipse.californium.core.coap.CoAP.Code;
import org.eclipse.californium.core.coap.CoAP.ResponseCode;
import org.eclipse.californium.core.coap.LinkFormat;
import org.eclipse.californium.core.coap.Option;
import org.eclipse.californium.core.coap.Request;
import org.eclipse.californium.core.coap.Response;
import org.eclipse.californium.core.coap.option.OpaqueOptionDefinition;
import org.eclipse.californium.elements.DtlsEndpointContext;
import org.eclipse.californium.elements.MapBasedEndpointContext;
import org.eclipse.californium.elements.auth.X509CertPath;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// EST-coaps (RFC 9148) with Californium's client.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CoapsTest {
  private static final String CONFIGURATION =
      """
        coaps: {enabled: true, address: 127.0.0.1, port: 0}
      profiles:
        device: {}
        guarded: {approval: manual, retry-after: 7s}
      est:
        endpoints:
          - label: ""
            issuer: issuing
            profile: device
          - label: devices
            issuer: issuing
            profile: device
            device-anchors:
              - name: maker
                file: maker.pem
                allow: ["CN=*,2.5.4.5=SN-1*"]
                profile: device
                subject: "CN={serialNumber}"
                alternatives: []
          - label: slow
            issuer: issuing
            profile: device
            device-anchors:
              - name: maker
                file: maker.pem
                allow: ["CN=*,2.5.4.5=SN-1*"]
                profile: guarded
                subject: "CN={serialNumber}"
                alternatives: []
          - {label: password, issuer: issuing, profile: device, authentication: password}
          - {label: bound, issuer: issuing, profile: device, channel-binding: required}
      """;

  private Installation chancery;
  private OtherAuthority maker;
  private Wire.Identity device;

  @BeforeAll
  void start(@TempDir Path folder) throws IOException {
    maker = OtherAuthority.create("CN=Maker Root", Instant.now());
    Files.createDirectories(folder);
    Files.writeString(folder.resolve("maker.pem"), maker.certificate().toPem());
    chancery = Installation.start(folder, CONFIGURATION);
    device = chancery.device("CN=sensor-1");
  }

  @AfterAll
  void stop() {
    chancery.close();
  }

  @Test
  @Requirement({"EST-300", "EST-302", "EST-303", "EST-306", "EST-313"})
  void aDeviceWithItsManufacturersCertificateLearnsTheCaAndEnrolsOnOneSession() {
    Wire.Identity idevid = maker.issue("CN=Model X,2.5.4.5=SN-11", Instant.now());
    try (CoapsClient client = connect(idevid)) {
      Response crts = client.get("devices/crts");
      Response enrolled = client.post("devices/sen", der(request("CN=SN-11")));

      assertThat(crts.getCode()).isEqualTo(ResponseCode.CONTENT);
      assertThat(crts.getOptions().getContentFormat()).isEqualTo(281);
      assertThat(CertsOnly.parse(crts.getPayload())).contains(chancery.server().root());
      assertThat(enrolled.getCode()).isEqualTo(ResponseCode.CHANGED);
      assertThat(enrolled.getOptions().getContentFormat()).isEqualTo(281);
      assertThat(certificateIn(enrolled).subject()).hasToString("CN=SN-11");
      var context = enrolled.getSourceContext();
      assertThat(context.getString(DtlsEndpointContext.KEY_CIPHER))
          .isEqualTo("TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8");
      assertThat(context.get(DtlsEndpointContext.KEY_SESSION_ID))
          .isEqualTo(crts.getSourceContext().get(DtlsEndpointContext.KEY_SESSION_ID));
    }
  }

  @Test
  @Requirement({"EST-300", "EST-303"})
  void aCertificateOfOursRenewsItselfAndTheLedgerKnowsWhatItReplaces() {
    Wire.Identity own = chancery.device("CN=renews");
    try (CoapsClient client = connect(own)) {
      Certificate renewed = certificateIn(client.post("sren", der(request("CN=renews"))));

      assertThat(renewed.subject()).hasToString("CN=renews");
      assertThat(chancery.issued().getFirst().replaces())
          .contains(own.chain().getFirst().serialNumber().toString());
      assertThat(chancery.lastAudit().event().actor()).startsWith("certificate:issuing/");
    }
  }

  @Test
  @Requirement("EST-307")
  void theCertificateAloneComesWhereTheClientAcceptsNothingElse() {
    try (CoapsClient client = connect(device)) {
      Request request = enrollment(client, "sensor-1");
      request.getOptions().setAccept(287);

      Response response = client.send(request);

      assertThat(response.getOptions().getContentFormat()).isEqualTo(287);
      assertThat(Certificate.parse(response.getPayload()).subject()).hasToString("CN=sensor-1");
    }
  }

  @Test
  @Requirement("EST-307")
  void anAnswerThatCannotBeAcceptedIssuesNothing() {
    int before = chancery.issued().size();
    try (CoapsClient client = connect(device)) {
      Request request = enrollment(client, "sensor-1");
      request.getOptions().setAccept(60);

      assertThat(client.send(request).getCode()).isEqualTo(ResponseCode.NOT_ACCEPTABLE);
    }
    assertThat(chancery.issued()).hasSize(before);
  }

  @Test
  @Requirement("EST-307")
  void anotherRequestFormatOrNoneIs415() {
    try (CoapsClient client = connect(device)) {
      Request json = enrollment(client, "sensor-1");
      json.getOptions().setContentFormat(50);
      Request unnamed = enrollment(client, "sensor-1");
      unnamed.getOptions().removeContentFormat();

      assertThat(client.send(json).getCode()).isEqualTo(ResponseCode.UNSUPPORTED_CONTENT_FORMAT);
      assertThat(client.send(unnamed).getCode()).isEqualTo(ResponseCode.UNSUPPORTED_CONTENT_FORMAT);
    }
  }

  @Test
  @Requirement({"EST-300", "EST-307"})
  void theAttributesNameTheKeyThatTheProfilePrefers() {
    try (CoapsClient client = connect(device)) {
      Response att = client.get("att");

      assertThat(att.getCode()).isEqualTo(ResponseCode.CONTENT);
      assertThat(att.getOptions().getContentFormat()).isEqualTo(285);
      assertThat(att.getPayload()[0]).isEqualTo((byte) 0x30);
    }
  }

  @Test
  @Requirement("EST-301")
  void discoveryListsWhatThereIsAndNothingElse() {
    try (CoapsClient client = connect(device)) {
      Request request = client.request(Code.GET, "/.well-known/core");
      request.getOptions().addUriQuery("rt=ace.est*");
      Request other = client.request(Code.GET, "/.well-known/core");
      other.getOptions().addUriQuery("rt=ace.est.sren");

      Response all = client.send(request);
      Response one = client.send(other);

      assertThat(all.getOptions().getContentFormat()).isEqualTo(40);
      assertThat(LinkFormat.parse(all.getPayloadString()))
          .extracting(link -> link.getURI())
          .contains(
              "/.well-known/est/crts",
              "/.well-known/est/sen",
              "/.well-known/est/sren",
              "/.well-known/est/att",
              "/.well-known/est/devices/sen")
          .noneMatch(uri -> uri.endsWith("skg") || uri.endsWith("skc"))
          .noneMatch(uri -> uri.contains("password") || uri.contains("bound"));
      assertThat(all.getPayloadString())
          .contains("</.well-known/est/sen>")
          .contains("rt=\"ace.est.sen\"")
          .contains("ct=\"281 287\"");
      assertThat(LinkFormat.parse(one.getPayloadString()))
          .allMatch(link -> link.getURI().endsWith("/sren"))
          .isNotEmpty();
    }
  }

  @ParameterizedTest(name = "blocks of {0}")
  @ValueSource(ints = {16, 64, 256, 1024})
  @Requirement("EST-310")
  void requestsAndAnswersTravelInBlocksOfAnySize(int size) {
    try (CoapsClient client = connect(Optional.of(device), size)) {
      Request request = enrollment(client, "sensor-1");
      request.getOptions().setBlock2(Integer.numberOfTrailingZeros(size) - 4, false, 0);

      assertThat(certificateIn(client.send(request)).subject()).hasToString("CN=sensor-1");
    }
  }

  @Test
  @Requirement("EST-310")
  void twoClientsSendTheirBlocksAtTheSameTime() throws Exception {
    Wire.Identity other = chancery.device("CN=sensor-2");
    try (CoapsClient one = connect(Optional.of(device), 64);
        CoapsClient two = connect(Optional.of(other), 64)) {
      Request first = enrollment(one, "sensor-1");
      Request second = enrollment(two, "sensor-2");
      try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
        var fromOne = threads.submit(() -> one.send(first));
        var fromTwo = threads.submit(() -> two.send(second));

        assertThat(certificateIn(fromOne.get()).subject()).hasToString("CN=sensor-1");
        assertThat(certificateIn(fromTwo.get()).subject()).hasToString("CN=sensor-2");
      }
    }
  }

  @Test
  @Requirement("EST-310")
  void aRequestThatIsTooLongIs413() {
    try (CoapsClient client = connect(device)) {
      assertThat(client.post("sen", new byte[40_000]).getCode())
          .isEqualTo(ResponseCode.REQUEST_ENTITY_TOO_LARGE);
    }
  }

  @ParameterizedTest(name = "{0} {1}: {2}")
  @CsvSource({
    "POST, sen, 4.00", "POST, fullcmc, 4.04", "POST, skg, 4.04", "POST, nowhere/sen, 4.04",
    "GET, sen, 4.05", "POST, crts, 4.05", "PUT, crts, 4.05", "POST, devices/sen, 4.03",
    "POST, password/sen, 4.04", "POST, bound/sen, 4.04", "GET, '', 4.04"
  })
  @Requirement({"EST-300", "EST-308"})
  void eachFailureHasItsCodeAndALineOfText(Code method, String operation, String code) {
    Wire.Identity stranger = maker.issue("CN=Model X,2.5.4.5=SN-9", Instant.now());
    try (CoapsClient client = connect(code.equals("4.03") ? stranger : device)) {
      Request request = client.request(method, "/.well-known/est/" + operation);
      if (method == Code.POST) {
        request.getOptions().setContentFormat(286);
        request.setPayload("this is no request");
      }

      Response response = client.send(request);

      assertThat(response.getCode().text).isEqualTo(code);
      assertThat(response.getPayloadString()).isNotEmpty();
      assertThat(response.getPayloadSize()).isLessThanOrEqualTo(512);
    }
  }

  @Test
  @Requirement("EST-300")
  void aSlashInsideASegmentMakesNoPath() {
    try (CoapsClient client = connect(device)) {
      Request request = client.request(Code.GET, "/");
      request.getOptions().addUriPath(".well-known").addUriPath("est/crts");

      assertThat(client.send(request).getCode()).isEqualTo(ResponseCode.NOT_FOUND);
    }
  }

  @Test
  @Requirement("EST-306")
  void base64IsRefused() {
    try (CoapsClient client = connect(device)) {
      Response response = client.post("sen", request("CN=sensor-1").base64());

      assertThat(response.getCode()).isEqualTo(ResponseCode.BAD_REQUEST);
      assertThat(response.getPayloadString()).contains("malformed");
    }
  }

  @Test
  @Requirement("EST-303")
  void aStrangersCertificateGetsNothingNotEvenTheCaCertificates() {
    Wire.Identity stranger =
        OtherAuthority.create("CN=Rogue", Instant.now()).issue("CN=sensor-1", Instant.now());
    try (CoapsClient client = connect(stranger)) {
      for (Response response :
          List.of(
              client.get("crts"),
              client.get("att"),
              client.post("sen", der(request("CN=sensor-1"))))) {
        assertThat(response.getCode()).isEqualTo(ResponseCode.FORBIDDEN);
        assertThat(response.getPayloadString()).contains("certificate-untrusted");
      }
    }
    assertThat(chancery.lastAudit().event().details())
        .containsEntry("operation", "sen")
        .containsEntry("claimed", "certificate CN=sensor-1");
  }

  @Test
  @Requirement("EST-303")
  void aClientWithoutCertificateDoesNotGetThroughTheHandshake() {
    try (CoapsClient client = connect(Optional.empty(), CoapsClient.LARGEST_BLOCK)) {
      Request request = client.request(Code.GET, "/.well-known/est/crts");

      assertThat(client.trySend(request)).isEmpty();
      assertThat(request.getSendError()).isNotNull();
    }
  }

  @Test
  @Requirement({"EST-303", "EST-104"})
  void aCertificateRevokedDuringTheSessionRenewsNothing() {
    Wire.Identity lost = chancery.device("CN=lost");
    try (CoapsClient client = connect(lost)) {
      assertThat(client.get("crts").getCode()).isEqualTo(ResponseCode.CONTENT);
      chancery
          .services()
          .revocations()
          .revoke("issuing", lost.chain().getFirst().serialNumber(), "keyCompromise", "test");

      Response response = client.post("sren", der(request("CN=lost")));

      assertThat(response.getCode()).isEqualTo(ResponseCode.FORBIDDEN);
      assertThat(response.getPayloadString()).contains("certificate-revoked");
    }
  }

  @Test
  @Requirement("EST-309")
  void aRequestThatWaitsIs503WithMaxAgeUntilSomebodyDecides() {
    Wire.Identity idevid = maker.issue("CN=Model X,2.5.4.5=SN-12", Instant.now());
    byte[] csr = der(request("CN=SN-12"));
    try (CoapsClient client = connect(Optional.of(idevid), 64)) {
      Response waits = client.post("slow/sen", csr);
      Response still = client.post("slow/sen", csr);
      var waiting = chancery.services().pendingRequests().list(10);
      chancery.services().pendingRequests().approve(waiting.getFirst().ticket(), "test");
      Response decided = client.post("slow/sen", csr);

      assertThat(waits.getCode()).isEqualTo(ResponseCode.SERVICE_UNAVAILABLE);
      assertThat(waits.getOptions().getMaxAge()).isEqualTo(7);
      assertThat(still.getCode()).isEqualTo(ResponseCode.SERVICE_UNAVAILABLE);
      assertThat(waiting).hasSize(1);
      assertThat(certificateIn(decided).subject()).hasToString("CN=SN-12");
    }
  }

  @Test
  @Requirement("EST-314")
  void aChannelBindingThatCannotBeVerifiedIsRefused() {
    KeyPair key = KeyPairs.generate(KeyType.P_256);
    byte[] csr =
        CertificationRequestBuilder.builder(SubjectNames.parse("CN=sensor-1", List.of()), key)
            .challengePassword("AAAAAAAAAAAAAAAA")
            .build()
            .der()
            .toByteArray();
    try (CoapsClient client = connect(device)) {
      Response response = client.post("sen", csr);

      assertThat(response.getCode()).isEqualTo(ResponseCode.BAD_REQUEST);
      assertThat(response.getPayloadString()).contains("channel-binding-unverifiable");
    }
  }

  @Test
  @Requirement("EST-311")
  void nonConfirmableRequestsAreAnswered() {
    try (CoapsClient client = connect(device)) {
      Request request = enrollment(client, "sensor-1");
      request.setConfirmable(false);

      assertThat(certificateIn(client.send(request)).subject()).hasToString("CN=sensor-1");
    }
  }

  @Test
  @Requirement("EST-311")
  void anUnknownCriticalOptionIs402AndAnElectiveOneIsIgnored() {
    try (CoapsClient client = connect(device)) {
      Request critical = client.request(Code.GET, "/.well-known/est/crts");
      critical.getOptions().addOption(option(65001));
      Request elective = client.request(Code.GET, "/.well-known/est/crts");
      elective.getOptions().addOption(option(65000));

      assertThat(client.send(elective).getCode()).isEqualTo(ResponseCode.CONTENT);
      assertThat(client.send(critical).getCode()).isEqualTo(ResponseCode.BAD_OPTION);
    }
  }

  @Test
  @Requirement("EST-302")
  void aRenewedServerCertificateIsShownInTheNextHandshake() throws IOException {
    String before = namesOfServer();
    Path file = chancery.folder().resolve("chancery.yaml");
    Files.writeString(
        file, Files.readString(file).replace("[localhost, 127.0.0.1]", "[localhost, est.example]"));

    chancery.server().reload();

    assertThat(before).doesNotContain("est.example");
    assertThat(namesOfServer()).contains("est.example");
  }

  private String namesOfServer() {
    try (CoapsClient client = connect(device)) {
      Response response = client.get("crts");
      X509CertPath path = (X509CertPath) response.getSourceContext().getPeerIdentity();
      return Certificate.of(path.getTarget()).names().toString();
    }
  }

  @Test
  void requestsAreCountedAndLogged() {
    try (CoapsClient client = connect(device)) {
      client.get("crts");
    }

    try (Wire wire = Wire.connectClear(chancery.server().clearPort())) {
      String metrics = wire.send("GET", "/metrics", Map.of(), new byte[0]).text();
      assertThat(metrics)
          .contains("chancery_coap_requests_total{code=\"2.05\",endpoint=\"est\"")
          .contains("chancery_connections{listener=\"coaps\"}");
    }
  }

  @Test
  void moreDevicesThanConnectionsComeOneAfterTheOther(@TempDir Path folder) {
    String yaml =
        """
          coaps: {enabled: true, address: 127.0.0.1, port: 0}
          limits: {max-connections: 60, idle-timeout: 100ms}
        """;
    try (Installation small = Installation.start(folder, yaml)) {
      Wire.Identity own = small.device("CN=again");
      int port = small.server().coapsPort().orElseThrow();
      try (CoapsClient client = CoapsClient.connect(port, small.server().root(), own)) {
        for (int session = 0; session < 150; session++) {
          Request request = client.request(Code.GET, "/.well-known/est/crts");
          request.setDestinationContext(
              new MapBasedEndpointContext(
                  new InetSocketAddress(InetAddress.getLoopbackAddress(), port),
                  null,
                  DtlsEndpointContext.ATTRIBUE_HANDSHAKE_MODE_FORCE_FULL));

          assertThat(client.send(request).getCode()).isEqualTo(ResponseCode.CONTENT);
        }
      }
    }
  }

  private CoapsClient connect(Wire.Identity identity) {
    return connect(Optional.of(identity), CoapsClient.LARGEST_BLOCK);
  }

  private CoapsClient connect(Optional<Wire.Identity> identity, int blockSize) {
    return CoapsClient.connect(
        chancery.server().coapsPort().orElseThrow(), chancery.server().root(), identity, blockSize);
  }

  private static Request enrollment(CoapsClient client, String name) {
    Request request = client.request(Code.POST, "/.well-known/est/sen");
    request.getOptions().setContentFormat(286);
    request.setPayload(der(request("CN=" + name)));
    return request;
  }

  private static byte[] der(Installation.Made made) {
    return made.request().der().toByteArray();
  }

  private static Option option(int number) {
    return new OpaqueOptionDefinition(number, "x").create("x".getBytes(StandardCharsets.UTF_8));
  }
}
