package dev.chancery.interop.scep;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chancery.authority.ledger.CertificateQuery;
import dev.chancery.authority.ledger.CertificateRecord;
import dev.chancery.interop.Installation;
import dev.chancery.interop.Requirement;
import dev.chancery.interop.SettableClock;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.scep.wire.CertRep.Result;
import dev.chancery.server.admin.AdminClient;
import dev.chancery.server.admin.AdminSocket;
import dev.chancery.server.admin.Json;
import dev.chancery.server.admin.Progress;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Replies get lost. The operator sees which certificates nobody has, and may have them revoked
/// when the device comes again.
class CollectionTest {
  private static final String PATH = "/scep/phones";
  private static final String SUBJECT = "CN=phone-1,O=ACME";

  @TempDir private Path folder = Path.of("");
  private final SettableClock clock = new SettableClock();
  private final WebhookStandIn webhook = new WebhookStandIn(clock);
  private Installation chancery;

  @BeforeEach
  void start() throws IOException {
    Files.writeString(folder.resolve("webhook.secret"), WebhookStandIn.SECRET);
    chancery = start("revoke-uncollected");
  }

  private Installation start(String reissue) {
    return Installation.start(
        folder,
        """
        profiles:
          phone: {key-usage: [digitalSignature, keyEncipherment], reissue: %s}
        scep:
          endpoints:
            - label: phones
              profile: phone
              decision:
                subjects: ["CN=phone-*,O=ACME"]
                webhook: {url: "%s", secret-file: webhook.secret, anchors: "%s"}
        """
            .formatted(reissue, webhook.url("/decide"), webhook.anchor(folder)),
        clock);
  }

  @AfterEach
  void stop() {
    chancery.close();
    webhook.close();
  }

  private MdmDevice device() {
    return MdmDevice.of(chancery, PATH, SUBJECT);
  }

  /// A device whose connection is reset while the server decides: the reply cannot be written.
  private CertificateRecord issuedInVain() throws IOException {
    int before = chancery.issued().size();
    AtomicReference<Socket> line = new AtomicReference<>();
    webhook.meanwhile(() -> reset(line.get()));
    byte[] message = device().message("from-the-mdm").encode();
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), chancery.server().clearPort());
    line.set(socket);
    OutputStream out = socket.getOutputStream();
    out.write(
        ("POST "
                + PATH
                + "?operation=PKIOperation HTTP/1.1\r\nHost: localhost\r\nContent-Length: "
                + message.length
                + "\r\n\r\n")
            .getBytes(StandardCharsets.US_ASCII));
    out.write(message);
    out.flush();
    MdmDevice.until("the certificate", () -> chancery.issued().size() > before);
    webhook.meanwhile(() -> {});
    return chancery.issued().getFirst();
  }

  private static void reset(Socket socket) {
    try {
      socket.setSoLinger(true, 0);
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private boolean isCollected(Certificate certificate) {
    return chancery
        .services()
        .ledger()
        .isCollected("issuing", certificate.serialNumber().toString());
  }

  private List<Certificate> uncollected() {
    return chancery
        .services()
        .ledger()
        .certificates(
            new CertificateQuery(
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                CertificateQuery.Collection.UNCOLLECTED,
                100))
        .stream()
        .map(CertificateRecord::certificate)
        .toList();
  }

  private CertificateRecord inLedger(Certificate certificate) {
    return chancery
        .services()
        .ledger()
        .certificate("issuing", certificate.serialNumber().toString())
        .orElseThrow();
  }

  @Test
  @Requirement("SCEP-097")
  void aCertificateWhoseReplyWasLostIsShownAndRevokedWhenTheDeviceComesAgain() throws Exception {
    Certificate lost = issuedInVain().certificate();
    Certificate second = device().enrolled("from-the-mdm");
    MdmDevice.until("the delivery", () -> isCollected(second));

    assertThat(isCollected(lost)).isFalse();
    assertThat(inLedger(lost).revocation())
        .hasValueSatisfying(revocation -> assertThat(revocation.reason()).isEqualTo("superseded"));
    // The one that was delivered stays when the device enrols once more.
    Certificate third = device().enrolled("from-the-mdm");
    MdmDevice.until("the delivery", () -> isCollected(third));
    assertThat(inLedger(second).revocation()).isEmpty();
    assertThat(uncollected()).isEmpty();
  }

  @Test
  @Requirement("SCEP-097")
  void unlessTheOperatorSaysSoNothingIsRevokedAndTheListShowsWhatNobodyHas() throws Exception {
    chancery.close();
    chancery = start("keep");
    Certificate lost = issuedInVain().certificate();
    MdmDevice device = device();
    Certificate second = device.enrolled("from-the-mdm");
    MdmDevice.until("the delivery", () -> isCollected(second));

    assertThat(inLedger(lost).revocation()).isEmpty();
    assertThat(uncollected()).containsExactly(lost);
    var listed =
        new AdminClient(AdminSocket.in(folder))
            .call("cert.list", Json.object().put("uncollected", true), Progress.UNWATCHED);
    assertThat(listed.path("certificates"))
        .hasSize(1)
        .allMatch(one -> one.path("serial").asText().equals(lost.serialNumber().toString()));
    assertThat(device.renew(device.holder(second))).isInstanceOf(Result.Success.class);
  }
}
