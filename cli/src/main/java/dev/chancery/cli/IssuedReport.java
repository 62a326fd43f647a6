package dev.chancery.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.server.admin.Json;

/// What every `enroll` command prints about the certificate that it got.
final class IssuedReport {
  private IssuedReport() {}

  static void show(Chancery chancery, Certificate issued, DeviceFiles files) {
    Terminal terminal = chancery.terminal();
    if (chancery.json()) {
      ObjectNode json = Json.object().put("state", "issued");
      json.put("serial", issued.serialNumber().toString());
      json.put("subject", issued.subject().toString());
      json.set("sans", Json.texts(issued.names().alternatives()));
      json.put("notAfter", issued.notAfter().toString());
      json.put("sha256", issued.sha256Hex());
      json.put("key", files.key().toString());
      json.put("cert", files.certificate().toString());
      json.put("ca", files.anchors().toString());
      terminal.result(json);
      return;
    }
    terminal.result("certificate  " + Terminal.printable(issued.names().toString()));
    terminal.result("serial       " + issued.serialNumber());
    terminal.result("valid to     " + issued.notAfter());
    terminal.result(
        "files        " + files.key() + " " + files.certificate() + " " + files.anchors());
  }
}
