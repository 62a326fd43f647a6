package dev.chancery.server.configuration;

import dev.chancery.configuration.Declared;
import dev.chancery.pki.MalformedException;
import dev.chancery.pki.certificate.Certificate;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// Reads the PEM files that settings name.
///
/// @param folder where relative names start
record CertificateFiles(Path folder) {
  /// The certificates in the file `name`; what is wrong with it is reported at `setting`, and the
  /// list is then empty.
  List<Certificate> read(Section section, Declared.Setting<String> setting, String name) {
    Path file = folder.resolve(name);
    try {
      List<Certificate> certificates = Certificate.parsePem(Files.readString(file));
      if (certificates.isEmpty()) {
        section.report(setting, file + " holds no certificate", "it must be PEM");
      }
      return certificates;
    } catch (IOException e) {
      section.report(setting, "cannot read " + file, "check the name and who may read it");
    } catch (MalformedException e) {
      section.report(setting, file + ": " + e.safeMessage(), "");
    }
    return List.of();
  }
}
